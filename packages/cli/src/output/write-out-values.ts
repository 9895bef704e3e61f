/**
 * The variables of `-w`: one row each, curl's names, and ours at the end.
 *
 * The rule: a variable that is a value of the info table has the table's unit: times are printed as seconds with six
 * digits after the point, everything else as it is. A transfer that did not begin has zeros and empty texts.
 */
import {
  CurlUrl,
  INFO_VALUES,
  type InfoName,
  type ResponseHead,
  type TransferInfo,
  type UrlPart,
} from '@trunkline/core'
import type { Failure } from '../failure.ts'
import { certificateText } from './certificate-text.ts'
import { CURL_VERSION, VERSION } from '../help/version.ts'

/** What is known of a transfer when it is over. */
export interface TransferFacts {
  /** Undefined when it failed before it began. */
  readonly info: TransferInfo | undefined
  /** The last head that came. */
  readonly head: ResponseHead | undefined
  /** All heads that answered, redirects included. */
  readonly heads?: readonly ResponseHead[]
  /** Undefined when it succeeded. */
  readonly failure: Failure | undefined
  /** The URL as it was given. */
  readonly url: string
  readonly urlIndex: number
  /** The file that got the body. */
  readonly path: string | undefined
  /** Of all heads that came, redirects and tunnels included. */
  readonly headBytes?: number
  /** Where its last request went, with the login and the fragment of the URL. */
  readonly asked?: string
  /** Times it was begun again by `--retry`. */
  readonly retries?: number
  /** The Referer of the last request. */
  readonly referer?: string | undefined
}

/** The text of a variable; undefined: there is none of that name. */
export function variableText(name: string, facts: TransferFacts): string | undefined {
  if (name === 'json') return jsonOf(facts)
  if (name === 'header_json') return headersJson(facts)
  if (!Object.hasOwn(VARIABLES, name)) return undefined
  const value = valueOf(VARIABLES[name]!, facts)
  // No status is three digits as well.
  return STATUSES.has(name) ? String(value).padStart(3, '0') : String(value)
}

const STATUSES: ReadonlySet<string> = new Set(['http_code', 'http_connect', 'response_code'])

/** A value as it is printed; times are strings already. */
function valueOf(reader: Reader, facts: TransferFacts): Value {
  if (typeof reader !== 'string') return reader(facts)
  const { unit } = INFO_VALUES[reader]
  const value =
    facts.info?.[reader] ??
    (unit === 'text' ? '' : unit === 'flag' ? false : reader === 'connId' || reader === 'xferId' ? -1 : 0)
  return unit === 'us' ? ((value as number) / 1_000_000).toFixed(6) : (value as Value)
}

/** All variables as one object; times are numbers. */
function jsonOf(facts: TransferFacts): string {
  const members = Object.entries(VARIABLES).map(([name, reader]) => {
    const value = valueOf(reader, facts)
    const text = name.startsWith('time_') ? String(value) : JSON.stringify(value === '' ? null : value)
    return `${JSON.stringify(name)}:${text}`
  })
  const versions = `"curl_version":"libcurl/${CURL_VERSION}","trunkline_version":${JSON.stringify(VERSION)}`
  return `{${members.join(',')},${versions}}`
}

/** Lower-cased names to lists of values, a line each, as curl has them. */
function headersJson({ head }: TransferFacts): string {
  const members = Object.entries(head?.fields.toObject() ?? {}).map(([name, value]) => {
    const values = (typeof value === 'string' ? [value] : value).map(utf8)
    return `${JSON.stringify(name)}:${JSON.stringify(values)}`
  })
  return `{${members.join(',\n')}\n}`
}

/** The bytes of a field are Latin-1 here, and mostly UTF-8. */
export function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString()
}

type Value = string | number | boolean
type Reader = InfoName | ((facts: TransferFacts) => Value)

const URL_PARTS = [
  'fragment',
  'host',
  'options',
  'password',
  'path',
  'port',
  'query',
  'scheme',
  'user',
  'zoneid',
] as const

/** `url.host` and its kin of a URL; all empty when it is none. */
function partsOf(prefix: string, urlOf: (facts: TransferFacts) => string): Readonly<Record<string, Reader>> {
  return Object.fromEntries(
    URL_PARTS.map((part) => [`${prefix}.${part}`, (facts: TransferFacts) => partOf(urlOf(facts), part)]),
  )
}

function partOf(text: string, part: (typeof URL_PARTS)[number]): string {
  if (text === '') return ''
  try {
    const url = new CurlUrl()
    url.set('url', text, { guessScheme: true, nonSupportScheme: true })
    return url.get(part as UrlPart, { defaultPort: true }) ?? ''
  } catch {
    return ''
  }
}

const effectiveUrl = ({ info, url, asked }: TransferFacts): string => asked ?? info?.effectiveUrl ?? url

/** curl's variables, in its order, and ours at the end. */
const VARIABLES: Readonly<Record<string, Reader>> = {
  certs: ({ info }) => (info?.certInfo ?? []).map((der) => certificateText(der)).join('\n'),
  conn_id: 'connId',
  content_type: 'contentType',
  errormsg: ({ failure }) => failure?.message ?? '',
  exitcode: ({ failure }) => failure?.exitCode ?? 0,
  filename_effective: ({ path }) => path ?? '',
  ftp_entry_path: () => '',
  http_code: 'responseCode',
  http_connect: 'httpConnectCode',
  // As curl has it: 1, 1.1, 2, 3.
  http_version: ({ info }) => (info?.httpVersion || '0').replace(/\.0$/, ''),
  local_ip: 'localIp',
  local_port: ({ info }) => info?.localPort || -1,
  method: ({ info }) => info?.effectiveMethod ?? 'GET',
  num_certs: ({ info }) => info?.certInfo.length ?? 0,
  num_connects: 'numConnects',
  num_headers: ({ head }) => head?.fields.count ?? 0,
  num_redirects: 'redirectCount',
  num_retries: ({ retries }) => retries ?? 0,
  proxy_ssl_verify_result: ({ info }) => info?.proxySslVerifyResult || 0,
  proxy_used: ({ info }) => (info?.usedProxy === true ? 1 : 0),
  redirect_url: 'redirectUrl',
  referer: ({ referer }) => referer ?? '',
  remote_ip: 'primaryIp',
  remote_port: ({ info }) => info?.primaryPort || -1,
  response_code: 'responseCode',
  scheme: 'scheme',
  size_delivered: 'sizeDecoded',
  size_download: 'sizeDownload',
  size_header: ({ headBytes }) => headBytes ?? 0,
  size_request: 'requestSize',
  size_upload: 'sizeUpload',
  speed_download: 'speedDownload',
  speed_upload: 'speedUpload',
  ssl_verify_result: ({ info }) =>
    info === undefined || info.sslVerifyResult === '' ? 0 : info.sslVerifyResult,
  time_appconnect: 'appConnectTimeUs',
  time_connect: 'connectTimeUs',
  time_namelookup: 'nameLookupTimeUs',
  time_posttransfer: 'postTransferTimeUs',
  time_pretransfer: 'preTransferTimeUs',
  time_queue: 'queueTimeUs',
  time_redirect: 'redirectTimeUs',
  time_starttransfer: 'startTransferTimeUs',
  time_total: 'totalTimeUs',
  tls_earlydata: () => 0,
  url: ({ url }) => url,
  ...partsOf('url', ({ url }) => url),
  url_effective: effectiveUrl,
  ...partsOf('urle', effectiveUrl),
  urlnum: ({ urlIndex }) => urlIndex,
  xfer_id: 'xferId',

  alpn: 'alpn',
  conn_requests: 'connRequests',
  conn_reused: 'connReused',
  num_resends: 'numRetries',
  stream_id: 'streamId',
  time_wait_conn: 'queueTimeUs',
  tls_resumed: 'tlsResumed',
  verdict: ({ info }) => info?.verdict?.text ?? '',
}
