/**
 * `TraceLog`: where what happens and what moves is written to: `-v` as lines on standard error, `--trace` and
 * `--trace-ascii` as dumps in a file.
 *
 * The rule: it is told, and writes; it knows nothing of transfers but their numbers.
 */
import type { TraceComponent } from './trace-config.ts'
import { dump, headLines, idsText, timeText, type TraceKind } from './trace-format.ts'

/** Whose it is. */
export interface TraceIds {
  readonly transfer?: number | undefined
  readonly connection?: number | undefined
}

/** How it is written. */
export interface TraceStyle {
  /** `lines`: as `-v` does. */
  readonly as: 'lines' | 'hex' | 'ascii'
  readonly hasTime: boolean
  readonly hasIds: boolean
  /** Who tells more (`--trace-config`). */
  readonly components?: ReadonlySet<TraceComponent>
}

/** Writes what it is told. */
export class TraceLog {
  readonly #style: TraceStyle
  readonly #write: (text: string) => void
  readonly #now: () => Date
  /** Of a body only the first piece in a row is told of by `-v`. */
  #lastData: TraceKind | undefined
  /** Whether bodies are on the terminal anyway, so that `-v` need not tell of them. */
  hidesData = false

  constructor(style: TraceStyle, write: (text: string) => void, now: () => Date) {
    this.#style = style
    this.#write = write
    this.#now = now
  }

  /** A line about what happens. */
  info(text: string, ids: TraceIds = {}): void {
    this.#lastData = undefined
    this.#write(`${this.#prefix(ids)}${this.#style.as === 'lines' ? '* ' : '== Info: '}${text}\n`)
  }

  /** Whether a part tells more. */
  tells(component: TraceComponent): boolean {
    return this.#style.components?.has(component) === true
  }

  /** What a part has to tell, if it is to. */
  detail(component: TraceComponent, text: string, ids: TraceIds = {}): void {
    if (this.tells(component)) this.info(`[${component.toUpperCase()}] ${text}`, ids)
  }

  /** A head as text, Latin-1. */
  head(kind: 'sent-head' | 'received-head', text: string, ids: TraceIds = {}): void {
    this.#lastData = undefined
    if (this.#style.as === 'lines') {
      const mark = kind === 'sent-head' ? '> ' : '< '
      for (const line of utf8Lines(text)) this.#write(`${this.#prefix(ids)}${mark}${line}\n`)
      return
    }
    const pieces = kind === 'sent-head' ? [text] : headLines(text)
    for (const piece of pieces) this.#dump(kind, Buffer.from(piece, 'latin1'), ids)
  }

  /** Bytes of a body. */
  data(kind: 'sent-data' | 'received-data', bytes: Uint8Array, ids: TraceIds = {}): void {
    if (this.#style.as !== 'lines') {
      this.#dump(kind, bytes, ids)
      return
    }
    if (this.hidesData || this.#lastData === kind) return
    this.#lastData = kind
    const mark = kind === 'sent-data' ? '} ' : '{ '
    this.#write(`${this.#prefix(ids)}${mark}[${bytes.length} bytes data]\n`)
  }

  #dump(kind: Exclude<TraceKind, 'info'>, bytes: Uint8Array, ids: TraceIds): void {
    if (bytes.length > 0) this.#write(`${this.#prefix(ids)}${dump(kind, bytes, this.#style.as === 'hex')}`)
  }

  #prefix({ transfer, connection }: TraceIds): string {
    const { hasTime, hasIds } = this.#style
    return `${hasTime ? timeText(this.#now()) : ''}${hasIds ? idsText(transfer, connection) : ''}`
  }
}

/** Latin-1 is one character a byte; the bytes may well be UTF-8, and the terminal takes them as such. */
function utf8Lines(text: string): string[] {
  const lines = Buffer.from(text, 'latin1').toString().split(/\r?\n/)
  // The text ends with the empty line and its line end, after which there is nothing.
  return lines.slice(0, -1)
}
