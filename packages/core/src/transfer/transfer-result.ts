/** What a finished transfer gives: the head, the body when it was collected, and the facts. */
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import { isSuccessful, type ResponseHead } from '../http/message.ts'
import type { TransferInfo } from './transfer-info.ts'

/** A finished response. */
export class TransferResult {
  readonly status: number
  readonly reason: string
  readonly httpVersion: ResponseHead['version']
  readonly headers: Fields
  /** Whether the status is 200 to 299. */
  readonly ok: boolean
  /** Fields after a chunked body; undefined when there were none. */
  readonly trailers: Fields | undefined
  /** The whole body; empty when a write function took it. An exact copy, owned by the receiver. */
  readonly body: Uint8Array
  /** Times, counts, addresses, the verdict: everything that `getinfo` tells. */
  readonly info: TransferInfo

  constructor(head: ResponseHead, trailers: Fields | undefined, body: Uint8Array, info: TransferInfo) {
    this.status = head.status
    this.reason = head.reason
    this.httpVersion = head.version
    this.headers = head.fields
    this.ok = isSuccessful(head.status)
    this.trailers = trailers
    this.body = body
    this.info = info
  }

  /** The body as text, in the charset of its Content-Type, else UTF-8. Bytes that do not fit become U+FFFD. */
  text(): string {
    return decoderFor(this.headers).decode(this.body)
  }

  /** The body as JSON. WEIRD_SERVER_REPLY when it is none. */
  json<T = unknown>(): T {
    try {
      return JSON.parse(this.text()) as T
    } catch (cause) {
      throw new TransferError(
        'WEIRD_SERVER_REPLY',
        `the body is not JSON: ${(cause as Error).message}`,
        { status: this.status },
        { phase: 'deliver', cause },
      )
    }
  }
}

function decoderFor(fields: Fields): { decode(bytes: Uint8Array): string } {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(fields.first('content-type') ?? '')?.[1]
  if (charset !== undefined) {
    try {
      return new TextDecoder(charset)
    } catch {
      // An unknown label: UTF-8 is the better guess than no text at all.
    }
  }
  return new TextDecoder()
}
