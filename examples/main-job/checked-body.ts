/**
 * `CheckedBody`: hashes a response body as it comes, whatever its size, and keeps only what may hold links.
 *
 * The rule: one of these is for one response.
 */
import { createHash } from 'node:crypto'
import type { EasyOptions, TransferResult } from '@trunkline/core'
import type { Manifest } from './manifest.ts'

/** Pages beyond this are not searched for links. */
const MAX_HTML_BYTES = 4 * 1024 * 1024

export class CheckedBody {
  readonly url: string
  readonly #hash = createHash('sha256')
  readonly #decoder = new TextDecoder()
  #keeps = false
  #bytes = 0
  #html = ''

  constructor(url: string) {
    this.url = url
  }

  /** What the handle that fetches it has to be told. */
  get options(): EasyOptions {
    return {
      url: this.url,
      headerFunction: (head, isFinal) => {
        if (isFinal) this.#keeps = /^text\/html\b/i.test(head.fields.first('content-type') ?? '')
      },
      // The bytes are the engine's and valid during this call only. Hash and decoder take what they need.
      writeFunction: (bytes) => {
        this.#hash.update(bytes)
        this.#bytes += bytes.length
        if (this.#keeps && this.#bytes <= MAX_HTML_BYTES)
          this.#html += this.#decoder.decode(bytes, { stream: true })
      },
    }
  }

  /** The body when it was HTML, else empty. */
  get html(): string {
    return this.#html
  }

  /**
   * What is wrong with the response; undefined when nothing is. Without a manifest the status decides; that the
   * body has come to its end is checked by the engine. To be asked once.
   */
  problem({ status, info }: TransferResult, manifest: Manifest | undefined): string | undefined {
    if (status < 200 || status > 299) {
      return `${this.url}: status ${status}${info.redirectUrl === '' ? '' : `, leads to ${info.redirectUrl}`}`
    }
    if (manifest === undefined) return undefined
    const hash = this.#hash.digest('hex')
    const expected = manifest.hashOf(this.url)
    if (expected === hash) return undefined
    if (expected !== undefined)
      return `${this.url}: SHA-256 is ${hash}, expected ${expected} (${this.#bytes} bytes)`
    // A listing that the server made: no file, so no manifest can name it.
    return this.url.endsWith('/') ? undefined : `${this.url}: not in the manifest`
  }
}
