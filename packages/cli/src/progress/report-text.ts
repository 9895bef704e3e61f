/**
 * What curl does not show: which connection each transfer used and why (`--explain`), what all of them came to
 * (`--summary`), and both as data (`--json-lines`). Pure.
 *
 * The rule: everything is said of what was measured; nothing is guessed but the time that reuse has saved: see
 * `OpeningEstimate`.
 */
import { REUSE_REASONS, type ConnectionSnapshot, type TransferInfo } from '@trunkline/core'
import type { Failure } from '../failure.ts'
import { OpeningEstimate } from './opening-estimate.ts'

/** A transfer that is over. */
export interface Reported {
  readonly url: string
  readonly info: TransferInfo | undefined
  readonly failure: Failure | undefined
  readonly path: string | undefined
  readonly retries: number
}

/** What `--explain` prints of one transfer. */
export function explanation({ url, info, failure }: Reported): string {
  const end = failure === undefined ? String(info?.responseCode ?? 0) : `failed (${failure.exitCode})`
  const lines = [`${info?.effectiveMethod ?? 'GET'} ${info?.effectiveUrl ?? url}: ${end}`]
  const verdict = info?.verdict
  if (verdict !== undefined) {
    const [outcome = '', ...rest] = verdict.text.split('; ')
    lines.push(`  connection: ${outcome}`, ...rest.map((part) => `    ${part}`))
  }
  if (info !== undefined) lines.push(`  time: ${timesText(info)}`)
  return `${lines.join('\n')}\n`
}

/** Where the time went, as spans that follow each other. */
function timesText(info: TransferInfo): string {
  const spans: [string, number][] = []
  let from = 0
  for (const [name, at] of [
    ['wait', info.queueTimeUs],
    ['name', info.nameLookupTimeUs],
    ['connect', info.connectTimeUs],
    ['TLS', info.appConnectTimeUs],
    ['begin', info.preTransferTimeUs],
    ['first byte', info.startTransferTimeUs],
    ['rest', info.totalTimeUs],
  ] as const) {
    if (at <= from) continue
    spans.push([name, at - from])
    from = at
  }
  return `${milliseconds(info.totalTimeUs)} (${spans.map(([name, us]) => `${name} ${milliseconds(us)}`).join(', ')})`
}

/** One transfer as a line of JSON. */
export function jsonLine({ url, info, failure, path, retries }: Reported): string {
  const line = {
    url,
    exitCode: failure?.exitCode ?? 0,
    error: failure?.message ?? null,
    path: path ?? null,
    retries,
    info: info?.toJSON() ?? null,
  }
  return `${JSON.stringify(line)}\n`
}

/** Adds up the transfers of a run. */
export class Summary {
  #transfers = 0
  #failed = 0
  #reused = 0
  #served = 0
  #opened = 0
  #handshakes = 0
  #savedHandshakes = 0
  #bytes = 0
  readonly #estimate = new OpeningEstimate()
  readonly #reasons = new Map<string, number>()

  /** A connection was opened, whether a transfer needed it in the end or not. */
  opened({ route }: ConnectionSnapshot): void {
    this.#opened += 1
    // A proxy may have a handshake of its own.
    this.#handshakes += route.split(' > ').filter((hop) => hop.startsWith('tls ')).length
  }

  /** A transfer is over. */
  add({ info, failure }: Reported): void {
    this.#transfers += 1
    if (failure !== undefined) this.#failed += 1
    if (info === undefined) return
    this.#bytes += info.sizeDownload
    if (info.connId < 0) return
    this.#served += 1
    this.#estimate.add(info)
    if (info.connReused) {
      this.#reused += 1
      if (info.tlsVersion !== '') this.#savedHandshakes += 1
      return
    }
    // Each transfer counts once for each reason, however many connections there were.
    const codes = new Set(
      (info.verdict?.candidates ?? []).flatMap(({ reasons }) => reasons.map(({ code }) => code)),
    )
    for (const code of codes.size === 0 ? [NONE_THERE] : codes)
      this.#reasons.set(code, (this.#reasons.get(code) ?? 0) + 1)
  }

  /** The lines of `--summary`. `spentMs`: how long the run took. */
  text(spentMs: number): string {
    const share = this.#served === 0 ? 0 : (100 * this.#reused) / this.#served
    const lines = [
      `Transfers: ${this.#transfers}, ${this.#failed} failed, ${this.#bytes} bytes in ${milliseconds(spentMs * 1_000)}`,
      `Connections: ${this.#opened} opened, reused by ${this.#reused} of ${this.#served} transfers (${share.toFixed(1)}%)`,
      `Handshakes: ${this.#handshakes} with TLS, ${this.#savedHandshakes} saved; about ${milliseconds(this.#estimate.savedUs)} of opening saved`,
    ]
    if (this.#reasons.size > 0) {
      lines.push(
        `Transfers that reused none: ${this.#served - this.#reused}, because (one may have several reasons):`,
      )
      const counted = [...this.#reasons].toSorted(([, one], [, other]) => other - one)
      for (const [code, count] of counted) lines.push(`  ${String(count).padStart(6)}  ${summaryOf(code)}`)
    }
    return `${lines.join('\n')}\n`
  }
}

const NONE_THERE = 'none'

function summaryOf(code: string): string {
  if (code === NONE_THERE) return 'none: there was no connection to the host'
  const row = (REUSE_REASONS as Readonly<Record<string, { readonly summary: string } | undefined>>)[code]
  return row === undefined ? code : `${code}: ${row.summary}`
}

function milliseconds(us: number): string {
  const ms = us / 1_000
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}
