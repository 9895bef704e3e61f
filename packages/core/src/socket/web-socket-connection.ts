/**
 * `WebSocketConnection`: an open WebSocket: messages in and out, each way at its own pace.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { TransferInfo } from '../transfer/transfer-info.ts'
import type { FrameMeta } from '../websocket/frame-meta.ts'
import type { MessageData } from '../websocket/message-gatherer.ts'
import type { WebSocketClose, WebSocketEnd } from './web-socket-end.ts'

/** How messages are received. Without `onMessage` and `onPiece` they wait until they are taken. */
export interface WebSocketInit {
  /** Gets each message as it comes, without a promise: a string is text. "pause": no more until `resume`. */
  readonly onMessage?: (data: MessageData) => 'pause' | void
  /**
   * Gets payload as it comes, ungathered, in messages of any size (curl_ws_recv): bytes that are valid during the call
   * only, and where they belong. "pause" as above.
   */
  readonly onPiece?: (bytes: Uint8Array, meta: FrameMeta) => 'pause' | void
  /** Gets what a ping held. It is answered already, unless the handle's `wsNoAutoPong` is set. Valid during the call only. */
  readonly onPing?: (bytes: Uint8Array) => void
  /** Gets what a pong held. Valid during the call only. */
  readonly onPong?: (bytes: Uint8Array) => void
  /** The longest message that is gathered; a longer one ends the WebSocket with TOO_LARGE. Default 100 MiB. */
  readonly maxMessageBytes?: number
}

/** How a WebSocket ended, and what broke it, if anything did. */
export interface WebSocketEnding extends WebSocketClose {
  readonly error: TransferError | undefined
}

/** What stands behind a connection. @internal */
export interface WebSocketInsides {
  readonly end: WebSocketEnd
  drained(): Promise<void>
  next(): Promise<MessageData | undefined>
  pause(): void
  resume(): void
  close(code: number, reason: string): void
}

/**
 * An open WebSocket (RFC 6455). Extensions are not used.
 *
 * @example
 * ```ts
 * await using socket = await new Easy({ url: 'wss://example.com/feed' }).webSocket()
 * socket.send('subscribe')
 * for await (const message of socket) console.log(message)
 * ```
 */
export class WebSocketConnection implements AsyncIterable<MessageData> {
  /** The subprotocol that the server chose among those of the field Sec-WebSocket-Protocol; empty: none. */
  readonly protocol: string
  /** The fields of the server's 101. */
  readonly headers: Fields
  /** Addresses, times, TLS; sizes and the total time grow until it is closed. */
  readonly info: TransferInfo
  /** Resolves when it is over, however it ended; never rejects. */
  readonly closed: Promise<WebSocketEnding>
  readonly #insides: WebSocketInsides

  /** @internal */
  constructor(
    insides: WebSocketInsides,
    facts: Pick<WebSocketConnection, 'protocol' | 'headers' | 'info' | 'closed'>,
  ) {
    this.#insides = insides
    this.protocol = facts.protocol
    this.headers = facts.headers
    this.info = facts.info
    this.closed = facts.closed
  }

  /**
   * Sends a message: a string as text, bytes as a binary one. The bytes are copied. False: it was taken, and
   * `drained` tells when there is room for more. SEND_ERROR once it closes; BAD_FUNCTION_ARGUMENT while a message
   * in fragments has not ended.
   */
  send(data: MessageData): boolean {
    return this.#insides.end.send(checkedData(data))
  }

  /**
   * Sends a message fragment by fragment: the first settles whether it is text, `isLast` ends it. A string must not
   * end between two halves of a surrogate pair. Answers and throws as `send`.
   */
  sendFragment(data: MessageData, isLast: boolean): boolean {
    return this.#insides.end.sendFragment(checkedData(data), isLast)
  }

  /** Sends a ping with at most 125 bytes; `onPong` gets the answer. SEND_ERROR, BAD_FUNCTION_ARGUMENT. */
  ping(data?: MessageData): boolean {
    return this.#insides.end.ping(data === undefined ? data : checkedData(data))
  }

  /** Sends a pong; needed only with `wsNoAutoPong`. Throws as `ping`. */
  pong(data?: MessageData): boolean {
    return this.#insides.end.pong(data === undefined ? data : checkedData(data))
  }

  /** Resolves when more may be sent: at once when that is so. Rejects with what broke the WebSocket. */
  drained(): Promise<void> {
    return this.#insides.drained()
  }

  /**
   * The next message; undefined when there are no more, and `closed` tells why. What is not taken is not received:
   * the connection pauses after 64 KiB. Rejects with what broke the WebSocket, after all that had come was taken;
   * with BAD_FUNCTION_ARGUMENT when `onMessage` or `onPiece` gets the messages.
   */
  recv(): Promise<MessageData | undefined> {
    return this.#insides.next()
  }

  /** The messages, to the end. Leaving the loop leaves the WebSocket open. */
  [Symbol.asyncIterator](): AsyncIterator<MessageData, undefined> {
    return {
      next: async () => {
        const value = await this.#insides.next()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
    }
  }

  /** Holds back what comes, until `resume`. */
  pause(): void {
    this.#insides.pause()
  }

  /** Goes on after `pause`, or after a callback's "pause". */
  resume(): void {
    this.#insides.resume()
  }

  /**
   * Closes: says so, and waits for the server to say so too, for 10 seconds at most. Messages that come meanwhile are
   * dropped. `code` is 1000 to 1003, 1007 to 1014 or 3000 to 4999 (default 1000), `reason` has at most 123 bytes:
   * BAD_FUNCTION_ARGUMENT otherwise. Closing twice does nothing. Resolves as `closed` does.
   */
  async close(code = 1000, reason = ''): Promise<WebSocketEnding> {
    this.#insides.close(code, reason)
    return await this.closed
  }

  /** Closes, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** BAD_FUNCTION_ARGUMENT for an init that cannot be one. */
export function checkInit(init: WebSocketInit): void {
  for (const name of ['onMessage', 'onPiece', 'onPing', 'onPong'] as const) {
    if (init[name] === undefined || typeof init[name] === 'function') continue
    throw refusal(name, `must be a function, not ${typeof init[name]}`)
  }
  const { maxMessageBytes: limit, onMessage, onPiece } = init
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0))
    throw refusal('maxMessageBytes', `must be a whole number from 0 bytes, not ${String(limit)}`)
  if (onMessage !== undefined && onPiece !== undefined)
    throw refusal('onPiece', 'cannot be had with onMessage: a message goes to one of them')
}

function checkedData(data: MessageData): MessageData {
  if (typeof data === 'string' || data instanceof Uint8Array) return data
  throw refusal('data', `must be a string or bytes (Uint8Array), not ${typeof data}`)
}

function refusal(option: string, rule: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', `${option} ${rule}`, { option }, { phase: 'setup' })
}
