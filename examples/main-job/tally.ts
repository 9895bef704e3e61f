/**
 * `Tally`: what happened in one or more connection caches, counted from their events and from the verdict of
 * every transfer.
 *
 * The rule: it counts, and judges nothing.
 */
import type { EngineEmitter, TransferInfo } from '@trunkline/core'

export class Tally {
  transfers = 0
  failed = 0
  /** Those that did not fail and went over TLS. */
  overTls = 0
  reused = 0
  retries = 0
  /** Transfers that were streams of an HTTP/2 connection. */
  streams = 0
  /** The most of them at once on one connection. */
  peakStreams = 0
  /** Transfers that joined others on a connection. */
  joined = 0
  /** In words, how the first of them that waited for the opening of another got there. */
  joining = ''
  /** Bytes of bodies received. */
  received = 0
  /** Connections opened. */
  opened = 0
  /** Of these, with a TLS handshake. */
  secured = 0
  /** Of these, handshakes shortened by a session of an earlier one. */
  resumed = 0
  /** The most connections open at once. */
  peak = 0
  /** By outcome: transfers. */
  readonly outcomes = new Map<string, number>()
  /** By reason: transfers that waited. */
  readonly waits = new Map<string, number>()
  /** By reason: connections that a transfer passed over before it opened its own. */
  readonly passedOver = new Map<string, number>()
  /** By reason: connections that were closed. */
  readonly closes = new Map<string, number>()
  #open = 0

  /** Handshakes that were not made because a connection was there: one for each transfer, less those made. */
  get savedTcp(): number {
    return Math.max(0, this.transfers - this.failed - this.opened)
  }

  get savedTls(): number {
    return Math.max(0, this.overTls - this.secured)
  }

  watch(events: EngineEmitter): void {
    events.on('connection-opened', ({ origin }) => {
      this.opened += 1
      if (origin.startsWith('https:')) this.secured += 1
      this.#open += 1
      this.peak = Math.max(this.peak, this.#open)
    })
    events.on('connection-closed', (_, reason) => {
      this.#open -= 1
      count(this.closes, reason)
    })
    events.on('transfer-done', (info, error) => {
      this.transfers += 1
      if (error !== undefined) this.failed += 1
      else if (info.scheme === 'https') this.overTls += 1
      this.received += info.sizeDownload
      if (info.httpVersion === '2') this.#addStream(info)
      this.#addVerdict(info)
    })
  }

  #addStream({ connStreams, verdict }: TransferInfo): void {
    this.streams += 1
    this.peakStreams = Math.max(this.peakStreams, connStreams)
    if (connStreams > 1) this.joined += 1
    if (verdict?.waits.some(({ reason }) => reason === 'shared-opening')) this.joining ||= verdict.text
  }

  #addVerdict(info: TransferInfo): void {
    if (info.connReused) this.reused += 1
    else if (info.tlsResumed) this.resumed += 1
    this.retries += info.numRetries
    const { verdict } = info
    if (verdict === undefined) return
    count(this.outcomes, verdict.outcome)
    for (const { reason } of verdict.waits) count(this.waits, reason)
    if (verdict.outcome !== 'opened') return
    for (const { reasons } of verdict.candidates)
      for (const { code, field } of reasons)
        count(this.passedOver, code === 'closed' ? `closed by ${field}` : code)
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
