/**
 * `H2Stream`: what a session keeps of one stream. Only `session.ts` and its parts change it.
 */
import { ListNode } from '../base/linked-list.ts'
import type { Fields } from '../http/fields.ts'
import { LIMITS } from '../tables/limits.ts'
import type { HeaderList } from './hpack-encoder.ts'
import type { StreamState } from './stream-states.ts'

export class H2Stream<Owner> {
  readonly id: number
  /** Who is told of it. */
  readonly owner: Owner
  state: StreamState = 'open'

  // Receiving
  /** Whether the response to its request has no body, whatever its head says: the request was HEAD. */
  isBodiless = false
  /** Whether Content-Length of the response is taken for nothing. */
  ignoresLength = false
  /** The final head is here. */
  hasHead = false
  /** Heads so far: bytes as if they were HTTP/1, fields, and informational ones. */
  headBytes = 0
  fieldCount = 0
  informational = 0
  /** Announced length of the body; -1: none. */
  expected = -1
  received = 0
  /** What the receive window is kept at; what the peer may send of it now; what is consumed and not given back. */
  window: number = LIMITS.h2FirstStreamWindow
  allowed: number = LIMITS.h2FirstStreamWindow
  consumed = 0
  probeFrom = 0
  isPaused = false
  isDelivering = false
  /** What came while paused: the last piece may have room behind it, so that small ones share a store. */
  backlog: Uint8Array[] | undefined = undefined
  /** The end came while paused. */
  endDue: { readonly trailers: Fields | undefined } | undefined = undefined

  // Sending
  sendWindow: number
  /** Pieces to be sent, and how much of the first one has been. */
  readonly queue: Uint8Array[] = []
  sentOfFirst = 0
  /** END_STREAM follows the queue; with trailers if there are any. */
  isEnding = false
  trailers: HeaderList | undefined = undefined
  /** Somebody waits for the queue to be empty. */
  wantsMore = false
  /** In the list of those who could send now. */
  readonly sendable: ListNode<H2Stream<Owner>> = new ListNode<H2Stream<Owner>>(this)

  constructor(id: number, owner: Owner, sendWindow: number) {
    this.id = id
    this.owner = owner
    this.sendWindow = sendWindow
  }
}
