/**
 * `-w`: a format with `%{variables}` filled in with the facts of a transfer. Pure: it answers what to print
 * and where.
 *
 * The rule: a variable has curl's name and, where it is a value of the info table, the table's unit: times are
 * printed as seconds with six digits after the point, everything else as it is.
 */
import { INFO_VALUES, type InfoName, type ResponseHead, type TransferInfo } from '@trunkline/core'
import type { Failure } from './failure.ts'
import { VERSION } from './version.ts'

/** What is known of a transfer when it is over. */
export interface TransferFacts {
  /** Undefined when it failed before it began. */
  readonly info: TransferInfo | undefined
  /** The last head that came. */
  readonly head: ResponseHead | undefined
  /** Undefined when it succeeded. */
  readonly failure: Failure | undefined
  /** The URL as it was given. */
  readonly url: string
  readonly urlIndex: number
  /** The file that got the body. */
  readonly path: string | undefined
}

/** A piece of output. */
export interface Printed {
  readonly to: 'stdout' | 'stderr'
  readonly text: string
}

/** What to print after a transfer, in order. Unknown variables are told on stderr and print nothing. */
export function writeOut(format: string, facts: TransferFacts): readonly Printed[] {
  const printed: Printed[] = []
  let to: Printed['to'] = 'stdout'
  let text = ''
  const flush = (): void => {
    if (text !== '') printed.push({ to, text })
    text = ''
  }
  for (const [piece] of format.matchAll(PIECES)) {
    const name = /^%\{([^}]*)\}$/.exec(piece)?.[1]
    const field = /^%header\{([^}]*)\}$/.exec(piece)?.[1]
    if (field !== undefined) text += facts.head?.fields.first(field) ?? ''
    else if (name === undefined) text += ESCAPES[piece] ?? piece
    else if (name === 'stdout' || name === 'stderr') {
      flush()
      to = name
    } else if (name === 'onerror') {
      if (facts.failure === undefined) break
    } else {
      const value = variable(name, facts)
      if (value !== undefined) text += value
      else printed.push({ to: 'stderr', text: `trunkline: unknown --write-out variable: '${name}'\n` })
    }
  }
  flush()
  return printed
}

/** A variable, an escape, or plain text; a lone "%" or "\" is plain. */
const PIECES = /%\{[^}]*\}|%header\{[^}]*\}|%%|\\[nrt]|[^%\\]+|[%\\]/g
const ESCAPES: Readonly<Record<string, string>> = { '%%': '%', '\\n': '\n', '\\r': '\r', '\\t': '\t' }

function variable(name: string, facts: TransferFacts): string | undefined {
  if (name === 'json') return jsonOf(facts)
  if (name === 'header_json') return JSON.stringify(headersOf(facts))
  const value = Object.hasOwn(VARIABLES, name) ? valueOf(VARIABLES[name]!, facts) : undefined
  if (value === undefined) return undefined
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
  return `{${members.join(',')},"trunkline_version":${JSON.stringify(VERSION)}}`
}

/** Lower-cased names to lists of values. */
function headersOf({ head }: TransferFacts): Record<string, readonly string[]> {
  const entries = Object.entries(head?.fields.toObject() ?? {})
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  )
}

type Value = string | number | boolean
type Reader = InfoName | ((facts: TransferFacts) => Value)

/** curl's variables, and ours at the end. */
const VARIABLES: Readonly<Record<string, Reader>> = {
  conn_id: 'connId',
  content_type: 'contentType',
  errormsg: ({ failure }) => failure?.message ?? '',
  exitcode: ({ failure }) => failure?.exitCode ?? 0,
  filename_effective: ({ path }) => path ?? '',
  http_code: 'responseCode',
  http_connect: 'httpConnectCode',
  http_version: ({ head }) => head?.version ?? '0',
  local_ip: 'localIp',
  local_port: 'localPort',
  method: 'effectiveMethod',
  num_certs: ({ info }) => info?.certInfo.length ?? 0,
  num_connects: 'numConnects',
  num_headers: ({ head }) => head?.fields.count ?? 0,
  num_redirects: 'redirectCount',
  num_retries: 'numRetries',
  proxy_ssl_verify_result: ({ info }) => info?.proxySslVerifyResult || 0,
  proxy_used: ({ info }) => (info?.usedProxy === true ? 1 : 0),
  redirect_url: 'redirectUrl',
  remote_ip: 'primaryIp',
  remote_port: 'primaryPort',
  response_code: 'responseCode',
  scheme: 'scheme',
  size_download: 'sizeDownload',
  size_header: 'headerSize',
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
  url: ({ url }) => url,
  url_effective: ({ info, url }) => info?.effectiveUrl ?? url,
  urlnum: ({ urlIndex }) => urlIndex,
  xfer_id: 'xferId',

  conn_requests: 'connRequests',
  conn_reused: 'connReused',
  verdict: ({ info }) => info?.verdict?.text ?? '',
}
