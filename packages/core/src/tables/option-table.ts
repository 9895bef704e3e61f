/**
 * One row per option. Types, checks, `setopt` by CURLOPT_ name, connection identity and docs/options.md are
 * derived from these rows.
 *
 * The rule: every row says whether it is part of a connection's identity. The field is required, because
 * "an option that shapes a connection was forgotten in the match" is the mistake that came back to libcurl
 * for twelve years (CVE-2014-0138 to CVE-2026-8932, see docs/connection-cache.md).
 */

/** What a value must be; `option-types.ts` maps each kind to its TypeScript type, `check-option.ts` checks it. */
export type OptionKind =
  | 'flag'
  | 'integer'
  | 'duration'
  | 'text'
  | 'choice'
  | 'list'
  | 'bytes'
  | 'url'
  | 'headers'
  | 'proxy'
  | 'variables'
  | 'body'
  | 'post-fields'
  | 'json'
  | 'mime-parts'
  | 'trailers'
  | 'signal'
  | 'write-function'
  | 'header-function'
  | 'progress-function'
  | 'hsts-function'
  | 'negotiate-function'

/**
 * What becomes of a text, and so what it may hold. `wire`: it reaches somebody else in some form, so it has no control
 * character. `field`: it is (part of) a field's value, which may hold tabs, and nothing beyond Latin-1. `local`: it
 * stays on this machine, as paths do, and has no NUL. `parsed`: it is read by a parser that refuses on its own.
 */
export type TextUse = 'wire' | 'field' | 'local' | 'parsed'

/**
 * Which part of a connection an option shapes; `no`: none, connections are shared across its values. `proxy`: the way
 * through a proxy, and nothing where there is none. `login` has no row of its own: who a connection is authenticated
 * for comes from options, the URL or a netrc file.
 */
export type IdentityPart = 'no' | 'route' | 'proxy' | 'tls' | 'bind' | 'protocol' | 'login'

/** What is known of one option. */
export interface OptionRow {
  /** libcurl's name; undefined for what libcurl does not have. */
  readonly curl: string | undefined
  readonly kind: OptionKind
  readonly unit?: 'ms' | 'bytes' | 'bytes/s' | 'count' | 'port'
  /** How many of our units are one of libcurl's, where they differ: 1000 for options that libcurl takes in seconds. */
  readonly perCurlUnit?: number
  readonly default?: string | number | boolean
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  readonly identity: IdentityPart
  /** Of a text or a list of texts; default `wire`. */
  readonly use?: TextUse
  /** The value is never printed. */
  readonly secret?: boolean
  readonly summary: string
}

const MAX_MS = 2 ** 31 - 1
const AUTH_WORDS = ['basic', 'digest', 'digest-ie', 'bearer', 'ntlm', 'negotiate', 'any', 'anysafe'] as const
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

/** Options of one handle (libcurl: CURLOPT_). */
export const EASY_OPTIONS = {
  // The request
  url: { curl: 'CURLOPT_URL', kind: 'url', identity: 'no', summary: 'What to transfer. Scheme, host and port are part of the identity through the origin.' },
  pathAsIs: { curl: 'CURLOPT_PATH_AS_IS', kind: 'flag', default: false, identity: 'no', summary: 'Leave "." and ".." in the path of the URL, and in those of redirects.' },
  defaultProtocol: { curl: 'CURLOPT_DEFAULT_PROTOCOL', kind: 'text', identity: 'no', summary: 'The scheme of a URL without one. Default: guessed from the host name, which for all but a few names is http.' },
  protocols: { curl: 'CURLOPT_PROTOCOLS_STR', kind: 'list', identity: 'no', summary: 'The schemes that URLs may have, those of redirects included. An empty list allows none. Default: http and https.' },
  disallowUsernameInUrl: { curl: 'CURLOPT_DISALLOW_USERNAME_IN_URL', kind: 'flag', default: false, identity: 'no', summary: 'Refuse URLs with a user name or password in them, those of redirects included.' },
  requestTarget: { curl: 'CURLOPT_REQUEST_TARGET', kind: 'text', identity: 'no', summary: 'What to ask for in the request line instead of path and query of the URL, such as "*" for OPTIONS. Redirects lead to their own.' },
  method: { curl: 'CURLOPT_CUSTOMREQUEST', kind: 'text', identity: 'no', summary: 'The request method. Default: GET, HEAD with noBody, POST with a body, PUT with upload.' },
  framingAsGiven: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Send Content-Length and Transfer-Encoding of headers as they are given, whatever the body is, and no Content-Length of 0 for a method without a body; the connection then serves nothing else. libcurl always does so; otherwise what differs from the body is refused.' },
  oddHeaders: { curl: undefined, kind: 'list', identity: 'no', secret: true, summary: 'Lines "Name: value" whose names are no tokens, as those with blanks in them: over HTTP/1 they are sent as they are, behind the fields; over HTTP/2 they are not sent. Those that a reader could take for the length of the body or the host are refused. libcurl takes them in CURLOPT_HTTPHEADER.' },
  headers: { curl: 'CURLOPT_HTTPHEADER', kind: 'headers', identity: 'no', summary: 'Request fields, as an object, an iterable of pairs, or lines "Name: value". A value of undefined, or a line "Name:", removes a field that Trunkline would send by itself; a line "Name;" sends it empty.' },
  body: { curl: 'CURLOPT_READDATA', kind: 'body', identity: 'no', summary: 'The request body: text (sent as UTF-8), bytes, an iterable or async iterable of bytes, a web or Node stream, or a function that returns one of these anew, so that the body can be sent again; { file: path }, a Blob, FormData or URLSearchParams.' },
  postFields: { curl: 'CURLOPT_POSTFIELDS', kind: 'post-fields', identity: 'no', summary: 'A body of encoded fields, with Content-Type: application/x-www-form-urlencoded unless headers say otherwise.' },
  json: { curl: undefined, kind: 'json', identity: 'no', summary: 'A body of JSON: a value, or text that is JSON already; with Content-Type and Accept: application/json unless headers say otherwise.' },
  mimePost: { curl: 'CURLOPT_MIMEPOST', kind: 'mime-parts', identity: 'no', summary: 'A form as the body (multipart/form-data): a list of parts with name and data, file, stream or parts, and filename, contentType, headers, encoder. See docs/uploads.md.' },
  formEscape: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Escape names and file names of a form with backslashes, instead of percent signs as browsers do (libcurl: CURLMIMEOPT_FORMESCAPE of CURLOPT_MIME_OPTIONS).' },
  inFileSize: { curl: 'CURLOPT_INFILESIZE_LARGE', kind: 'integer', unit: 'bytes', default: -1, min: -1, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'How long a body is that cannot tell by itself, the part before resumeFrom included. -1: not known; then it is sent in chunks.' },
  trailers: { curl: 'CURLOPT_TRAILERFUNCTION', kind: 'trailers', identity: 'no', summary: 'Fields that follow the body, which is sent in chunks then; or a function that is called for them when the body has been sent. Names that are known ahead are announced by Trailer.' },
  keepSendingOnError: { curl: 'CURLOPT_KEEP_SENDING_ON_ERROR', kind: 'flag', default: false, identity: 'no', summary: 'Send the body to its end although the response is 300 or above already.' },
  upload: { curl: 'CURLOPT_UPLOAD', kind: 'flag', default: false, identity: 'no', summary: 'Send the body with PUT instead of POST.' },
  noBody: { curl: 'CURLOPT_NOBODY', kind: 'flag', default: false, identity: 'no', summary: 'Ask for the head only, with HEAD.' },
  userAgent: { curl: 'CURLOPT_USERAGENT', kind: 'text', use: 'field', identity: 'no', summary: 'The User-Agent field. Default: none is sent.' },
  referer: { curl: 'CURLOPT_REFERER', kind: 'text', use: 'field', identity: 'no', summary: 'The Referer field.' },
  username: { curl: 'CURLOPT_USERNAME', kind: 'text', identity: 'no', summary: 'User name; wins over the one in the URL.' },
  password: { curl: 'CURLOPT_PASSWORD', kind: 'text', identity: 'no', secret: true, summary: 'Password.' },
  xoauth2Bearer: { curl: 'CURLOPT_XOAUTH2_BEARER', kind: 'text', identity: 'no', secret: true, summary: 'A token for Bearer authentication (RFC 6750); goes before user name and password.' },
  httpAuth: { curl: 'CURLOPT_HTTPAUTH', kind: 'list', choices: AUTH_WORDS, identity: 'no', summary: 'How the user may be authenticated. With one scheme the first request carries it; with several, or any and anysafe (any but basic), the server is asked first and the strongest it offers is taken. ntlm and negotiate authenticate the connection, which then serves this user only. Default: bearer with xoauth2Bearer, basic without.' },
  awsSigv4: { curl: 'CURLOPT_AWS_SIGV4', kind: 'text', identity: 'no', summary: 'Sign the request by AWS Signature Version 4, with user name and password as keys: "provider1[:provider2[:region[:service]]]", such as "aws:amz:eu-west-1:s3".' },
  netrc: { curl: 'CURLOPT_NETRC', kind: 'choice', choices: ['ignored', 'optional', 'required'], default: 'ignored', identity: 'no', summary: 'Whether user name and password may come from a netrc file: optional, where options and URL do not say; required, whatever the URL says.' },
  netrcFile: { curl: 'CURLOPT_NETRC_FILE', kind: 'text', use: 'local', identity: 'no', summary: "The netrc file. Default: .netrc in the user's home." },
  negotiateFunction: { curl: undefined, kind: 'negotiate-function', identity: 'no', summary: 'Makes the tokens of Negotiate (RFC 4559), by a GSS library of your choice: called with the service, the host and what the server said, answers the bytes to send. Connections that it authenticated serve nobody with another function, and after a redirect to another origin it is not asked, unless unrestrictedAuth. Without it negotiate is not built in.' },
  httpVersion: { curl: 'CURLOPT_HTTP_VERSION', kind: 'choice', choices: ['1.0', '1.1', '2', '2tls', '2-prior-knowledge'], default: '2tls', identity: 'protocol', summary: 'The HTTP version to speak. 2tls: HTTP/2 over TLS when the server chooses it by ALPN, otherwise HTTP/1.1; 2: the same, and in clear text an HTTP/1.1 request that offers to go on in HTTP/2 (h2c); 2-prior-knowledge: HTTP/2 without asking.' },
  httpPriority: { curl: undefined, kind: 'text', identity: 'no', summary: 'The priority of the response among those on its connection, as a Priority field has it, such as "u=2, i" (RFC 9218).' },
  sensitiveHeaders: { curl: undefined, kind: 'list', identity: 'no', summary: 'Names of fields whose values no HTTP/2 compression table may hold, beside Authorization and Cookie.' },
  expect100TimeoutMs: { curl: 'CURLOPT_EXPECT_100_TIMEOUT_MS', kind: 'duration', unit: 'ms', default: 1_000, min: 0, max: MAX_MS, identity: 'no', summary: 'How long to wait for "100 Continue" before the body is sent anyway.' },

  // What outlives a transfer
  cookie: { curl: 'CURLOPT_COOKIE', kind: 'text', use: 'field', identity: 'no', secret: true, summary: 'Cookies to send beside those of the jar, as "name=value; name=value". They go to the first host only.' },
  cookieFile: { curl: 'CURLOPT_COOKIEFILE', kind: 'list', use: 'local', identity: 'no', summary: 'Files to read cookies from, in the format of Netscape or as saved heads. Any of them, or cookieJar, cookieList or a share of cookies, turns the cookie engine on; the name "" does only that.' },
  cookieJar: { curl: 'CURLOPT_COOKIEJAR', kind: 'text', use: 'local', identity: 'no', summary: 'The file into which the cookies are written when the handle is closed.' },
  cookieList: { curl: 'CURLOPT_COOKIELIST', kind: 'list', use: 'field', identity: 'no', secret: true, summary: 'Done once, when the next transfer begins: "ALL" and "SESS" forget all or the session cookies, "FLUSH" writes cookieJar, "RELOAD" reads cookieFile again; everything else is a cookie to keep, as a line of a file or "Set-Cookie: ...".' },
  cookieSession: { curl: 'CURLOPT_COOKIESESSION', kind: 'flag', default: false, identity: 'no', summary: 'Leave session cookies of cookieFile out, as after a restart of a browser.' },
  hsts: { curl: 'CURLOPT_HSTS', kind: 'text', use: 'local', identity: 'no', summary: 'Heed Strict-Transport-Security (RFC 6797), and keep it in this file; "" is without a file.' },
  hstsReadOnlyFile: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Read the file of hsts and never write it (libcurl: CURLHSTS_READONLYFILE).' },
  hstsReadFunction: { curl: 'CURLOPT_HSTSREADFUNCTION', kind: 'hsts-function', identity: 'no', summary: 'Called once, when the first transfer begins, for hosts to know from the start, as from a preload list.' },
  altSvc: { curl: 'CURLOPT_ALTSVC', kind: 'text', use: 'local', identity: 'no', summary: 'Heed Alt-Svc (RFC 7838), and keep it in this file; "" is without a file. HTTP/3 alternatives are kept for other programs and not used.' },
  altSvcReadOnlyFile: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Read the file of altSvc and never write it (libcurl: CURLALTSVC_READONLYFILE).' },

  // Files
  newFilePerms: { curl: 'CURLOPT_NEW_FILE_PERMS', kind: 'integer', default: 0o644, min: 0, max: 0o777, identity: 'no', summary: 'The mode of a file that an upload to a file:// URL makes, less what the process masks.' },

  // Parts and conditions
  range: { curl: 'CURLOPT_RANGE', kind: 'text', identity: 'no', summary: 'The bytes to ask for, such as "0-99", "100-", "-50" or a list of these. Servers may send all the same: look at the status.' },
  resumeFrom: { curl: 'CURLOPT_RESUME_FROM_LARGE', kind: 'integer', unit: 'bytes', default: 0, min: -1, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'Where a download goes on. RANGE_ERROR when the server does not send the rest from there; with nothing left (416) the body is empty. With a body: where the upload goes on, by Content-Range; -1: all of it is sent, and Content-Range says so.' },
  timeCondition: { curl: undefined, kind: 'choice', choices: ['none', 'if-modified-since', 'if-unmodified-since'], default: 'none', identity: 'no', summary: 'Ask for the document only if it changed, or did not change, since timeValueS (libcurl: CURLOPT_TIMECONDITION). When it is not met the body is not delivered, and conditionUnmet in info is true.' },
  timeValueS: { curl: 'CURLOPT_TIMEVALUE_LARGE', kind: 'integer', default: 0, min: 0, max: 253_402_300_799, identity: 'no', summary: 'The time of timeCondition, seconds since 1970.' },

  // Redirects
  followLocation: { curl: 'CURLOPT_FOLLOWLOCATION', kind: 'flag', default: false, identity: 'no', summary: 'Follow redirects: 3xx with Location. Bodies of redirects are not delivered, heads go to headerFunction only.' },
  redirectMethod: { curl: undefined, kind: 'choice', choices: ['by-status', 'kept', 'first-only'], default: 'by-status', identity: 'no', summary: 'What becomes of option method where a redirect leads: by-status, it changes as the status says (RFC 9110 15.4; libcurl: CURLFOLLOW_OBEYCODE); kept, it stands in all requests, also in those without the body (CURLFOLLOW_ALL); first-only, in the first alone (CURLFOLLOW_FIRSTONLY).' },
  maxRedirs: { curl: 'CURLOPT_MAXREDIRS', kind: 'integer', unit: 'count', default: 30, min: -1, max: 1_000_000, identity: 'no', summary: 'The most redirects to follow. -1: no limit.' },
  post301: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Keep POST after 301, instead of GET without the body (libcurl: CURL_REDIR_POST_301 of CURLOPT_POSTREDIR).' },
  post302: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'The same after 302.' },
  post303: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'The same after 303.' },
  autoReferer: { curl: 'CURLOPT_AUTOREFERER', kind: 'flag', default: false, identity: 'no', summary: 'Say in Referer where a redirect came from, without credentials and fragment.' },
  unrestrictedAuth: { curl: 'CURLOPT_UNRESTRICTED_AUTH', kind: 'flag', default: false, identity: 'no', summary: 'Send credentials, Authorization and Cookie fields and the client certificate to other origins, too, when a redirect leads there.' },
  redirProtocols: { curl: 'CURLOPT_REDIR_PROTOCOLS_STR', kind: 'list', identity: 'no', summary: 'The schemes that redirects may lead to. Default: http and https.' },

  // Codings of the body
  acceptEncoding: { curl: 'CURLOPT_ACCEPT_ENCODING', kind: 'text', identity: 'no', summary: 'Ask for these codings in Accept-Encoding, such as "gzip, br", and decode what comes; "": all that can be decoded (deflate, gzip, br, zstd). Default: nothing is asked for and nothing decoded.' },
  httpContentDecoding: { curl: 'CURLOPT_HTTP_CONTENT_DECODING', kind: 'flag', default: true, identity: 'no', summary: 'Whether content codings are decoded. false: the body is delivered as the server coded it, whatever acceptEncoding asks for.' },
  transferEncoding: { curl: 'CURLOPT_TRANSFER_ENCODING', kind: 'flag', default: false, identity: 'no', summary: 'Ask for the transfer coding gzip in TE, over HTTP/1, and decode gzip and deflate. A body with a transfer coding that was not asked for is refused.' },
  httpTransferDecoding: { curl: 'CURLOPT_HTTP_TRANSFER_DECODING', kind: 'flag', default: true, identity: 'no', summary: 'Whether transfer codings are decoded. false: the body is delivered as HTTP/1 framed it, sizes of chunks and trailers included.' },
  maxDecodedRatio: { curl: undefined, kind: 'integer', unit: 'count', default: 200, min: 0, max: 1_000_000, identity: 'no', summary: 'How many bytes a received byte of a coded body may become, once there are 16 MiB of them; TOO_LARGE beyond. 0: no limit. (Apache has 200 for requests; text seldom reaches 50, one level of gzip at most 1,032.)' },

  // The response
  writeFunction: { curl: 'CURLOPT_WRITEFUNCTION', kind: 'write-function', identity: 'no', summary: 'Gets each piece of the body without a copy, valid during the call only; may answer "pause". With it nothing is collected.' },
  headerFunction: { curl: 'CURLOPT_HEADERFUNCTION', kind: 'header-function', identity: 'no', summary: 'Gets each head as it comes, informational ones (1xx) included; of one that is refused or cut what stood before (isCut), and then the failure.' },
  progressFunction: { curl: 'CURLOPT_XFERINFOFUNCTION', kind: 'progress-function', identity: 'no', summary: 'Called as bytes move, at most once per read or write, and at the end; answer "abort" to end the transfer.' },
  failOnError: { curl: 'CURLOPT_FAILONERROR', kind: 'flag', default: false, identity: 'no', summary: 'Treat a status of 400 or above as a failure, without delivering the body.' },
  maxFilesize: { curl: 'CURLOPT_MAXFILESIZE_LARGE', kind: 'integer', unit: 'bytes', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'The largest body to take, as received and as decoded. 0: no limit.' },
  ignoreContentLength: { curl: 'CURLOPT_IGNORE_CONTENT_LENGTH', kind: 'flag', default: false, identity: 'no', summary: 'Take no notice of Content-Length: a body that is not chunked lasts until the server closes the connection, or ends the stream.' },
  http09Allowed: { curl: 'CURLOPT_HTTP09_ALLOWED', kind: 'flag', default: false, identity: 'no', summary: 'Take an answer without a head (HTTP/0.9), as the first one on a connection. Otherwise that is UNSUPPORTED_PROTOCOL.' },

  // Deadlines
  timeoutMs: { curl: 'CURLOPT_TIMEOUT_MS', kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest the whole transfer may take, waiting included. 0: no limit.' },
  queueTimeoutMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest to wait for a place: to be let in, and at limits of connections, over all tries. 0: no limit.' },
  connectTimeoutMs: { curl: 'CURLOPT_CONNECTTIMEOUT_MS', kind: 'duration', unit: 'ms', default: 300_000, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest that opening a connection may take, from the lookup of the name to the end of the TLS handshake. 0: the default.' },
  resolveTimeoutMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest that the lookup of the name may take. 0: no limit of its own.' },
  firstByteTimeoutMs: { curl: 'CURLOPT_SERVER_RESPONSE_TIMEOUT_MS', kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest from the sent request to the first byte of the response; an informational response (1xx) starts it anew. 0: no limit.' },
  idleTimeoutMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'The longest without a byte in either direction while a request is under way. 0: no limit.' },
  lowSpeedLimit: { curl: 'CURLOPT_LOW_SPEED_LIMIT', kind: 'integer', unit: 'bytes/s', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'A transfer slower than this for lowSpeedTimeMs ends. 0: off.' },
  lowSpeedTimeMs: { curl: 'CURLOPT_LOW_SPEED_TIME', kind: 'duration', unit: 'ms', perCurlUnit: 1_000, default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'How long a transfer may be slower than lowSpeedLimit. 0: off.' },
  maxRecvSpeed: { curl: 'CURLOPT_MAX_RECV_SPEED_LARGE', kind: 'integer', unit: 'bytes/s', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'The fastest the response body may come; over HTTP/2 the others on the connection are not slowed. 0: no limit.' },
  maxSendSpeed: { curl: 'CURLOPT_MAX_SEND_SPEED_LARGE', kind: 'integer', unit: 'bytes/s', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, identity: 'no', summary: 'The fastest the request body may go. 0: no limit.' },
  signal: { curl: undefined, kind: 'signal', identity: 'no', summary: 'Ends the transfer with ABORTED_BY_CALLBACK when it aborts.' },

  // Another try
  retry: { curl: undefined, kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Times to begin again after a failure of the connection or of a deadline (but timeoutMs, which holds for all tries together), or a status of 408, 429, 500, 502, 503, 504, 522 or 524. Not once a part of the response has been handed on, nor what may have been acted on and is not idempotent; see retryUnsafe.' },
  retryDelayMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'How long to wait before each further try; a Retry-After of the server wins when it is longer. 0: 1 s, then twice as long each time up to 10 min, less up to a half by chance.' },
  retryMaxTimeMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 0, min: 0, max: MAX_MS, identity: 'no', summary: 'No further try begins later than this after the first. 0: no limit.' },
  retryAllErrors: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Begin again after every failure that is not of your own making.' },
  retryUnsafe: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: "Begin again also with requests that are not idempotent, which the server may then act on twice (curl's --retry does)." },

  // Other than a response
  connectOnly: { curl: 'CURLOPT_CONNECT_ONLY', kind: 'flag', default: false, identity: 'protocol', summary: 'Open a connection and send nothing on it. perform() then ends when it is open; connect() hands it over, and needs no option. Such a connection serves nobody else.' },
  wsRawMode: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Deliver what comes by WebSocket as it is, in frames (libcurl: CURLWS_RAW_MODE of CURLOPT_WS_OPTIONS).' },
  wsNoAutoPong: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Do not answer the pings of a WebSocket (libcurl: CURLWS_NOAUTOPONG of CURLOPT_WS_OPTIONS).' },

  // Which connection
  freshConnect: { curl: 'CURLOPT_FRESH_CONNECT', kind: 'flag', default: false, identity: 'no', summary: 'Open a new connection, whatever the cache holds.' },
  forbidReuse: { curl: 'CURLOPT_FORBID_REUSE', kind: 'flag', default: false, identity: 'no', summary: 'Close the connection after the transfer.' },
  maxAgeConnMs: { curl: 'CURLOPT_MAXAGE_CONN', kind: 'duration', unit: 'ms', perCurlUnit: 1_000, default: 118_000, min: 0, max: MAX_MS, identity: 'no', summary: 'A connection idle longer than this is not reused by this handle, nor kept after it. 0: no limit.' },
  maxLifetimeConnMs: { curl: 'CURLOPT_MAXLIFETIME_CONN', kind: 'duration', unit: 'ms', perCurlUnit: 1_000, default: 86_400_000, min: 0, max: MAX_MS, identity: 'no', summary: 'A connection older than this is not reused by this handle, nor kept after it. 0: no limit.' },
  maxConnects: { curl: 'CURLOPT_MAXCONNECTS', kind: 'integer', unit: 'count', default: 5, min: 0, max: 1_000_000, identity: 'no', summary: "Idle connections that the handle's own cache keeps. 0: the default. Without effect in a multi or with a share." },
  retryDeadReuse: { curl: undefined, kind: 'choice', choices: ['idempotent', 'always', 'never'], default: 'idempotent', identity: 'no', summary: 'Whether a request is repeated on a new connection when a reused one died before a byte of response: idempotent or provably unsent requests and those with an Idempotency-Key; always (libcurl does); or never.' },
  pipeWait: { curl: 'CURLOPT_PIPEWAIT', kind: 'flag', default: true, identity: 'no', summary: 'When a connection that may turn out to speak HTTP/2 is being opened to the same host, wait for it and share it, rather than open another. libcurl has it off.' },
  connectionTag: { curl: undefined, kind: 'text', use: 'local', identity: 'route', summary: 'Only connections with the same tag are reused: a wall between sessions or tenants.' },
  priority: { curl: undefined, kind: 'integer', default: 0, min: -1_000_000, max: 1_000_000, identity: 'no', summary: 'Among transfers that wait for a connection, a higher number goes first.' },

  // Names and dialing
  resolve: { curl: 'CURLOPT_RESOLVE', kind: 'list', identity: 'route', summary: 'Addresses given by hand, as "host:port:address[,address]"; host or port may be "*". With "+" before it an entry holds for dnsCacheTimeoutMs only; "-host:port" takes entries before it back.' },
  connectTo: { curl: 'CURLOPT_CONNECT_TO', kind: 'list', identity: 'route', summary: 'Connect elsewhere, as "host:port:connect-host:connect-port"; the first match counts, empty parts match all or change nothing.' },
  unixSocketPath: { curl: 'CURLOPT_UNIX_SOCKET_PATH', kind: 'text', use: 'local', identity: 'route', summary: 'Connect to this UNIX socket instead of the host.' },
  abstractUnixSocket: { curl: 'CURLOPT_ABSTRACT_UNIX_SOCKET', kind: 'text', use: 'local', identity: 'route', summary: 'The same for an abstract UNIX socket (Linux).' },
  ipResolve: { curl: 'CURLOPT_IPRESOLVE', kind: 'choice', choices: ['any', 'v4', 'v6'], default: 'any', identity: 'route', summary: 'Which kind of address to use.' },
  interface: { curl: 'CURLOPT_INTERFACE', kind: 'text', identity: 'bind', summary: 'Where to connect from: an address, an interface name, "if!name", "host!address" or "ifhost!name!address".' },
  localPort: { curl: 'CURLOPT_LOCALPORT', kind: 'integer', unit: 'port', default: 0, min: 0, max: 65_535, identity: 'bind', summary: 'The first local port to try. 0: any.' },
  localPortRange: { curl: 'CURLOPT_LOCALPORTRANGE', kind: 'integer', unit: 'count', default: 1, min: 1, max: 65_535, identity: 'bind', summary: 'How many local ports to try.' },
  tcpNoDelay: { curl: 'CURLOPT_TCP_NODELAY', kind: 'flag', default: true, identity: 'bind', summary: 'Send small segments at once.' },
  tcpKeepAlive: { curl: 'CURLOPT_TCP_KEEPALIVE', kind: 'flag', default: false, identity: 'bind', summary: 'Probe silent connections.' },
  tcpKeepIdleMs: { curl: 'CURLOPT_TCP_KEEPIDLE', kind: 'duration', unit: 'ms', perCurlUnit: 1_000, default: 60_000, min: 1_000, max: MAX_MS, identity: 'bind', summary: 'Silence before the first probe of tcpKeepAlive.' },
  dnsCacheTimeoutMs: { curl: 'CURLOPT_DNS_CACHE_TIMEOUT', kind: 'duration', unit: 'ms', perCurlUnit: 1_000, default: 60_000, min: -1_000, max: MAX_MS, identity: 'no', summary: 'How long a looked-up name is believed, half as long when it was not found. 0: not at all; negative: for ever.' },
  dohUrl: { curl: 'CURLOPT_DOH_URL', kind: 'text', identity: 'route', secret: true, summary: 'Ask this server for addresses, by DNS over HTTPS (RFC 8484); an https URL. Its own name is looked up by the system. When it fails, so does the transfer.' },
  dohSslVerifyPeer: { curl: 'CURLOPT_DOH_SSL_VERIFYPEER', kind: 'flag', default: true, identity: 'route', summary: "Whether the certificate of dohUrl's server must lead to a trusted root." },
  dohSslVerifyHost: { curl: 'CURLOPT_DOH_SSL_VERIFYHOST', kind: 'flag', default: true, identity: 'route', summary: "Whether the certificate of dohUrl's server must name it." },
  dnsServers: { curl: 'CURLOPT_DNS_SERVERS', kind: 'list', identity: 'route', summary: 'Name servers to ask instead of the system, as "address" or "address:port". Hosts files and search domains do not count then.' },
  dnsInterface: { curl: 'CURLOPT_DNS_INTERFACE', kind: 'text', identity: 'route', summary: 'The network interface whose addresses name servers are asked from.' },
  dnsLocalIp4: { curl: 'CURLOPT_DNS_LOCAL_IP4', kind: 'text', identity: 'route', summary: 'The address that name servers are asked from over IPv4.' },
  dnsLocalIp6: { curl: 'CURLOPT_DNS_LOCAL_IP6', kind: 'text', identity: 'route', summary: 'The address that name servers are asked from over IPv6.' },
  dnsShuffleAddresses: { curl: 'CURLOPT_DNS_SHUFFLE_ADDRESSES', kind: 'flag', default: false, identity: 'no', summary: 'Try the addresses of a name in random order, anew for each connection.' },
  dnsRoundRobin: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Let each connection to a host and port begin with the address after the one that the last began with. dnsShuffleAddresses goes before it.' },
  happyEyeballsTimeoutMs: { curl: 'CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS', kind: 'duration', unit: 'ms', default: 200, min: 0, max: 60_000, identity: 'no', summary: 'How long one connection attempt is left alone before the next address is tried beside it.' },

  // Proxies
  proxy: { curl: 'CURLOPT_PROXY', kind: 'proxy', identity: 'proxy', summary: 'The proxy, as "[scheme://][user:password@]host[:port]" with the scheme http, https, socks4, socks4a, socks5 or socks5h; the a and h forms let the proxy look names up. "": none, whatever proxyEnvironment says.' },
  proxyPort: { curl: 'CURLOPT_PROXYPORT', kind: 'integer', unit: 'port', default: 0, min: 0, max: 65_535, identity: 'no', summary: 'The port of a proxy that names none. 0: 443 for https, else 1080. Part of the identity through the proxy.' },
  proxyType: { curl: 'CURLOPT_PROXYTYPE', kind: 'choice', choices: ['http', 'http1.0', 'https', 'https2', 'socks4', 'socks4a', 'socks5', 'socks5h'], default: 'http', identity: 'no', summary: 'What a proxy is that names no scheme; http1.0: it is asked for tunnels in HTTP/1.0, as an http:// proxy is as well; https2: with HTTP/2, if it chooses that, which an https:// proxy is asked for as well. Part of the identity through the proxy.' },
  preProxy: { curl: 'CURLOPT_PRE_PROXY', kind: 'proxy', identity: 'proxy', summary: 'A SOCKS proxy through which the proxy is reached.' },
  noProxy: { curl: 'CURLOPT_NOPROXY', kind: 'text', use: 'local', identity: 'no', summary: 'Hosts that are reached without proxy, between commas: a name stands for all below it, an address may have a prefix length, "*" is all. It goes before the variable no_proxy.' },
  proxyEnvironment: { curl: undefined, kind: 'variables', identity: 'no', summary: 'Variables to find a proxy in when no option names one, such as process.env: http_proxy, https_proxy, all_proxy, no_proxy, and all but the first in upper case. libcurl always reads them.' },
  httpProxyTunnel: { curl: 'CURLOPT_HTTPPROXYTUNNEL', kind: 'flag', default: false, identity: 'proxy', summary: 'Ask an HTTP proxy for a tunnel (CONNECT) for http, too, as it is done for https.' },
  proxyUsername: { curl: 'CURLOPT_PROXYUSERNAME', kind: 'text', identity: 'proxy', summary: 'User name at the proxy; one in its URL goes before it.' },
  proxyPassword: { curl: 'CURLOPT_PROXYPASSWORD', kind: 'text', identity: 'proxy', secret: true, summary: 'Password at the proxy.' },
  proxyAuth: { curl: undefined, kind: 'list', identity: 'proxy', summary: 'How to log in at an HTTP proxy: basic, digest, digest-ie, ntlm, any or anysafe (all but basic). With several the proxy chooses. Default: basic (libcurl: CURLOPT_PROXYAUTH).' },
  proxyHeader: { curl: 'CURLOPT_PROXYHEADER', kind: 'headers', identity: 'proxy', secret: true, summary: 'Fields for an HTTP proxy only, in the forms of headers: with CONNECT, and with requests that it forwards.' },
  suppressConnectHeaders: { curl: 'CURLOPT_SUPPRESS_CONNECT_HEADERS', kind: 'flag', default: false, identity: 'no', summary: 'Keep the heads of answers to CONNECT from headerFunction.' },
  haproxyProtocol: { curl: 'CURLOPT_HAPROXYPROTOCOL', kind: 'flag', default: false, identity: 'route', summary: 'Begin each connection with the header of HAProxy\'s PROXY protocol, version 1.' },
  haproxyClientIp: { curl: 'CURLOPT_HAPROXY_CLIENT_IP', kind: 'text', identity: 'route', summary: 'The client address that this header tells, instead of our own; turns haproxyProtocol on.' },

  // TLS with a proxy
  proxySslVerifyPeer: { curl: 'CURLOPT_PROXY_SSL_VERIFYPEER', kind: 'flag', default: true, identity: 'proxy', summary: "Whether the proxy's certificate must lead to a trusted root." },
  proxySslVerifyHost: { curl: 'CURLOPT_PROXY_SSL_VERIFYHOST', kind: 'flag', default: true, identity: 'proxy', summary: "Whether the proxy's certificate must name its host." },
  proxyCaInfo: { curl: 'CURLOPT_PROXY_CAINFO', kind: 'text', use: 'local', identity: 'proxy', summary: 'File of roots trusted for proxies, PEM.' },
  proxyCaPath: { curl: 'CURLOPT_PROXY_CAPATH', kind: 'text', use: 'local', identity: 'proxy', summary: 'Folder of the same, one PEM file each.' },
  proxyCaInfoBlob: { curl: 'CURLOPT_PROXY_CAINFO_BLOB', kind: 'bytes', identity: 'proxy', summary: 'Roots trusted for proxies, PEM.' },
  proxyCrlFile: { curl: 'CURLOPT_PROXY_CRLFILE', kind: 'text', use: 'local', identity: 'proxy', summary: 'File of revoked certificates of proxies, PEM.' },
  proxySslCert: { curl: 'CURLOPT_PROXY_SSLCERT', kind: 'text', use: 'local', identity: 'proxy', summary: 'File of the client certificate for the proxy, PEM, or PKCS#12 when it ends in .p12 or .pfx.' },
  proxySslCertBlob: { curl: 'CURLOPT_PROXY_SSLCERT_BLOB', kind: 'bytes', identity: 'proxy', summary: 'The client certificate for the proxy, PEM.' },
  proxySslKey: { curl: 'CURLOPT_PROXY_SSLKEY', kind: 'text', use: 'local', identity: 'proxy', summary: 'File of its key, PEM.' },
  proxySslKeyBlob: { curl: 'CURLOPT_PROXY_SSLKEY_BLOB', kind: 'bytes', identity: 'proxy', secret: true, summary: 'Its key, PEM.' },
  proxyKeyPasswd: { curl: 'CURLOPT_PROXY_KEYPASSWD', kind: 'text', use: 'local', identity: 'proxy', secret: true, summary: 'Password of that key.' },
  proxyPinnedPublicKey: { curl: 'CURLOPT_PROXY_PINNEDPUBLICKEY', kind: 'text', use: 'local', identity: 'proxy', summary: 'The only public keys to accept of a proxy, as pinnedPublicKey has them.' },
  proxySslVersion: { curl: 'CURLOPT_PROXY_SSLVERSION', kind: 'choice', choices: TLS_VERSIONS, default: 'TLSv1.2', identity: 'proxy', summary: 'The lowest TLS version with a proxy.' },
  proxySslCipherList: { curl: 'CURLOPT_PROXY_SSL_CIPHER_LIST', kind: 'text', identity: 'proxy', summary: 'Ciphers with a proxy for TLS 1.2 and older, OpenSSL names.' },
  proxyTls13Ciphers: { curl: 'CURLOPT_PROXY_TLS13_CIPHERS', kind: 'text', identity: 'proxy', summary: 'Suites with a proxy for TLS 1.3, joined by ":".' },

  // TLS
  sslVerifyPeer: { curl: 'CURLOPT_SSL_VERIFYPEER', kind: 'flag', default: true, identity: 'tls', summary: "Whether the peer's certificate must lead to a trusted root." },
  sslVerifyHost: { curl: 'CURLOPT_SSL_VERIFYHOST', kind: 'flag', default: true, identity: 'tls', summary: "Whether the peer's certificate must name the host." },
  caInfo: { curl: 'CURLOPT_CAINFO', kind: 'text', use: 'local', identity: 'tls', summary: 'File of trusted roots, PEM. They replace the built-in ones.' },
  caPath: { curl: 'CURLOPT_CAPATH', kind: 'text', use: 'local', identity: 'tls', summary: 'Folder of trusted roots, one PEM file each.' },
  caInfoBlob: { curl: 'CURLOPT_CAINFO_BLOB', kind: 'bytes', identity: 'tls', summary: 'Trusted roots, PEM.' },
  crlFile: { curl: 'CURLOPT_CRLFILE', kind: 'text', use: 'local', identity: 'tls', summary: 'File of revoked certificates, PEM.' },
  sslCert: { curl: 'CURLOPT_SSLCERT', kind: 'text', use: 'local', identity: 'tls', summary: 'File of the client certificate, PEM, or PKCS#12 when it ends in .p12 or .pfx.' },
  sslCertBlob: { curl: 'CURLOPT_SSLCERT_BLOB', kind: 'bytes', identity: 'tls', summary: 'The client certificate, PEM.' },
  sslKey: { curl: 'CURLOPT_SSLKEY', kind: 'text', use: 'local', identity: 'tls', summary: "File of the client certificate's key, PEM." },
  sslKeyBlob: { curl: 'CURLOPT_SSLKEY_BLOB', kind: 'bytes', identity: 'tls', secret: true, summary: "The client certificate's key, PEM." },
  keyPasswd: { curl: 'CURLOPT_KEYPASSWD', kind: 'text', use: 'local', identity: 'tls', secret: true, summary: 'Password of the key.' },
  pinnedPublicKey: { curl: 'CURLOPT_PINNEDPUBLICKEY', kind: 'text', use: 'local', identity: 'tls', summary: 'The only public keys to accept: "sha256//BASE64" joined by ";", or a file, PEM or DER.' },
  sslVersion: { curl: 'CURLOPT_SSLVERSION', kind: 'choice', choices: TLS_VERSIONS, default: 'TLSv1.2', identity: 'tls', summary: 'The lowest TLS version.' },
  sslVersionMax: { curl: undefined, kind: 'choice', choices: TLS_VERSIONS, identity: 'tls', summary: 'The highest TLS version (libcurl: CURL_SSLVERSION_MAX_ values of CURLOPT_SSLVERSION).' },
  sslCipherList: { curl: 'CURLOPT_SSL_CIPHER_LIST', kind: 'text', identity: 'tls', summary: 'Ciphers for TLS 1.2 and older, OpenSSL names.' },
  tls13Ciphers: { curl: 'CURLOPT_TLS13_CIPHERS', kind: 'text', identity: 'tls', summary: 'Suites for TLS 1.3, joined by ":".' },
  sslEcCurves: { curl: 'CURLOPT_SSL_EC_CURVES', kind: 'text', identity: 'tls', summary: 'Key exchange groups, joined by ":".' },
  sslSignatureAlgorithms: { curl: 'CURLOPT_SSL_SIGNATURE_ALGORITHMS', kind: 'text', identity: 'tls', summary: 'Signature algorithms, joined by ":".' },
  sslEnableAlpn: { curl: 'CURLOPT_SSL_ENABLE_ALPN', kind: 'flag', default: true, identity: 'tls', summary: 'Whether to offer protocols in the handshake.' },
  sslSessionIdCache: { curl: 'CURLOPT_SSL_SESSIONID_CACHE', kind: 'flag', default: true, identity: 'tls', summary: 'Whether TLS sessions are kept and resumed.' },
} as const satisfies Record<string, OptionRow>

/** Limits and habits of one connection cache, whoever owns it (libcurl: CURLMOPT_). */
export const CACHE_OPTIONS = {
  maxConnects: { curl: 'CURLMOPT_MAXCONNECTS', kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Idle connections kept; the least recently used goes first. 0: 4 times the most handles that were in it at once, at least 5.' },
  maxTotalConnections: { curl: 'CURLMOPT_MAX_TOTAL_CONNECTIONS', kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Connections open at once; at the limit transfers wait. 0: no limit.' },
  maxHostConnections: { curl: 'CURLMOPT_MAX_HOST_CONNECTIONS', kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Connections open at once to one host and port, counted at the first hop; at the limit transfers wait. 0: no limit.' },
  pipelining: { curl: 'CURLMOPT_PIPELINING', kind: 'integer', unit: 'count', default: 1, min: 1, max: 1_000, identity: 'no', summary: 'Idempotent requests sent on one HTTP/1.1 connection before the answers have come, once no more connections may be opened. 1: off. (libcurl dropped HTTP/1.1 pipelining; its option speaks of HTTP/2 only.)' },
  maxConcurrentStreams: { curl: 'CURLMOPT_MAX_CONCURRENT_STREAMS', kind: 'integer', unit: 'count', default: 100, min: 1, max: 2 ** 31 - 1, identity: 'no', summary: 'Transfers at once on one HTTP/2 connection, if the server allows as many.' },
  pickStream: { curl: undefined, kind: 'choice', choices: ['fullest', 'least-loaded'], default: 'fullest', identity: 'no', summary: 'Which of several HTTP/2 connections with room to join: the fullest, so that others may go idle; or the one with the fewest transfers.' },
  coalesce: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Let a transfer join an HTTP/2 connection to another name, when that name has the same address and port, the certificate covers both and all else is equal.' },
  upkeepIntervalMs: { curl: 'CURLOPT_UPKEEP_INTERVAL_MS', kind: 'duration', unit: 'ms', default: 60_000, min: 0, max: MAX_MS, identity: 'no', summary: 'How long an HTTP/2 connection may be silent before it is asked for a sign of life by a PING. 0: never.' },
  upkeepTimeoutMs: { curl: undefined, kind: 'duration', unit: 'ms', default: 15_000, min: 1, max: MAX_MS, identity: 'no', summary: 'How long the answer to that PING may take, before the connection is given up.' },
  pick: { curl: undefined, kind: 'choice', choices: ['lifo', 'fifo'], default: 'lifo', identity: 'no', summary: 'Which of several idle connections to take: the last used (warmest), or the longest unused, which spreads the work over all.' },
  explainReuse: { curl: undefined, kind: 'flag', default: false, identity: 'no', summary: 'Record for every transfer why the other connections to its host were not taken; otherwise only for those that had to open one.' },
} as const satisfies Record<string, OptionRow>

/** Options of a multi beside those of its cache. */
export const MULTI_OPTIONS = {
  maxTransfers: { curl: undefined, kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Transfers admitted at once; the others wait to be let in, host by host in turn, and may be aborted or time out meanwhile. 0: no limit.' },
  maxHostTransfers: { curl: undefined, kind: 'integer', unit: 'count', default: 0, min: 0, max: 1_000_000, identity: 'no', summary: 'Transfers admitted at once to one host. 0: no limit.' },
} as const satisfies Record<string, OptionRow>
