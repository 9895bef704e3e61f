/**
 * `SecretLine`: a line that is typed and not shown, from the bytes of a terminal that passes every key on.
 *
 * The rule: the keys of a terminal's own line editing do what they do there: backspace, Ctrl-U, Ctrl-W, Ctrl-D,
 * Ctrl-C; all else is taken as it is.
 */

/** How far a line is. */
export type LineState = 'typing' | 'done' | 'interrupted'

const INTERRUPT = 0x03
const END = 0x04
const BACKSPACES: readonly number[] = [0x08, 0x7f]
const CLEARS: readonly number[] = [0x15, 0x17]
const QUIT = 0x1c
const LINE_ENDS: readonly number[] = [0x0a, 0x0d]

export class SecretLine {
  readonly #bytes: number[] = []

  /** What was typed, UTF-8. */
  get text(): string {
    return Buffer.from(this.#bytes).toString()
  }

  /** Takes one byte. */
  key(byte: number): LineState {
    if (byte === INTERRUPT || byte === QUIT) return 'interrupted'
    if (byte === END || LINE_ENDS.includes(byte)) return 'done'
    if (CLEARS.includes(byte)) this.#bytes.length = 0
    else if (BACKSPACES.includes(byte)) this.#dropLast()
    else this.#bytes.push(byte)
    return 'typing'
  }

  /** A character may be several bytes, of which all but the first begin with 10. */
  #dropLast(): void {
    let byte = this.#bytes.pop()
    while (byte !== undefined && (byte & 0xc0) === 0x80) byte = this.#bytes.pop()
  }
}
