/** What a transfer gives as soon as its head is here: the head, the body to be read, and the facts so far. */
import type { Fields } from '../http/fields.ts'
import { isSuccessful, type ResponseHead } from '../http/message.ts'
import type { ResponseBody } from './body-stream.ts'
import type { TransferInfo } from './transfer-info.ts'

/** A response whose head is here and whose body is still to be read. */
export class StreamedResult {
  readonly status: number
  readonly reason: string
  readonly httpVersion: ResponseHead['version']
  readonly headers: Fields
  /** Whether the status is 200 to 299. */
  readonly ok: boolean
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
    this.status = head.status
    this.reason = head.reason
    this.httpVersion = head.version
    this.headers = head.fields
    this.ok = isSuccessful(head.status)
    this.body = body
    this.finished = finished
    this.info = info
  }
}
