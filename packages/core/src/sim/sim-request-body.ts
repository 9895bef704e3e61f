/** What a simulated server gets and answers, as far as it is the same in all versions of HTTP. */
import { deferred } from '../base/deferred.ts'
import { joined } from '../base/joined.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import { copied } from './sim-bytes.ts'
import { toBytes, toFields, type SimResponse } from './sim-exchange.ts'

/** The body of a request, as it comes. */
export class SimRequestBody {
  readonly #whole = deferred<Uint8Array>()
  readonly #pieces: Uint8Array[] = []

  constructor() {
    // Most scripts do not ask for the body.
    this.#whole.promise.catch(() => {})
  }

  /** All of it, once it has come. */
  get whole(): Promise<Uint8Array> {
    return this.#whole.promise
  }

  /** A piece; the view is copied. */
  receive(view: Uint8Array): void {
    this.#pieces.push(copied(view))
  }

  /** It is complete. */
  end(): void {
    this.#whole.resolve(joined(this.#pieces))
  }

  /** The rest will not come. */
  lose(): void {
    this.#whole.reject(
      new TransferError('RECV_ERROR', 'the client went away before the end of the request body'),
    )
  }
}

/** A response with the length of its body, unless its script says otherwise. */
export function wholeResponse({ status = 200, headers, body }: SimResponse): {
  readonly content: Uint8Array
  readonly fields: Fields
  readonly isBodiless: boolean
} {
  const content = toBytes(body ?? '')
  const fields = toFields(headers)
  const isBodiless = status === 204 || status === 304 || status < 200
  if (!fields.has('content-length') && !fields.has('transfer-encoding') && !isBodiless)
    fields.append('Content-Length', String(content.length))
  return { content, fields, isBodiless }
}
