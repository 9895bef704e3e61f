/**
 * What an `H1Reader` reports, in the order in which it comes:
 * `informational* response data* end` from a server, `request data* end` from a client.
 *
 * The rule: events are made whole and never change. The bytes of `data` belong to whoever offered them.
 */
import type { Fields } from '../http/fields.ts'
import type { BodyFraming } from '../http/framing.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'

export type H1Event =
  | { readonly is: 'request'; readonly head: RequestHead; readonly framing: BodyFraming }
  /** A 1xx response other than 101; the final one is still to come. */
  | { readonly is: 'informational'; readonly head: ResponseHead }
  | {
      readonly is: 'response'
      readonly head: ResponseHead
      readonly framing: BodyFraming
      /** Why the connection must not be used after this response; undefined when nothing is odd. */
      readonly suspicious: string | undefined
    }
  /** At least one byte of the body, without chunk framing. */
  | { readonly is: 'data'; readonly bytes: Uint8Array }
  /** The message is complete. `trailers`: the trailer section of a chunked body, when it has fields. */
  | { readonly is: 'end'; readonly trailers: Fields | undefined }
