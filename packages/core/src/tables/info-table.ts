/**
 * One row per value that `getinfo` tells. Keys are the property names of `TransferInfo`; docs/info.md is
 * written from here.
 *
 * The rule: times are microseconds as plain numbers, counted from the start of the transfer, as the _T
 * values of libcurl are; 0 means that the phase did not happen.
 */
export interface InfoRow {
  /** libcurl's name; undefined for what libcurl does not have. */
  readonly curl: string | undefined
  readonly unit: 'us' | 'bytes' | 'bytes/s' | 'count' | 'text' | 'flag' | 'number' | 'list' | 'lines' | 'verdict'
  readonly summary: string
}

/** Every value of a TransferInfo, with libcurl's name, its unit and its meaning. */
export const INFO_VALUES = {
  effectiveUrl: { curl: 'CURLINFO_EFFECTIVE_URL', unit: 'text', summary: 'The URL last used, without credentials; an international host stands as it was written.' },
  effectiveMethod: { curl: 'CURLINFO_EFFECTIVE_METHOD', unit: 'text', summary: 'The method last used.' },
  scheme: { curl: 'CURLINFO_SCHEME', unit: 'text', summary: 'The scheme of the URL last used.' },
  responseCode: { curl: 'CURLINFO_RESPONSE_CODE', unit: 'number', summary: 'The last status received; 0 when none came.' },
  httpVersion: { curl: 'CURLINFO_HTTP_VERSION', unit: 'text', summary: 'The version of the last response, such as "1.1"; empty when none came.' },
  contentType: { curl: 'CURLINFO_CONTENT_TYPE', unit: 'text', summary: 'The Content-Type of the response; empty when there is none.' },
  retryAfter: { curl: 'CURLINFO_RETRY_AFTER', unit: 'number', summary: 'Seconds that a Retry-After field of the response asks for; 0 when there is none.' },
  fileTime: { curl: 'CURLINFO_FILETIME_T', unit: 'number', summary: 'Last-Modified of the response, seconds since 1970; -1 when unknown.' },
  conditionUnmet: { curl: 'CURLINFO_CONDITION_UNMET', unit: 'flag', summary: 'Whether timeCondition was not met (304 included), or nothing was left for resumeFrom.' },
  redirectCount: { curl: 'CURLINFO_REDIRECT_COUNT', unit: 'count', summary: 'Redirects that were followed.' },
  redirectTimeUs: { curl: 'CURLINFO_REDIRECT_TIME_T', unit: 'us', summary: 'When the last redirect was followed; 0 when none was.' },
  redirectUrl: { curl: 'CURLINFO_REDIRECT_URL', unit: 'text', summary: 'Where a Location field of the response leads; empty when there is none.' },

  cookieList: { curl: 'CURLINFO_COOKIELIST', unit: 'lines', summary: 'All cookies known now, as lines of a cookie file; none when the cookie engine is off.' },
  httpAuthAvail: { curl: 'CURLINFO_HTTPAUTH_AVAIL', unit: 'lines', summary: 'The schemes that the WWW-Authenticate fields of the last response offer, in lower case.' },
  proxyAuthAvail: { curl: 'CURLINFO_PROXYAUTH_AVAIL', unit: 'lines', summary: 'The schemes that its Proxy-Authenticate fields offer.' },

  queueTimeUs: { curl: 'CURLINFO_QUEUE_TIME_T', unit: 'us', summary: 'How long the transfer waited for a place, over all tries.' },
  nameLookupTimeUs: { curl: 'CURLINFO_NAMELOOKUP_TIME_T', unit: 'us', summary: 'When the name was resolved.' },
  connectTimeUs: { curl: 'CURLINFO_CONNECT_TIME_T', unit: 'us', summary: 'When the socket was connected.' },
  appConnectTimeUs: { curl: 'CURLINFO_APPCONNECT_TIME_T', unit: 'us', summary: 'When the TLS handshake was done.' },
  preTransferTimeUs: { curl: 'CURLINFO_PRETRANSFER_TIME_T', unit: 'us', summary: 'When the request began to be sent.' },
  postTransferTimeUs: { curl: 'CURLINFO_POSTTRANSFER_TIME_T', unit: 'us', summary: 'When the request was sent to its end.' },
  startTransferTimeUs: { curl: 'CURLINFO_STARTTRANSFER_TIME_T', unit: 'us', summary: 'When the first byte of the response came.' },
  totalTimeUs: { curl: 'CURLINFO_TOTAL_TIME_T', unit: 'us', summary: 'When the transfer ended; while it runs, the time so far.' },

  sizeUpload: { curl: 'CURLINFO_SIZE_UPLOAD_T', unit: 'bytes', summary: 'Bytes of request body sent, without framing.' },
  sizeDownload: { curl: 'CURLINFO_SIZE_DOWNLOAD_T', unit: 'bytes', summary: 'Bytes of response body received, without framing, before content codings are undone.' },
  sizeDecoded: { curl: undefined, unit: 'bytes', summary: 'Bytes of response body once its codings are undone; the same as sizeDownload when none are.' },
  speedUpload: { curl: 'CURLINFO_SPEED_UPLOAD_T', unit: 'bytes/s', summary: 'Average upload speed over the whole transfer.' },
  speedDownload: { curl: 'CURLINFO_SPEED_DOWNLOAD_T', unit: 'bytes/s', summary: 'Average download speed over the whole transfer.' },
  headerSize: { curl: 'CURLINFO_HEADER_SIZE', unit: 'bytes', summary: 'Bytes of all heads received.' },
  requestSize: { curl: 'CURLINFO_REQUEST_SIZE', unit: 'bytes', summary: 'Bytes of all request heads sent.' },
  contentLengthDownload: { curl: 'CURLINFO_CONTENT_LENGTH_DOWNLOAD_T', unit: 'bytes', summary: 'The announced length of the response body; -1 when unknown.' },
  contentLengthUpload: { curl: 'CURLINFO_CONTENT_LENGTH_UPLOAD_T', unit: 'bytes', summary: 'The announced length of the request body; -1 when unknown.' },

  numConnects: { curl: 'CURLINFO_NUM_CONNECTS', unit: 'count', summary: 'Connections that had to be opened for this transfer.' },
  numRetries: { curl: undefined, unit: 'count', summary: 'Times the request was repeated because a reused connection was dead.' },
  retryCount: { curl: undefined, unit: 'count', summary: 'Times the transfer was begun again by the option retry.' },
  connId: { curl: 'CURLINFO_CONN_ID', unit: 'number', summary: 'The connection last used, numbered from 0 within its cache; -1 before there is one.' },
  xferId: { curl: 'CURLINFO_XFER_ID', unit: 'number', summary: 'The transfer, numbered from 0 within its engine.' },
  primaryIp: { curl: 'CURLINFO_PRIMARY_IP', unit: 'text', summary: 'The address of the peer last connected to; the path of a UNIX socket.' },
  primaryPort: { curl: 'CURLINFO_PRIMARY_PORT', unit: 'number', summary: 'The port of the peer last connected to.' },
  localIp: { curl: 'CURLINFO_LOCAL_IP', unit: 'text', summary: 'Our address of the connection last used.' },
  localPort: { curl: 'CURLINFO_LOCAL_PORT', unit: 'number', summary: 'Our port of the connection last used.' },
  sslVerifyResult: { curl: 'CURLINFO_SSL_VERIFYRESULT', unit: 'text', summary: 'Why the certificate did not pass, when that was not required; empty when it passed.' },
  proxySslVerifyResult: { curl: 'CURLINFO_PROXY_SSL_VERIFYRESULT', unit: 'text', summary: 'The same of the certificate of an https proxy.' },
  usedProxy: { curl: 'CURLINFO_USED_PROXY', unit: 'flag', summary: 'Whether the request last sent went by a proxy.' },
  httpConnectCode: { curl: 'CURLINFO_HTTP_CONNECTCODE', unit: 'number', summary: 'The last status that a proxy answered to a CONNECT of this transfer; 0 when there was none.' },
  certInfo: { curl: 'CURLINFO_CERTINFO', unit: 'list', summary: "The peer's certificate chain, leaf first, each in DER." },

  connReused: { curl: undefined, unit: 'flag', summary: 'Whether the connection had served a transfer before.' },
  connRequests: { curl: undefined, unit: 'count', summary: 'Which request on its connection this was, from 1.' },
  connStreams: { curl: undefined, unit: 'count', summary: 'Transfers under way on the connection when this one joined it, itself included; more than 1 over HTTP/2, or pipelined.' },
  streamId: { curl: undefined, unit: 'number', summary: 'The HTTP/2 stream of the transfer; 0 over HTTP/1.' },
  tlsVersion: { curl: undefined, unit: 'text', summary: 'The TLS version of the connection; empty without TLS.' },
  tlsCipher: { curl: undefined, unit: 'text', summary: 'The TLS cipher of the connection; empty without TLS.' },
  tlsResumed: { curl: undefined, unit: 'flag', summary: "Whether the connection's handshake resumed a session." },
  alpn: { curl: undefined, unit: 'text', summary: 'The protocol chosen in the TLS handshake; empty when none was.' },
  verdict: { curl: undefined, unit: 'verdict', summary: 'Which connection was taken or opened, what was waited for, and why each other connection to the host was not reused.' },
} as const satisfies Record<string, InfoRow>
