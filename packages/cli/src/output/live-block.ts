/**
 * `LiveBlock`: lines at the end of a terminal that are drawn again and again in their place, while other text goes above.
 *
 * The rule: between two calls the cursor stands below the block, in the first column, with nothing switched on or off:
 * whoever ends the process at any time leaves a terminal that works.
 */
import type { Writable } from 'node:stream'
import { columnsOf } from '../progress/text-width.ts'

/** A stream that may be a terminal. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** What a terminal is taken for that does not say its size. */
const USUAL = { columns: 79, rows: 24 }

export class LiveBlock {
  readonly #terminal: TerminalStream
  #shown: readonly string[] = []
  /** Other text has left the cursor in the middle of a line. */
  #isMidLine = false

  constructor(terminal: TerminalStream) {
    this.#terminal = terminal
  }

  /** As it is now: it may change at any time. */
  get window(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#terminal
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows }
  }

  /** The stream, with what is written to it above the block. For the terminal, and others that lead to it. */
  above(stream: TerminalStream): TerminalStream {
    const write = (text: string | Uint8Array, ...rest: never[]): boolean => {
      this.#makeRoom(text)
      return stream.write(text, ...rest)
    }
    return new Proxy(stream, {
      get(target, name) {
        if (name === 'write') return write
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  /** Draws other lines in its place; none in the middle of other text. */
  show(lines: readonly string[]): void {
    if (this.#isMidLine) return
    this.#terminal.write(
      `${this.#back()}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_REST}`,
    )
    this.#shown = lines
  }

  /** Draws for the last time, and leaves it there. */
  finish(lines: readonly string[]): void {
    if (this.#isMidLine) this.#terminal.write('\n')
    this.#isMidLine = false
    this.show(lines)
    this.#shown = []
  }

  #makeRoom(text: string | Uint8Array): void {
    if (text.length === 0) return
    if (this.#shown.length > 0) this.#terminal.write(`${this.#back()}${CLEAR_REST}`)
    this.#shown = []
    this.#isMidLine = typeof text === 'string' ? !text.endsWith('\n') : text.at(-1) !== LINE_END
  }

  /** To where the block begins. A terminal that has become narrower has broken its lines. */
  #back(): string {
    const { columns } = this.window
    let rows = 0
    for (const line of this.#shown) rows += Math.max(1, Math.ceil(columnsOf(line) / columns))
    return rows === 0 ? '' : `\r\u001b[${rows}A`
  }
}

const CLEAR_LINE = '\u001b[K'
const CLEAR_REST = '\u001b[J'
const LINE_END = 0x0a

/** Whether lines can be drawn again on a stream. */
export function canRedraw(stream: TerminalStream, term: string | undefined): boolean {
  return stream.isTTY === true && term !== 'dumb'
}
