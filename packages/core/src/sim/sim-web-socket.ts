/**
 * The server's end of a WebSocket in a simulated world: what a script says on it, well or badly.
 *
 * The rule: it speaks through the same codec as the client, and records what came; `write` sends whatever bytes a
 * hostile server would.
 */
import { createHash } from 'node:crypto'
import type { ByteSink, ByteStream } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { RequestHead } from '../http/message.ts'
import { acceptOf, KEY_FIELD } from '../websocket/handshake.ts'
import { MessageGatherer, type MessageData } from '../websocket/message-gatherer.ts'
import { WebSocketSession } from '../websocket/session.ts'
import { copied } from './sim-bytes.ts'

/** How a simulated server takes a WebSocket up. */
export interface SimWebSocketOptions {
  /** Fields of the 101 beside, or instead of, those that take it up; an empty value leaves one out. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes that leave in one piece with the 101. */
  readonly behind?: Uint8Array
  /** Called for each message. */
  readonly onMessage?: (data: MessageData) => void
  /** Whether pings are answered. Default true. */
  readonly answersPings?: boolean
}

/** The fields of a 101 that takes up what a request asks for. */
export function acceptFields(
  request: RequestHead,
  { headers = {} }: SimWebSocketOptions,
): [string, string][] {
  const key = request.fields.first(KEY_FIELD) ?? ''
  const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()
  const fields = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptOf(key, sha1),
    ...headers,
  }
  return Object.entries(fields).filter(([, value]) => value !== '')
}

/** The server's end of a WebSocket. What is sent on a connection that is gone goes nowhere. */
export class SimWebSocket implements ByteSink {
  /** All messages so far. */
  readonly messages: MessageData[] = []
  /** What pings and pongs held. */
  readonly pings: Uint8Array[] = []
  readonly pongs: Uint8Array[] = []
  /** What the client said when it closed. */
  closed: { readonly code: number; readonly reason: string } | undefined
  /** How the client's direction ended; undefined: it has not. */
  lost: 'ended' | TransferError | undefined
  /** What the client did wrong. */
  failure: unknown
  readonly #stream: ByteStream
  readonly #session: WebSocketSession
  readonly #gatherer = new MessageGatherer()
  readonly #options: SimWebSocketOptions
  #hasEnded = false

  constructor(stream: ByteStream, unread: Uint8Array, options: SimWebSocketOptions) {
    this.#stream = stream
    this.#options = options
    const { answersPings = true } = options
    this.#session = new WebSocketSession({
      role: 'server',
      random: (count) => new Uint8Array(count),
      answersPings,
    })
    stream.sink = this
    if (unread.length > 0) this.bytes(unread)
  }

  /** Sends a message: text for a string, otherwise binary. */
  send(data: MessageData): void {
    this.#session.send(data)
    this.#flush()
  }

  /** Sends a part of a message. */
  sendFragment(data: MessageData, isLast: boolean): void {
    this.#session.sendFragment(data, isLast)
    this.#flush()
  }

  /** Sends a ping with up to 125 bytes. */
  ping(data?: MessageData): void {
    this.#session.ping(data)
    this.#flush()
  }

  /** Sends a pong that nobody asked for. */
  pong(data?: MessageData): void {
    this.#session.pong(data)
    this.#flush()
  }

  /** Says that it closes; the connection is ended when the client has said so too. */
  close(code?: number, reason?: string): void {
    this.#session.close(code, reason)
    this.#flush()
  }

  /** Sends any bytes. */
  write(bytes: Uint8Array): void {
    if (!this.#hasEnded) this.#stream.write(bytes)
  }

  /** Ends our direction. */
  end(): void {
    this.#hasEnded = true
    this.#stream.end()
  }

  /** Stops reading, so that the client's `send` comes to answer false. */
  pause(): void {
    this.#stream.pause()
  }

  /** Reads on. */
  resume(): void {
    this.#stream.resume()
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    this.#session.offer(view)
    try {
      for (let event = this.#session.next(); event !== undefined; event = this.#session.next()) {
        if (event.is === 'ping') this.pings.push(copied(event.bytes))
        else if (event.is === 'pong') this.pongs.push(copied(event.bytes))
        else if (event.is === 'close') this.closed = { code: event.code, reason: event.reason }
        else {
          const message = this.#gatherer.take(event)
          if (message === undefined) continue
          this.messages.push(message)
          this.#options.onMessage?.(message)
        }
      }
    } catch (error) {
      this.failure = error
    }
    this.#session.keep()
    this.#flush()
    if (this.#session.isClosed && !this.#hasEnded) this.end()
  }

  ended(): void {
    this.lost ??= 'ended'
    if (!this.#hasEnded) this.end()
  }

  failed(error: TransferError): void {
    this.lost ??= error
  }

  drained(): void {}

  #flush(): void {
    if (this.#session.pendingBytes > 0) this.write(this.#session.takeOutput())
  }
}
