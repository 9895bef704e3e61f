/**
 * `WebSocketEnd`: our end of a WebSocket over a connection: a session, its output, and the bound of its close.
 *
 * The rule: what is sent in one turn leaves in one write; a message costs no promise, no timer and no closure. It is
 * over exactly once, and the connection is given back then.
 */
import { Timer, type TimerQueue } from '../base/timer-queue.ts'
import type { RawStream } from '../connection/exchange.ts'
import type { Clock } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import type { RawReceiver, Transfer } from '../transfer/transfer.ts'
import type { FrameEvent } from '../websocket/frame-reader.ts'
import type { RandomBytes } from '../websocket/masking.ts'
import { CLOSE_CODE } from '../websocket/protocol.ts'
import { WebSocketSession } from '../websocket/session.ts'
import { closeCodeOf } from '../websocket/violation.ts'

/** What an end needs from outside. */
export interface SocketWorld {
  readonly clock: Clock
  readonly timers: TimerQueue
  readonly random: RandomBytes
}

/** How a WebSocket ended. */
export interface WebSocketClose {
  /** What the peer said, or 1005 when it gave no code, 1006 when it said nothing; of a broken rule, what it was told. */
  readonly code: number
  readonly reason: string
  /** Whether both ends said that they close. */
  readonly isClean: boolean
}

/** Who gets what comes. Must not throw. */
export interface EndOwner {
  event(event: Exclude<FrameEvent, { readonly is: 'close' }>): 'pause' | void
  /** The stream takes more again. */
  writable(): void
}

export interface EndSettings {
  readonly answersPings: boolean
  readonly maxMessageBytes?: number | undefined
}

export class WebSocketEnd implements RawReceiver {
  readonly #stream: RawStream
  readonly #transfer: Transfer
  readonly #world: SocketWorld
  readonly #owner: EndOwner
  readonly #session: WebSocketSession
  #patience: Timer | undefined
  #isPumping = false
  #isFlushDue = false
  #isFull = false
  /** We have said that we close, and want nothing more. */
  #isLeaving = false
  #close: WebSocketClose | undefined

  constructor(
    connection: { readonly stream: RawStream; readonly transfer: Transfer },
    world: SocketWorld,
    settings: EndSettings,
    owner: EndOwner,
  ) {
    this.#stream = connection.stream
    this.#transfer = connection.transfer
    this.#world = world
    this.#owner = owner
    this.#session = new WebSocketSession({ role: 'client', random: world.random, ...settings })
  }

  /** How it ended; undefined while it goes on. */
  get closed(): WebSocketClose | undefined {
    return this.#close
  }

  /** Whether the stream takes more. */
  get isWritable(): boolean {
    return !this.#isFull
  }

  // ---- Sending: all throw as the session does; false: wait for `writable` -----------------------------

  send(data: Uint8Array | string): boolean {
    this.#checkOpen()
    this.#session.send(data)
    return this.#sent()
  }

  sendFragment(data: Uint8Array | string, isLast: boolean): boolean {
    this.#checkOpen()
    this.#session.sendFragment(data, isLast)
    return this.#sent()
  }

  ping(data?: Uint8Array | string): boolean {
    this.#checkOpen()
    this.#session.ping(data)
    return this.#sent()
  }

  pong(data?: Uint8Array | string): boolean {
    this.#checkOpen()
    this.#session.pong(data)
    return this.#sent()
  }

  /** Says that it closes; what comes before the peer says so too is dropped, and it has a while for that. */
  close(code?: number, reason?: string): void {
    this.#session.close(code, reason)
    if (this.#isLeaving || this.#close !== undefined) return
    this.#isLeaving = true
    this.#flush()
    const { timers, clock } = this.#world
    this.#patience = new Timer(() => this.#over(ABNORMAL))
    timers.set(this.#patience, clock.now() + LIMITS.wsCloseMs)
    this.#transfer.resume()
  }

  // ---- RawReceiver ---------------------------------------------------------------------------------

  data(bytes: Uint8Array): void {
    this.#session.offer(bytes)
    this.#pump()
  }

  resumed(): void {
    this.#pump()
  }

  drained(): void {
    this.#isFull = false
    this.#session.isBlocked = false
    this.#flush()
    if (this.isWritable) this.#owner.writable()
  }

  ended(): void {
    if (this.#close !== undefined) return
    if (this.#isLeaving || this.#session.isBetweenMessages) {
      this.#over(ABNORMAL)
      return
    }
    const text = 'the connection ended in the middle of a WebSocket message'
    this.#over(ABNORMAL, new TransferError('PARTIAL_FILE', text, {}, { phase: 'receive' }))
  }

  /** The transfer is over, whoever ended it. */
  release(): void {
    this.#close ??= ABNORMAL
    if (this.#patience !== undefined) this.#world.timers.clear(this.#patience)
  }

  // ---- Insides -------------------------------------------------------------------------------------

  /** Hands on what has come, until it is all handed on, somebody pauses, or it is over. */
  #pump(): void {
    if (this.#isPumping) return // Resumed from within: the loop below goes on by itself.
    this.#isPumping = true
    let failure: TransferError | undefined
    try {
      while (this.#close === undefined && !this.#transfer.isPaused) {
        const event = this.#session.next()
        if (event === undefined) break
        if (event.is === 'close') this.#heard(event.code, event.reason)
        else if (!this.#isLeaving && this.#owner.event(event) === 'pause') this.#transfer.pause()
      }
    } catch (error) {
      if (!isTransferError(error)) throw error
      failure = error
    } finally {
      this.#isPumping = false
    }
    if (failure !== undefined)
      this.#over({ code: closeCodeOf(failure) ?? CLOSE_CODE.abnormal, reason: '', isClean: false }, failure)
    if (this.#close !== undefined) return
    this.#session.keep()
    this.#flush()
  }

  #heard(code: number, reason: string): void {
    this.#over({ code, reason, isClean: true })
  }

  #over(close: WebSocketClose, error?: TransferError): void {
    if (this.#close !== undefined) return
    this.#flush()
    // Writing may have ended it.
    if (this.#close !== undefined) return
    this.#close = close
    this.release()
    this.#stream.finish(this.#transfer, error)
  }

  /** When the transfer has ended otherwise the session does not know. */
  #checkOpen(): void {
    if (this.#close !== undefined)
      throw new TransferError('SEND_ERROR', 'the WebSocket is closed', {}, { phase: 'send' })
  }

  #sent(): boolean {
    if (this.#session.pendingBytes >= LIMITS.wsOutputBytes) this.#flush()
    else if (!this.#isPumping && !this.#isFlushDue) {
      this.#isFlushDue = true
      queueMicrotask(this.#flushLater)
    }
    return !this.#isFull
  }

  readonly #flushLater = (): void => {
    this.#isFlushDue = false
    if (this.#close === undefined) this.#flush()
  }

  #flush(): void {
    if (this.#session.pendingBytes === 0) return
    const bytes = this.#session.takeOutput()
    if (!this.#stream.write(bytes)) this.#isFull = this.#session.isBlocked = true
    this.#transfer.uploaded(bytes.length)
  }
}

const ABNORMAL: WebSocketClose = Object.freeze({ code: CLOSE_CODE.abnormal, reason: '', isClean: false })
