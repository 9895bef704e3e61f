/**
 * `-v`: what happens to connections and why, and the heads that are sent (`>`) and received (`<`), in the
 * manner of curl.
 *
 * The rule: it only watches. Lines are written as things happen, so with `-Z` those of several transfers mix;
 * each note about a connection carries its number.
 */
import {
  CLOSE_REASONS,
  type CloseReason,
  type ConnectionSnapshot,
  type EngineEmitter,
  type ResponseHead,
  type TransferError,
  type TransferInfo,
} from '@trunkline/core'

/** The request heads of a transfer, as planned. */
export interface PlannedHeads {
  readonly head: string
  /** The one with `Expect: 100-continue`, where the body asks for it. */
  readonly expectingHead: string | undefined
}

/** How the log finds out what a transfer of the engine sends. */
export type HeadsOf = (xferId: number) => PlannedHeads | undefined

/** Watches one engine and writes lines. */
export class VerboseLog {
  readonly #emitter: EngineEmitter
  readonly #say: (line: string) => void
  readonly #headsOf: HeadsOf
  /** Transfers that have sent their request, and whether a dead connection makes them send it again. */
  readonly #sent = new Map<number, 'once' | 'retrying'>()

  constructor(emitter: EngineEmitter, headsOf: HeadsOf, say: (line: string) => void) {
    this.#emitter = emitter
    this.#headsOf = headsOf
    this.#say = say
  }

  start(): void {
    this.#emitter.on('transfer-queued', this.#queued)
    this.#emitter.on('transfer-started', this.#started)
    this.#emitter.on('transfer-retried', this.#retried)
    this.#emitter.on('transfer-done', this.#done)
    this.#emitter.on('connection-idle', this.#idle)
    this.#emitter.on('connection-closed', this.#closed)
  }

  stop(): void {
    this.#emitter.off('transfer-queued', this.#queued)
    this.#emitter.off('transfer-started', this.#started)
    this.#emitter.off('transfer-retried', this.#retried)
    this.#emitter.off('transfer-done', this.#done)
    this.#emitter.off('connection-idle', this.#idle)
    this.#emitter.off('connection-closed', this.#closed)
  }

  /** A response head came. */
  received(head: ResponseHead): void {
    this.#lines('< ', headText(head))
  }

  readonly #queued = (info: TransferInfo, reason: string): void => {
    const { host } = new URL(info.effectiveUrl)
    if (reason === 'connecting') this.#say(`*   Trying ${host}...`)
    else if (reason === 'host-limit')
      this.#say(`* Waiting: as many connections to ${host} as allowed are open`)
    else if (reason === 'total-limit') this.#say('* Waiting: as many connections as allowed are open')
  }

  readonly #started = (info: TransferInfo): void => {
    const { hostname } = new URL(info.effectiveUrl)
    if (info.connReused) {
      this.#say(`* Re-using existing connection #${info.connId} with host ${hostname}`)
    } else {
      const port = info.primaryPort === 0 ? '' : ` port ${info.primaryPort}`
      this.#say(`* Connected to ${hostname} (${info.primaryIp})${port} (#${info.connId})`)
      if (info.tlsVersion !== '') this.#say(`* SSL connection using ${info.tlsVersion} / ${info.tlsCipher}`)
      if (info.alpn !== '') this.#say(`* ALPN: server accepted ${info.alpn}`)
    }
    if (info.verdict !== undefined) this.#say(`* Why: ${info.verdict.text}`)
    const heads = this.#headsOf(info.xferId)
    if (heads === undefined) return
    // A second request that no dead connection caused is the one after 417 (RFC 9110 15.5.18): without Expect.
    const isAfter417 = this.#sent.get(info.xferId) === 'once'
    this.#sent.set(info.xferId, 'once')
    this.#lines('> ', isAfter417 ? heads.head : (heads.expectingHead ?? heads.head))
  }

  readonly #retried = (info: TransferInfo, error: TransferError): void => {
    this.#sent.set(info.xferId, 'retrying')
    this.#say(`* ${error.message}`)
    this.#say(`* Connection #${info.connId} was dead, retrying on a new one (retry ${info.numRetries})`)
  }

  readonly #done = (info: TransferInfo, error: TransferError | undefined): void => {
    this.#sent.delete(info.xferId)
    if (error !== undefined) this.#say(`* ${error.message}`)
  }

  readonly #idle = ({ id, origin }: ConnectionSnapshot): void => {
    this.#say(`* Connection #${id} to host ${new URL(origin).hostname} left intact`)
  }

  readonly #closed = ({ id }: ConnectionSnapshot, reason: CloseReason): void => {
    this.#say(`* Closing connection #${id}: ${CLOSE_REASONS[reason].summary}`)
  }

  #lines(mark: string, text: string): void {
    // Latin-1 is one character a byte; the bytes may well be UTF-8, and the terminal takes them as such.
    const lines = Buffer.from(text, 'latin1').toString().split(/\r?\n/)
    // The text ends with the empty line and its line end, after which there is nothing.
    for (const line of lines.slice(0, -1)) this.#say(mark + line)
  }
}

/** A head as text, Latin-1: as it came, or, where it did not come as text, as it would have over HTTP/1. */
export function headText(head: ResponseHead): string {
  if (head.raw !== undefined) return head.raw
  const lines = [...head.fields].map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/${head.version} ${head.status} ${head.reason}\r\n${lines.join('')}\r\n`
}
