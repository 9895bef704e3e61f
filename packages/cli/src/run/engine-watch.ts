/**
 * `-v` and `--trace`: what happens to connections and why, and the heads that are sent and received, in the
 * manner of curl. How it is written is the log's matter.
 *
 * The rule: it only watches. Lines are written as things happen, so with `-Z` those of several transfers mix;
 * each note about a connection carries its number.
 */
import type { TraceIds, TraceLog } from '../trace/trace-log.ts'
import {
  CLOSE_REASONS,
  CurlUrl,
  type CloseReason,
  type ConnectAnswer,
  type ConnectionSnapshot,
  type EngineEmitter,
  type ResponseHead,
  type TransferError,
  type TransferInfo,
} from '@trunkline/core'

/** The request heads of a transfer, as planned. */
export interface PlannedHeads {
  readonly text: string
  readonly expectingText: string
  readonly upgradingText: string
  /** Whether `Expect: 100-continue` is sent over HTTP/1, and whether the request offers to go on in HTTP/2. */
  readonly asksFirst: boolean
  readonly offersUpgrade: boolean
  /** The HTTP/2 head: name, value, name, value, ... */
  readonly list: { readonly pairs: readonly string[] }
}

/** How the log finds out what a transfer of the engine sends. */
export type HeadsOf = (xferId: number) => PlannedHeads | undefined

/** Watches one engine and writes lines. */
export class EngineWatch {
  readonly #emitter: EngineEmitter
  readonly #log: TraceLog
  readonly #headsOf: HeadsOf
  /** Heads of answers to CONNECT. */
  readonly #shown = new WeakSet<ResponseHead>()
  /** The CONNECT that was answered by no more than 1xx. */
  #pending = ''
  /** Transfers that have sent their request, and whether a dead connection makes them send it again. */
  readonly #sent = new Map<number, 'once' | 'retrying'>()

  constructor(emitter: EngineEmitter, headsOf: HeadsOf, log: TraceLog) {
    this.#emitter = emitter
    this.#headsOf = headsOf
    this.#log = log
  }

  start(): void {
    this.#emitter.on('transfer-queued', this.#queued)
    this.#emitter.on('transfer-started', this.#started)
    this.#emitter.on('body-moved', this.#bodyMoved)
    this.#emitter.on('request-sent', this.#requestSent)
    this.#emitter.on('transfer-retried', this.#retried)
    this.#emitter.on('transfer-done', this.#done)
    this.#emitter.on('connect-answered', this.#connectAnswered)
    this.#emitter.on('connection-idle', this.#idle)
    this.#emitter.on('connection-closed', this.#closed)
  }

  stop(): void {
    this.#emitter.off('transfer-queued', this.#queued)
    this.#emitter.off('transfer-started', this.#started)
    this.#emitter.off('body-moved', this.#bodyMoved)
    this.#emitter.off('request-sent', this.#requestSent)
    this.#emitter.off('transfer-retried', this.#retried)
    this.#emitter.off('transfer-done', this.#done)
    this.#emitter.off('connect-answered', this.#connectAnswered)
    this.#emitter.off('connection-idle', this.#idle)
    this.#emitter.off('connection-closed', this.#closed)
  }

  /** A response head came. Those of CONNECT have been shown. */
  received(head: ResponseHead, info: TransferInfo | undefined): void {
    if (!this.#shown.delete(head)) this.#log.head('received-head', headText(head), idsOf(info))
  }

  readonly #queued = (info: TransferInfo, reason: string): void => {
    const host = placeOf(info.effectiveUrl)
    this.#log.detail('multi', `transfer ${info.xferId} waits: ${reason}`, idsOf(info))
    if (reason === 'connecting') this.#log.info(`  Trying ${host}...`, idsOf(info))
    else if (reason === 'host-limit')
      this.#log.info(`Waiting: as many connections to ${host} as allowed are open`, idsOf(info))
    else if (reason === 'total-limit')
      this.#log.info('Waiting: as many connections as allowed are open', idsOf(info))
  }

  readonly #connectAnswered = ({ origin, proxy, sent, head }: ConnectAnswer): void => {
    if (this.#pending !== sent) {
      this.#log.info(`Establish HTTP proxy tunnel to ${placeOf(origin)} by ${proxy}`)
      this.#log.head('sent-head', sent)
    }
    this.#pending = head.status < 200 ? sent : ''
    this.#log.head('received-head', headText(head))
    this.#log.detail('http-proxy', `${proxy} answered CONNECT to ${placeOf(origin)} with ${head.status}`)
    if (head.status >= 200 && head.status < 300)
      for (const name of ['Content-Length', 'Transfer-Encoding'])
        if (head.fields.has(name)) this.#log.info(`Ignoring ${name} in CONNECT ${head.status} response`)
    this.#shown.add(head)
  }

  readonly #started = (info: TransferInfo): void => {
    const hostname = new CurlUrl(info.effectiveUrl).get('host')
    if (info.connReused) {
      this.#log.info(`Re-using existing connection #${info.connId} with host ${hostname}`, idsOf(info))
    } else {
      const port = info.primaryPort === 0 ? '' : ` port ${info.primaryPort}`
      this.#tellOpening(info, hostname ?? '', port)
      const by = info.usedProxy ? ' by proxy' : ''
      this.#log.info(
        `Connected to ${hostname}${by} (${info.primaryIp})${port} (#${info.connId})`,
        idsOf(info),
      )
      if (info.tlsVersion !== '')
        this.#log.info(`SSL connection using ${info.tlsVersion} / ${info.tlsCipher}`, idsOf(info))
      if (info.alpn !== '') this.#log.info(`ALPN: server accepted ${info.alpn}`, idsOf(info))
    }
    this.#log.detail(
      'multi',
      `transfer ${info.xferId} goes over #${info.connId}, ${nthText(info)}`,
      idsOf(info),
    )
    if (info.verdict !== undefined) this.#log.info(`Why: ${info.verdict.text}`, idsOf(info))
    const heads = this.#headsOf(info.xferId)
    if (heads === undefined) return
    // A second request that no dead connection caused is the one after 417 (RFC 9110 15.5.18): without Expect.
    const isAfter417 = this.#sent.get(info.xferId) === 'once'
    this.#sent.set(info.xferId, 'once')
    if (info.streamId > 0) this.#stream(info, heads)
    else this.#log.head('sent-head', sentText(heads, isAfter417, info.connReused), idsOf(info))
  }

  readonly #bodyMoved = (info: TransferInfo, bytes: Uint8Array): void => {
    this.#log.detail('read', `${bytes.length} bytes of the request body`, idsOf(info))
    this.#log.data('sent-data', bytes, idsOf(info))
  }

  readonly #requestSent = (info: TransferInfo): void => {
    const { sizeUpload } = info
    const text =
      sizeUpload > 0 ? `upload completely sent off: ${sizeUpload} bytes` : 'Request completely sent off'
    this.#log.info(text, idsOf(info))
  }

  readonly #retried = (info: TransferInfo, error: TransferError): void => {
    this.#sent.set(info.xferId, 'retrying')
    this.#log.info(`${error.message}`, idsOf(info))
    this.#log.info(
      `Connection #${info.connId} was dead, retrying on a new one (retry ${info.numRetries})`,
      idsOf(info),
    )
  }

  readonly #done = (info: TransferInfo, error: TransferError | undefined): void => {
    this.#sent.delete(info.xferId)
    if (error !== undefined) this.#log.info(`${error.message}`, idsOf(info))
    if (info.streamId > 0)
      this.#log.detail(
        'http/2',
        `[${info.streamId}] CLOSED after ${milliseconds(info.totalTimeUs)}`,
        idsOf(info),
      )
    this.#log.detail(
      'multi',
      `transfer ${info.xferId} is done after ${milliseconds(info.totalTimeUs)}`,
      idsOf(info),
    )
  }

  /** What opening the connection took, part by part. */
  #tellOpening(info: TransferInfo, hostname: string, port: string): void {
    const { queueTimeUs, nameLookupTimeUs, connectTimeUs, appConnectTimeUs, primaryIp, localIp, localPort } =
      info
    const ids = idsOf(info)
    if (nameLookupTimeUs > 0 && primaryIp !== hostname.replaceAll(/[[\]]/g, ''))
      this.#log.detail('dns', `${hostname} was resolved after ${milliseconds(nameLookupTimeUs)}`, ids)
    if (connectTimeUs > 0) {
      const took = milliseconds(
        connectTimeUs - Math.max(nameLookupTimeUs, Math.min(queueTimeUs, connectTimeUs)),
      )
      const from = localPort === 0 ? '' : ` from ${localIp} port ${localPort}`
      this.#log.detail('tcp', `${primaryIp}${port} was connected to${from} in ${took}`, ids)
    }
    if (info.tlsVersion !== '') {
      const how = info.tlsResumed ? 'a session was resumed' : 'a new session'
      const problem = info.sslVerifyResult === '' ? '' : `, not verified: ${info.sslVerifyResult}`
      this.#log.detail(
        'ssl',
        `handshake in ${milliseconds(appConnectTimeUs - connectTimeUs)}, ${how}${problem}`,
        ids,
      )
    }
  }

  readonly #idle = ({ id, origin }: ConnectionSnapshot): void => {
    this.#log.info(`Connection #${id} to host ${new CurlUrl(origin).get('host')} left intact`)
  }

  readonly #closed = ({ id }: ConnectionSnapshot, reason: CloseReason): void => {
    this.#log.info(`Closing connection #${id}: ${CLOSE_REASONS[reason].summary}`)
  }

  /** The lines that curl has for a stream, and the head as HTTP/1 would have it. */
  #stream(info: TransferInfo, { list: { pairs } }: PlannedHeads): void {
    const mark = `[HTTP/2] [${info.streamId}]`
    this.#log.info(
      `${mark} OPENED stream for ${info.effectiveUrl} (${info.connStreams} on connection #${info.connId})`,
      idsOf(info),
    )
    const pseudo: Record<string, string> = {}
    let fields = ''
    for (let at = 0; at < pairs.length; at += 2) {
      const [name, value] = [pairs[at]!, pairs[at + 1]!]
      this.#log.info(`${mark} [${name}: ${value}]`, idsOf(info))
      if (name.startsWith(':')) pseudo[name] = value
      else fields += `${name}: ${value}\r\n`
    }
    const line = `${pseudo[':method']} ${pseudo[':path']} HTTP/2\r\nHost: ${pseudo[':authority']}\r\n`
    this.#log.head('sent-head', `${line}${fields}\r\n`, idsOf(info))
  }
}

function idsOf(info: TransferInfo | undefined): TraceIds {
  return info === undefined ? {} : { transfer: info.xferId, connection: info.connId }
}

function nthText({ connRequests, connStreams }: TransferInfo): string {
  return `request ${connRequests} on it${connStreams > 1 ? `, ${connStreams} at once` : ''}`
}

function milliseconds(us: number): string {
  return `${(us / 1_000).toFixed(1)} ms`
}

/** What goes over HTTP/1: the offer of HTTP/2 only as the first request of a connection. */
function sentText(heads: PlannedHeads, isAfter417: boolean, isReused: boolean): string {
  if (heads.asksFirst && !isAfter417) return heads.expectingText
  return heads.offersUpgrade && !isReused ? heads.upgradingText : heads.text
}

/** A head as text, Latin-1: as it came, or, where it did not come as text, as it would have over HTTP/1. */
export function headText(head: ResponseHead): string {
  // A field that was folded is shown as one line, as curl shows it.
  if (head.raw !== undefined) return head.raw.replaceAll(/\r?\n[ \t]+(?=[^ \t\r\n])/g, ' ')
  const lines = [...head.fields].map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/${head.version} ${head.status} ${head.reason}\r\n${lines.join('')}\r\n`
}

/** Host and port, without one that the scheme implies. */
function placeOf(text: string): string {
  const url = new CurlUrl(text)
  const port = url.get('port', { noDefaultPort: true })
  return `${url.get('host')}${port === undefined ? '' : `:${port}`}`
}
