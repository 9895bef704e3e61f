/**
 * Named numeric limits, each with its reason and its precedents. No limit stands anywhere else as a number.
 */
export const LIMITS = {
  /** The head of a request, over HTTP/1. curl DYN_HTTP_REQUEST 1 MiB. */
  requestHeadBytes: 1_048_576,
  /** Origins whose way is remembered: 600 bytes each. */
  plainWays: 1_000,
  /** All heads of one response together: 1xx, final and trailers. curl 300 KiB (CVE-2023-38039), Node 16 KiB, Go 1 MiB. */
  responseHeadBytes: 300 * 1024,
  /** Fields of one response together, over all its heads. curl 5,000. */
  responseFields: 5_000,
  /** One line of a head. curl's is its 100 KiB (DYN_H1_... 'HTTP header line too long'), nginx 8 KiB, Apache 8,190. */
  headLineBytes: 100 * 1024,
  /** Informational responses before the final one. Go's Transport reads 5; curl bounds bytes only. */
  informationalResponses: 100,
  /** Empty lines tolerated before a status line. RFC 9112 2.2 asks servers for one; some servers send one after a body. */
  leadingEmptyLines: 1,
  /** A chunk-size line with its extensions. Node 16 KiB after CVE-2024-22019; curl reads and drops extensions without bound. */
  chunkLineBytes: 4 * 1024,
  /** Digits of a chunk size: 2^52 needs 13. curl takes 16. */
  chunkSizeDigits: 13,
  /** Bytes of chunk extensions in one body, against CVE-2023-39326 (Go) and CVE-2024-22019 (Node). */
  chunkExtensionBytes: 16 * 1024,
  /** Received bytes kept for one paused transfer before its connection stops reading: one read of the socket. */
  pausedBytes: 64 * 1024,
  /** Codings of one response, over all its fields together (CVE-2022-32206, CVE-2023-23916, CVE-2026-22036). curl 5, undici 5. */
  bodyCodings: 5,
  /** Decoded bytes below which maxDecodedRatio does not ask: small bodies may be of one letter. */
  decodedFloorBytes: 16 * 1024 * 1024,
  /**
   * A coded body that is not larger is decoded at once when it is whole: 10 KB take 15 us then, and 100 us by way of
   * a thread (Node 20).
   */
  wholeCodedBytes: 64 * 1024,
  /** What that may become, so that the event loop is not held up for much more than a millisecond. */
  wholeDecodedBytes: 512 * 1024,
  /** Decoded bytes that a decoder makes at a time. 100 MB take 390 ms in pieces of 16 KiB, 115 ms in these, 105 ms in twice as large ones. */
  decodedPieceBytes: 128 * 1024,
  /** Coded bytes that wait for a decoder before the connection is held back: two reads of the socket. */
  decoderInputBytes: 128 * 1024,
  /** The window of a zstd frame, which RFC 9659 3 bounds for HTTP. A frame may ask for 2 GiB. */
  zstdWindowBytes: 8 * 1024 * 1024,
  /** Request bodies above this ask for `100 Continue` first. curl EXPECT_100_THRESHOLD 1 MiB. */
  expect100Bytes: 1024 * 1024,
  /** How deep the parts of a form may be nested; a part that holds itself has no end. Mail readers stop at 10 to 100. */
  formDepth: 16,
  /** Forms of data alone up to this size are put together ahead, and leave with the head. */
  formWholeBytes: 64 * 1024,
  /** A file of cookies and the like that is read. 3,000 cookies of 5,000 bytes are 15 MB; /dev/zero has no end. */
  stateFileBytes: 64 * 1024 * 1024,
  /**
   * For how long one process may hold the lock of such a file; it reads, merges and renames, which takes
   * milliseconds. Then it hangs, or died where nobody can see it, and the lock is taken from it. git and npm: 10 s.
   */
  fileLockMs: 5_000,
  /** How long to wait for the lock in all, while others get it and give it back. */
  fileLockWaitMs: 30_000,
  /** The longest wait that a server may ask for by Retry-After. curl: six hours. */
  retryAfterMs: 21_600_000,
  /** Times a transfer is repeated because a reused connection was dead. curl CONN_MAX_RETRIES 5. */
  deadConnectionRetries: 5,
  /** The receive window of an HTTP/2 stream at first. Chrome 6 MiB, curl 10 MiB, Go 4 MiB, undici 256 KiB; it grows with the rate. */
  h2FirstStreamWindow: 256 * 1024,
  /** What it may grow to. */
  h2StreamWindow: 16 * 1024 * 1024,
  /** By how much the windows of one connection may grow together: with 100 streams, paused ones hold 89 MiB at most. */
  h2WindowGrowth: 64 * 1024 * 1024,
  /** The receive window of a whole HTTP/2 connection, given back as bytes come so that no stream stalls another. Chrome 15 MiB, Go 1 GiB. */
  h2ConnectionWindow: 32 * 1024 * 1024,
  /** Concurrent streams assumed until the server's SETTINGS are here. RFC 9113 6.5.2 recommends no less than 100 to servers; Go does so. */
  h2FirstStreams: 100,
  /** CONTINUATION frames of one header block (CVE-2024-27316, CVE-2024-28182). nghttp2 8; 300 KiB in frames of 16 KiB are 19. */
  h2Continuations: 32,
  /** Frames that move nothing, in a burst, and how many a second are forgiven. nghttp2 1,000 SETTINGS or PINGs, Netty 10,000. */
  h2UselessFrames: 1_000,
  h2UselessFramesPerSecond: 100,
  /**
   * Acknowledgements of PING and of SETTINGS that wait for a blocked socket (CVE-2026-11586). nghttp2 1,000. Servers
   * that measure the way send one every few milliseconds while an upload blocks the socket for seconds.
   */
  h2UnsentReplies: 1_000,
  /** For how long a connection is given no more streams than it had when the server refused one. */
  h2RefusedMs: 1_000,
  /** Streams given up by us whose late frames are told from stray ones. */
  h2ResetStreams: 1_000,
  /** The dynamic table of HPACK that we keep in either direction, as RFC 9113 6.5.2 has it at first. */
  hpackTableBytes: 4_096,
  /** Bytes of DATA framed ahead of the socket. */
  h2OutputBytes: 256 * 1024,
  /** Text of a GOAWAY that is shown. */
  h2DebugChars: 200,
  /** A gathered WebSocket message. npm ws 100 MiB; Python websockets 1 MiB; Go's x/net 32 MiB; browsers have no limit. */
  wsMessageBytes: 100 * 1024 * 1024,
  /** Fragments of a gathered message (CVE-2026-12151). npm ws 16,384. */
  wsFragments: 16 * 1024,
  /** Bytes framed for a WebSocket before they go to the socket within the turn: one write of the system. */
  wsOutputBytes: 64 * 1024,
  /** Counted for each WebSocket message that waits to be taken, beside its length: what an empty one costs. */
  wsMessageOverhead: 64,
  /** How long the answer to a close of a WebSocket may take. npm ws 30 s; Chrome 10 s; Firefox 10 s. */
  wsCloseMs: 10_000,
  /** Times a transfer is repeated because a server took no more requests (GOAWAY). One for each connection of a busy server's. */
  goawayRetries: 100,
  /** Bytes of a response that is not delivered (a redirect, a challenge, a proxy's refusal) which are read so that its connection lives. */
  discardedBytes: 64 * 1024,
  /** Stale nonces of Digest, or steps of Negotiate, in one request. curl has no bound for the first. */
  authAnswers: 5,
  /** Digest states kept of a handle, one for each origin or proxy and user. */
  digestStates: 100,
  /** Nonces of Digest whose uses are counted over one connection cache. */
  digestNonces: 1_000,
  /** User name, domain and workstation in an NTLM message. curl: what they leave of NTLM_BUFSIZE, 1,024. */
  ntlmNameBytes: 1_024,
  /** An NTLM message, as which a server's words come back to it. curl NTLM_BUFSIZE 1,024, to which target info is added. */
  ntlmMessageBytes: 64 * 1024,
  /** A netrc file, in characters. curl MAX_NETRC_FILE 128 KiB. */
  netrcFileChars: 128 * 1024,
  /** One word of it. curl MAX_NETRC_TOKEN 4,096. */
  netrcWordChars: 4_096,
  /** A Set-Cookie value, or a line of a cookie file. curl 5,000 (CVE-2016-8615). */
  cookieLineBytes: 5_000,
  /** Name and value of a cookie together. curl and RFC 6265bis 5.6: 4,096. */
  cookieBytes: 4_096,
  /** An `Expires`. curl takes less than 80. */
  cookieDateChars: 79,
  /** Cookies that one response may set. curl 50 (CVE-2022-32205). */
  cookiesPerResponse: 50,
  /** Cookies in one request. curl 150. */
  cookiesSent: 150,
  /** The Cookie line of a request stays below this. curl 8,190, which is what servers take. */
  cookieFieldBytes: 8_190,
  /** The longest life of a cookie that a server sets. RFC 6265bis 5.5: 400 days. */
  cookieLifeS: 400 * 86_400,
  /** Cookies kept of one site. Chrome and Firefox 180; curl has no bound. */
  cookiesPerSite: 1_000,
  /** Cookies kept. RFC 6265bis 6.1 asks for 3,000 at least. */
  cookiesKept: 30_000,
  /** Hosts kept in an HSTS cache. curl MAX_HSTS_ENTRIES 10,000. */
  hstsHosts: 10_000,
  /** Alternatives kept in an Alt-Svc cache. curl MAX_ALTSVC_ENTRIES 5,000. */
  altSvcEntries: 5_000,
  /** A line of an HSTS or Alt-Svc file. curl 4,095. */
  cacheLineChars: 4_095,
  /** How long a graceful close may take. curl DEFAULT_SHUTDOWN_TIMEOUT_MS 2 s. */
  shutdownMs: 2_000,
  /** Taken off a server's Keep-Alive timeout, for the way there. undici 2 s, agentkeepalive 1 s. */
  keepAliveMarginMs: 1_000,
  /** The longest Keep-Alive hint believed. undici 600 s. */
  keepAliveHintMs: 600_000,
  /** Candidates whose reasons one verdict records; the rest are counted. */
  verdictCandidates: 32,
  /** Closed connections remembered per host, for verdicts. */
  closedPerHost: 8,
  /** Hosts without connections remembered, for verdicts and for what was learned of them. */
  rememberedHosts: 1_000,
  /** Idle connections looked at for one transfer, when the first does not suit: the cost of a search is bounded. */
  pickTries: 8,
  /** How often the oldest waiter at a limit may be overtaken by reuse before a connection is closed for it. */
  overtakings: 32,
  /** Names that one coalesced connection is known to serve, beside those in use. */
  aliases: 1_000,
  /** Characters of a URL, or of a part that is set. curl CURL_MAX_INPUT_LENGTH 8,000,000. */
  urlChars: 8_000_000,
  /** Characters of a scheme. curl MAX_SCHEME_LEN 40. */
  schemeChars: 40,
  /** Characters of a host name: 253 (RFC 1035 3.1: 255 bytes of labels with their lengths), and the dot of the root. curl 65,535. */
  hostChars: 254,
  /** Characters of one label of a name (RFC 1035 2.3.4). */
  hostLabelChars: 63,
  /** Names kept in a DNS cache. curl MAX_DNS_CACHE_SIZE 29,999. */
  dnsEntries: 29_999,
  /** Addresses taken of one DNS answer. curl DOH_MAX_ADDR 24. */
  dnsAddresses: 24,
  /** Aliases (CNAME) that may lead on from each other. curl DOH_MAX_CNAME 4, unbound 11, BIND 16. */
  dnsAliases: 16,
  /** Bytes of a DNS answer over HTTPS: the most that a message can have (RFC 8484 6). curl 3,000. */
  dohAnswerBytes: 65_535,
  /** How long a question over HTTPS may take, whatever its asker allows. c-ares gives up after some 20 s. */
  dohMs: 30_000,
  /** How long an answer is believed that says how long it may be (TTL): no less than this, for those that say 0. Firefox 60 s, Chrome 60 s. */
  dnsLeastTtlMs: 1_000,
  /** Ways of asking for names of which what belongs to them is kept: servers, DNS over HTTPS. */
  lookupWays: 100,
  /** Lookups at a time: libuv gives getaddrinfo half of its 4 threads. curl's resolver: up to 20 threads. */
  dnsLookups: 4,
  /** Connection attempts of one race alive at once. curl 6. */
  racingAttempts: 6,
  /** Peers whose TLS sessions are kept. curl 25 for a multi; undici 100. */
  tlsSessionPeers: 1_000,
  /** Sessions per peer: TLS 1.3 tickets are used once (RFC 8446 C.4), so two runs at a time can resume. curl 2. */
  tlsSessionsPerPeer: 2,
  /** How old a TLS session may be that is offered: RFC 8446 4.6.1 allows tickets 7 days. */
  tlsSessionMs: 7 * 24 * 3_600_000,
  /** TLS configurations whose secure context is kept: 63 KB a connection without, 19 KB with (measured, Node 20). */
  secureContexts: 100,
} as const
