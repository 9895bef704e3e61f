/**
 * `WebSocketClient`: the life of a WebSocket that is handed over: from the handshake to its end, with messages to
 * callbacks, or kept until they are taken.
 *
 * The rule: what waits to be taken is bounded; whoever calls back may end or pause everything.
 */
import { deferred } from '../base/deferred.ts'
import { Fifo } from '../base/fifo.ts'
import type { RawStream } from '../connection/exchange.ts'
import { badOption } from '../errors/bad-option.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { writeError } from '../transfer/failures.ts'
import type { Handle } from '../transfer/handle.ts'
import type { RequestPlan } from '../transfer/request-plan.ts'
import type { RawReceiver, Transfer, TransferClient } from '../transfer/transfer.ts'
import { metaOf } from '../websocket/frame-meta.ts'
import type { FrameEvent } from '../websocket/frame-reader.ts'
import { chosenProtocol } from '../websocket/handshake.ts'
import { MessageGatherer, type MessageData } from '../websocket/message-gatherer.ts'
import { Waiters } from './waiters.ts'
import {
  WebSocketConnection,
  type WebSocketEnding,
  type WebSocketInit,
  type WebSocketInsides,
} from './web-socket-connection.ts'
import { WebSocketEnd, type EndOwner, type SocketWorld } from './web-socket-end.ts'

/** @internal */
export class WebSocketClient implements TransferClient, EndOwner, WebSocketInsides {
  readonly closed = deferred<WebSocketEnding>()
  readonly #writers = new Waiters()
  readonly #handle: Handle
  readonly #init: WebSocketInit
  readonly #world: SocketWorld
  readonly #resolve: (connection: WebSocketConnection) => void
  readonly #reject: (error: TransferError) => void
  readonly #gatherer = new MessageGatherer()
  #transfer: Transfer | undefined
  #end: WebSocketEnd | undefined
  /** Messages that wait to be taken, and what they cost. */
  readonly #messages = new Fifo<MessageData>()
  #queued = 0
  #isHeldByQueue = false
  #reader: { resolve(data: MessageData | undefined): void; reject(error: TransferError): void } | undefined
  #state: 'open' | 'over' | TransferError = 'open'

  constructor(
    handle: Handle,
    init: WebSocketInit,
    world: SocketWorld,
    settle: {
      readonly resolve: (connection: WebSocketConnection) => void
      readonly reject: (error: TransferError) => void
    },
  ) {
    this.#handle = handle
    this.#init = init
    this.#world = world
    this.#resolve = settle.resolve
    this.#reject = settle.reject
  }

  /** There is one as soon as anybody can ask for it. */
  get end(): WebSocketEnd {
    return this.#end!
  }

  /** As `WebSocketConnection.recv`. */
  next(): Promise<MessageData | undefined> {
    const message = this.#messages.shift()
    if (message !== undefined) {
      this.#queued -= costOf(message)
      if (this.#messages.size === 0 && this.#isHeldByQueue) this.resume()
      return Promise.resolve(message)
    }
    if (this.#state === 'over') return Promise.resolve(undefined)
    if (this.#state !== 'open') return Promise.reject(this.#state)
    if (this.#init.onMessage !== undefined || this.#init.onPiece !== undefined)
      return Promise.reject(misuse('the messages go to onMessage or onPiece'))
    if (this.#reader !== undefined)
      return Promise.reject(
        misuse('a message is being waited for already: wait for one recv() before the other'),
      )
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  /** As `WebSocketConnection.drained`. */
  drained(): Promise<void> {
    if (this.#state === 'open' && !this.end.isWritable) this.#writers.block()
    return this.#writers.wait()
  }

  pause(): void {
    this.#transfer?.pause()
  }

  resume(): void {
    this.#isHeldByQueue = false
    this.#transfer?.resume()
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return
    this.#messages.clear()
    this.#queued = 0
    this.end.close(code, reason)
  }

  // ---- TransferClient ------------------------------------------------------------------------------

  switched(stream: RawStream, transfer: Transfer): RawReceiver {
    this.#transfer = transfer
    const { onPiece, maxMessageBytes = LIMITS.wsMessageBytes } = this.#init
    this.#end = new WebSocketEnd(
      { stream, transfer },
      this.#world,
      {
        answersPings: !transfer.plan.settings.wsNoAutoPong,
        maxMessageBytes: onPiece === undefined ? maxMessageBytes : undefined,
      },
      this,
    )
    return this.#end
  }

  head(head: ResponseHead, final: boolean): void {
    if (!final) return
    this.#resolve(
      new WebSocketConnection(this, {
        protocol: chosenProtocol(head),
        headers: head.fields,
        info: this.#handle.info!,
        closed: this.closed.promise,
      }),
    )
  }

  /** All that comes behind the head goes to the end. */
  data(): void {}

  done(): void {
    this.#over(undefined)
  }

  failed(error: TransferError): void {
    this.#reject(error)
    this.#over(error)
  }

  // ---- EndOwner ------------------------------------------------------------------------------------

  event(event: Exclude<FrameEvent, { readonly is: 'close' }>): 'pause' | void {
    const { onMessage, onPiece, onPing, onPong } = this.#init
    try {
      if (event.is === 'ping') onPing?.(event.bytes)
      else if (event.is === 'pong') onPong?.(event.bytes)
      else if (onPiece !== undefined) return onPiece(event.bytes, metaOf(event))
      else {
        const message = this.#gatherer.take(event)
        if (message === undefined) return
        return onMessage === undefined ? this.#keep(message) : onMessage(message)
      }
    } catch (error) {
      this.#transfer!.abort(writeError('a callback of the WebSocket', error))
    }
  }

  writable(): void {
    this.#writers.release()
  }

  #keep(message: MessageData): 'pause' | void {
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve(message)
      return
    }
    this.#messages.push(message)
    this.#queued += costOf(message)
    if (this.#queued < LIMITS.pausedBytes) return
    this.#isHeldByQueue = true
    return 'pause'
  }

  #over(error: TransferError | undefined): void {
    if (this.#state !== 'open') return
    this.#state = error ?? 'over'
    const end = this.#end
    end?.release()
    const close = end?.closed ?? { code: 1006, reason: '', isClean: false }
    this.#writers.end(error)
    this.closed.resolve({ ...close, error })
    const reader = this.#reader
    this.#reader = undefined
    if (error === undefined) reader?.resolve(undefined)
    else reader?.reject(error)
  }
}

/** BAD_FUNCTION_ARGUMENT when a plan is none for messages. */
export function checkForMessages({ request, settings, url }: RequestPlan): void {
  if (settings.wsRawMode)
    throw badOption('wsRawMode', 'leaves no messages: connect() hands over a connection with frames')
  if (settings.connectOnly) throw badOption('connectOnly', 'leaves no messages: use connect()')
  if (!request.asksForWebSocket)
    throw badOption('url', `must be one of ws or wss for a WebSocket, not ${url.origin.scheme}`)
}

function costOf(message: MessageData): number {
  return message.length + LIMITS.wsMessageOverhead
}

function misuse(message: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, {}, { phase: 'deliver' })
}
