/** What a transfer gives as soon as its head is here: the head, the body to be read, and the facts so far. */
import type { Fields } from '../http/fields.ts'
import type { HttpVersion, ResponseHead } from '../http/message.ts'
import type { ResponseBody } from './body-stream.ts'
import type { TransferInfo } from './transfer-info.ts'

/** A response whose head is here and whose body is still to be read. */
export class StreamedResult {
  readonly #head: ResponseHead
  /** The body, to be read once: `for await (const bytes of result.body)`, or `result.body.web()`. */
  readonly body: ResponseBody
  /** Resolves when the body is complete, with its trailers; rejects as reading it does. */
  readonly finished: Promise<Fields | undefined>
  /** Facts up to now; complete once `finished` has resolved. */
  readonly info: TransferInfo

  constructor(
    head: ResponseHead,
    body: ResponseBody,
    finished: Promise<Fields | undefined>,
    info: TransferInfo,
  ) {
    this.#head = head
    this.body = body
    this.finished = finished
    this.info = info
  }

  get status(): number {
    return this.#head.status
  }

  get reason(): string {
    return this.#head.reason
  }

  get httpVersion(): HttpVersion {
    return this.#head.version
  }

  get headers(): Fields {
    return this.#head.fields
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }
}
