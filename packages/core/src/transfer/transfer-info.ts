/**
 * `TransferInfo`: what `getinfo` tells (libcurl: CURLINFO_), worked out when read. The list of values, their
 * units and meanings are in tables/info-table.ts and docs/info.md.
 */
import { parseChallenges } from '../auth/challenges.ts'
import type { Milliseconds, SocketAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import { urlAsWritten } from '../http/origin.ts'
import type { ReuseVerdict } from '../pool/verdict.ts'
import { INFO_VALUES, type InfoRow } from '../tables/info-table.ts'
import { retryAfterMs } from './retry-policy.ts'
import { formatUrl } from '../url/format-url.ts'
import { parseUrlParts, resolveReference } from '../url/parse-url.ts'
import type { UrlSetFlags } from '../url/url-parts.ts'
import type { TransferRecord } from './transfer-record.ts'

/** The names of all values. */
export type InfoName = keyof typeof INFO_VALUES

interface ValueOf {
  us: number
  bytes: number
  'bytes/s': number
  count: number
  number: number
  text: string
  flag: boolean
  list: readonly Uint8Array[]
  lines: readonly string[]
  verdict: ReuseVerdict | undefined
}

/** All values by name. */
export type InfoValues = { readonly [Name in InfoName]: ValueOf[(typeof INFO_VALUES)[Name]['unit']] }

/** Reads the clock for values that still grow. */
type Now = () => Milliseconds

const READERS: { readonly [Name in InfoName]: (record: TransferRecord, now: Now) => InfoValues[Name] } = {
  effectiveUrl: ({ plan }) => urlAsWritten(plan.url),
  effectiveMethod: ({ plan }) => plan.method,
  scheme: ({ plan }) => plan.url.origin.scheme,
  // A document that is not newer is as good as a 304, which libcurl makes of it.
  responseCode: ({ head, isUnmet, plan }) =>
    isUnmet && head?.version !== '' && plan.settings.timeCondition !== 'none' ? 304 : (head?.status ?? 0),
  httpVersion: ({ head }) => head?.version ?? '',
  contentType: ({ head }) => head?.fields.first('content-type') ?? '',
  retryAfter: ({ head }) => Math.floor(retryAfterMs(head) / 1_000),
  fileTime: ({ head }) => seconds(head?.fields.first('last-modified')),
  conditionUnmet: ({ isUnmet }) => isUnmet,
  redirectCount: ({ redirects }) => redirects,
  redirectTimeUs: (record) => since(record, record.redirectedAt),
  redirectUrl: (record) => redirectUrl(record),

  cookieList: ({ memory }) => memory?.cookies?.lines() ?? [],
  httpAuthAvail: ({ head }) => schemesOf(head, 'www-authenticate'),
  proxyAuthAvail: ({ head }) => schemesOf(head, 'proxy-authenticate'),

  queueTimeUs: ({ queuedMs }) => micros(queuedMs),
  nameLookupTimeUs: (record) =>
    openingTime(record, record.connection?.times.resolvedAt ?? record.connection?.times.connectedAt),
  connectTimeUs: (record) => openingTime(record, record.connection?.times.connectedAt),
  appConnectTimeUs: (record) => openingTime(record, record.connection?.times.securedAt),
  preTransferTimeUs: (record) => since(record, record.sentFirstAt),
  postTransferTimeUs: (record) => since(record, record.sentLastAt),
  startTransferTimeUs: (record) => since(record, record.firstByteAt),
  totalTimeUs: (record, now) => since(record, record.endedAt ?? now()),

  sizeUpload: ({ uploaded }) => uploaded,
  sizeDownload: ({ downloaded }) => downloaded,
  sizeDecoded: ({ decoded, downloaded }) => (decoded < 0 ? downloaded : decoded),
  speedUpload: (record, now) => speed(record.uploaded, record, now),
  speedDownload: (record, now) => speed(record.downloaded, record, now),
  headerSize: ({ headBytesReceived }) => headBytesReceived,
  requestSize: ({ headBytesSent }) => headBytesSent,
  contentLengthDownload: ({ downloadTotal }) => downloadTotal,
  contentLengthUpload: ({ plan }) => (plan.body.is === 'none' ? -1 : (plan.bodyLength ?? -1)),

  numConnects: ({ connects }) => connects,
  numRetries: ({ retries }) => retries,
  retryCount: ({ restarts }) => restarts,
  connId: ({ connection }) => connection?.id ?? -1,
  xferId: ({ id }) => id,
  primaryIp: ({ connection }) => addressText(connection?.remote),
  primaryPort: ({ connection }) => addressPort(connection?.remote),
  localIp: ({ connection }) => addressText(connection?.local),
  localPort: ({ connection }) => addressPort(connection?.local),
  sslVerifyResult: ({ connection }) => connection?.tls?.verifyProblem ?? '',
  proxySslVerifyResult: ({ connection }) => connection?.proxyTls?.verifyProblem ?? '',
  usedProxy: ({ plan }) => plan.proxies !== undefined,
  httpConnectCode: ({ connectStatus }) => connectStatus,
  certInfo: ({ connection }) => connection?.tls?.certificates() ?? [],

  connReused: ({ connection }) => connection?.isReused ?? false,
  connRequests: ({ connection }) => connection?.request ?? 0,
  connStreams: ({ connection }) => connection?.streams ?? 0,
  streamId: ({ connection }) => connection?.stream ?? 0,
  tlsVersion: ({ connection }) => connection?.tls?.version ?? '',
  tlsCipher: ({ connection }) => connection?.tls?.cipher ?? '',
  tlsResumed: ({ connection }) => connection?.tls?.resumed ?? false,
  alpn: ({ connection }) => connection?.tls?.alpn ?? '',
  verdict: ({ verdict }) => verdict,
}

const LEFT_OUT: ReadonlySet<InfoName> = new Set<InfoName>(['certInfo', 'cookieList'])

class InfoReader {
  readonly #record: TransferRecord
  readonly #now: Now

  constructor(record: TransferRecord, now: Now) {
    this.#record = record
    this.#now = now
  }

  /** One value, by Trunkline's or libcurl's name (`CURLINFO_TOTAL_TIME_T`). UNKNOWN_OPTION for other names. */
  get<Name extends InfoName>(name: Name): InfoValues[Name]
  get(name: string): InfoValues[InfoName]
  get(name: string): InfoValues[InfoName] {
    const known = Object.hasOwn(READERS, name) ? (name as InfoName) : nameOf(name)
    return READERS[known](this.#record, this.#now)
  }

  /** All values as a plain object; certificates and cookies are left out. */
  toJSON(): Record<string, unknown> {
    const names = (Object.keys(READERS) as InfoName[]).filter((name) => !LEFT_OUT.has(name))
    return Object.fromEntries(names.map((name) => [name, this.get(name)]))
  }
}

for (const name of Object.keys(READERS) as InfoName[]) {
  Object.defineProperty(InfoReader.prototype, name, {
    get(this: InfoReader) {
      return this.get(name)
    },
  })
}

/** The facts of one transfer, as properties and by `get`; times in microseconds. See docs/info.md. */
export type TransferInfo = InfoReader & InfoValues

export function makeInfo(record: TransferRecord, now: Now): TransferInfo {
  return new InfoReader(record, now) as TransferInfo
}

function nameOf(curl: string): InfoName {
  const found = Object.entries(INFO_VALUES as Record<string, InfoRow>).find(([, row]) => row.curl === curl)
  if (found === undefined)
    throw new TransferError('UNKNOWN_OPTION', `there is no info value "${curl}"`, { option: curl })
  return found[0] as InfoName
}

function schemesOf(head: ResponseHead | undefined, name: string): string[] {
  return parseChallenges(head?.fields.all(name) ?? []).map(({ scheme }) => scheme)
}

function micros(ms: Milliseconds): number {
  return Math.round(ms * 1_000)
}

function since(record: TransferRecord, at: Milliseconds | undefined): number {
  return at === undefined ? 0 : micros(at - record.startedAt)
}

/** A phase of the connection's opening: none when the connection was there before the transfer (libcurl: 0). */
function openingTime(record: TransferRecord, at: Milliseconds | undefined): number {
  return at === undefined || record.connection!.isReused ? 0 : Math.max(0, since(record, at))
}

function speed(bytes: number, record: TransferRecord, now: Now): number {
  const us = since(record, record.endedAt ?? now())
  return us === 0 ? 0 : Math.round((bytes * 1_000_000) / us)
}

function redirectUrl({ head, plan }: TransferRecord): string {
  const location =
    head !== undefined && head.status >= 300 && head.status < 400 ? head.fields.first('location') : undefined
  if (location === undefined) return ''
  try {
    return formatUrl(resolveReference(parseUrlParts(urlAsWritten(plan.url)), location, ANY_URL))
  } catch {
    return ''
  }
}

/** As a redirect is read, but to any scheme. */
const ANY_URL: UrlSetFlags = { nonSupportScheme: true, urlencode: true, allowSpace: true }

/** An HTTP date as seconds since 1970; -1 when there is none. */
function seconds(date: string | undefined): number {
  const ms = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(ms) ? -1 : Math.floor(ms / 1_000)
}

function addressText(address: SocketAddress | undefined): string {
  if (address === undefined) return ''
  return address.family === 'unix' ? address.path : address.address
}

function addressPort(address: SocketAddress | undefined): number {
  return address === undefined || address.family === 'unix' ? 0 : address.port
}
