/**
 * Named numeric limits, each with its reason and its precedents. No limit stands anywhere else as a number.
 */
export const LIMITS = {
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
  /** Request bodies above this ask for `100 Continue` first. curl EXPECT_100_THRESHOLD 1 MiB. */
  expect100Bytes: 1024 * 1024,
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
  /** Names kept in a DNS cache. curl MAX_DNS_CACHE_SIZE 29,999. */
  dnsEntries: 29_999,
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
