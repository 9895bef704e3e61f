/**
 * One row per way to fail. Numbers and names are libcurl's (include/curl/curl.h, multi.h, header.h);
 * what is thrown, printed as an exit code or written to docs/errors.md is derived from here.
 *
 * The rule: codes are curl's names without their prefix, and are never renumbered. A failure that curl does
 * not have takes the nearest code of curl's and says the difference in its message.
 */
export interface ErrorRow {
  /** libcurl's full name. */
  readonly curl: string
  /** libcurl's number; for CURLE_ names also the command's exit code. */
  readonly number: number
  /** What it means, in one sentence. */
  readonly summary: string
}

/** Every code of a TransferError, with libcurl's name and number and its meaning. */
export const ERROR_CODES = {
  UNSUPPORTED_PROTOCOL: { curl: 'CURLE_UNSUPPORTED_PROTOCOL', number: 1, summary: 'The URL or the peer speaks a protocol that Trunkline does not.' },
  FAILED_INIT: { curl: 'CURLE_FAILED_INIT', number: 2, summary: 'Setting up failed before anything was done.' },
  URL_MALFORMAT: { curl: 'CURLE_URL_MALFORMAT', number: 3, summary: 'The URL is not well formed.' },
  NOT_BUILT_IN: { curl: 'CURLE_NOT_BUILT_IN', number: 4, summary: 'A wanted feature is not part of this version.' },
  COULDNT_RESOLVE_PROXY: { curl: 'CURLE_COULDNT_RESOLVE_PROXY', number: 5, summary: 'The name of the proxy has no address.' },
  COULDNT_RESOLVE_HOST: { curl: 'CURLE_COULDNT_RESOLVE_HOST', number: 6, summary: 'The name of the host has no address.' },
  COULDNT_CONNECT: { curl: 'CURLE_COULDNT_CONNECT', number: 7, summary: 'No connection could be made to the host or proxy.' },
  WEIRD_SERVER_REPLY: { curl: 'CURLE_WEIRD_SERVER_REPLY', number: 8, summary: 'The server sent something that is not HTTP, or breaks its rules.' },
  HTTP2: { curl: 'CURLE_HTTP2', number: 16, summary: 'HTTP/2 framing failed.' },
  PARTIAL_FILE: { curl: 'CURLE_PARTIAL_FILE', number: 18, summary: 'The body ended before its announced length.' },
  HTTP_RETURNED_ERROR: { curl: 'CURLE_HTTP_RETURNED_ERROR', number: 22, summary: 'The status was 400 or above and failOnError was set, or a WebSocket was refused.' },
  WRITE_ERROR: { curl: 'CURLE_WRITE_ERROR', number: 23, summary: 'Received data could not be handed over: a callback threw or refused it.' },
  UPLOAD_FAILED: { curl: 'CURLE_UPLOAD_FAILED', number: 25, summary: 'The body cannot be sent in the version of HTTP that is spoken.' },
  READ_ERROR: { curl: 'CURLE_READ_ERROR', number: 26, summary: 'The source of the request body failed.' },
  OPERATION_TIMEDOUT: { curl: 'CURLE_OPERATION_TIMEDOUT', number: 28, summary: 'A deadline passed; the details name which.' },
  RANGE_ERROR: { curl: 'CURLE_RANGE_ERROR', number: 33, summary: 'The server did not honour the range.' },
  SSL_CONNECT_ERROR: { curl: 'CURLE_SSL_CONNECT_ERROR', number: 35, summary: 'The TLS handshake failed.' },
  BAD_DOWNLOAD_RESUME: { curl: 'CURLE_BAD_DOWNLOAD_RESUME', number: 36, summary: 'A file ends before the byte from which on it was wanted.' },
  FILE_COULDNT_READ_FILE: { curl: 'CURLE_FILE_COULDNT_READ_FILE', number: 37, summary: 'A file could not be read.' },
  ABORTED_BY_CALLBACK: { curl: 'CURLE_ABORTED_BY_CALLBACK', number: 42, summary: 'A callback or an AbortSignal ended the transfer.' },
  BAD_FUNCTION_ARGUMENT: { curl: 'CURLE_BAD_FUNCTION_ARGUMENT', number: 43, summary: 'An option or argument has a wrong type or lies outside its bounds.' },
  INTERFACE_FAILED: { curl: 'CURLE_INTERFACE_FAILED', number: 45, summary: 'The wanted local interface, address or port cannot be used.' },
  TOO_MANY_REDIRECTS: { curl: 'CURLE_TOO_MANY_REDIRECTS', number: 47, summary: 'More redirects came than maxRedirs allows.' },
  UNKNOWN_OPTION: { curl: 'CURLE_UNKNOWN_OPTION', number: 48, summary: 'There is no option of that name.' },
  GOT_NOTHING: { curl: 'CURLE_GOT_NOTHING', number: 52, summary: 'The server closed the connection without a byte of response.' },
  SEND_ERROR: { curl: 'CURLE_SEND_ERROR', number: 55, summary: 'Sending to the peer failed.' },
  RECV_ERROR: { curl: 'CURLE_RECV_ERROR', number: 56, summary: 'Receiving from the peer failed.' },
  SSL_CERTPROBLEM: { curl: 'CURLE_SSL_CERTPROBLEM', number: 58, summary: 'The client certificate or its key cannot be used.' },
  SSL_CIPHER: { curl: 'CURLE_SSL_CIPHER', number: 59, summary: 'The wanted ciphers cannot be used.' },
  PEER_FAILED_VERIFICATION: { curl: 'CURLE_PEER_FAILED_VERIFICATION', number: 60, summary: "The peer's certificate could not be verified." },
  BAD_CONTENT_ENCODING: { curl: 'CURLE_BAD_CONTENT_ENCODING', number: 61, summary: 'A content or transfer coding is unknown or its data broken.' },
  FILESIZE_EXCEEDED: { curl: 'CURLE_FILESIZE_EXCEEDED', number: 63, summary: 'The body is larger than maxFilesize.' },
  SEND_FAIL_REWIND: { curl: 'CURLE_SEND_FAIL_REWIND', number: 65, summary: 'The request body has been read, in this run or an earlier one, and cannot be read again.' },
  LOGIN_DENIED: { curl: 'CURLE_LOGIN_DENIED', number: 67, summary: 'The server refused the credentials.' },
  SSL_CACERT_BADFILE: { curl: 'CURLE_SSL_CACERT_BADFILE', number: 77, summary: 'The CA certificates cannot be read.' },
  SSL_CRL_BADFILE: { curl: 'CURLE_SSL_CRL_BADFILE', number: 82, summary: 'The certificate revocation list cannot be read.' },
  NO_CONNECTION_AVAILABLE: { curl: 'CURLE_NO_CONNECTION_AVAILABLE', number: 89, summary: 'No connection can be had, because the cache is closed.' },
  SSL_PINNEDPUBKEYNOTMATCH: { curl: 'CURLE_SSL_PINNEDPUBKEYNOTMATCH', number: 90, summary: "The peer's public key is not one of the pinned ones." },
  HTTP2_STREAM: { curl: 'CURLE_HTTP2_STREAM', number: 92, summary: 'An HTTP/2 stream was reset or broken.' },
  RECURSIVE_API_CALL: { curl: 'CURLE_RECURSIVE_API_CALL', number: 93, summary: 'A handle was told to start while it is running.' },
  AUTH_ERROR: { curl: 'CURLE_AUTH_ERROR', number: 94, summary: 'An authentication exchange failed.' },
  PROXY: { curl: 'CURLE_PROXY', number: 97, summary: 'The handshake with the proxy failed.' },
  UNRECOVERABLE_POLL: { curl: 'CURLE_UNRECOVERABLE_POLL', number: 99, summary: 'The event loop failed.' },
  TOO_LARGE: { curl: 'CURLE_TOO_LARGE', number: 100, summary: 'A header, line or value is larger than its limit.' },
  MULTI_BAD_EASY_HANDLE: { curl: 'CURLM_BAD_EASY_HANDLE', number: 2, summary: 'The argument is not a handle that this multi holds.' },
  MULTI_ADDED_ALREADY: { curl: 'CURLM_ADDED_ALREADY', number: 7, summary: 'The handle is in a multi already.' },
  MULTI_ABORTED: { curl: 'CURLM_ABORTED_BY_CALLBACK', number: 11, summary: 'The handle was removed, or its multi closed, while it ran.' },
  SHARE_BAD_OPTION: { curl: 'CURLSHE_BAD_OPTION', number: 1, summary: 'There is no such part to share.' },
  SHARE_IN_USE: { curl: 'CURLSHE_IN_USE', number: 2, summary: 'The share is in use by a handle and cannot be changed.' },
  SHARE_INVALID: { curl: 'CURLSHE_INVALID', number: 3, summary: 'The share is closed, or belongs to another environment.' },
} as const satisfies Record<string, ErrorRow>

/** The name of a failure, stable for ever. */
export type TransferErrorCode = keyof typeof ERROR_CODES
