/**
 * Request bodies: how long they are, whether they can be read again, and the pump that feeds a stream of
 * pieces to a connection.
 */
import { invariant } from '../base/invariant.ts'
import type { Files, RandomSource } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { BodyPiece, BodyStream } from '../form/mime-part.ts'

export type BodySource =
  | { readonly is: 'none' }
  | { readonly is: 'bytes'; readonly bytes: Uint8Array; readonly type?: BodyType }
  | StreamSource
  | PendingSource

/** What is read as it is sent. */
export interface StreamSource {
  readonly is: 'stream'
  readonly canRepeat: boolean
  /** Whether nothing is left to read. */
  readonly isSpent: () => boolean
  /** SEND_FAIL_REWIND when it is spent: a second reading would find nothing, and send an empty body. */
  readonly open: () => BodyStream
  /** The same from this byte on, where the source can do better than read what comes before. */
  readonly openAt?: (from: number) => BodyStream
  /** Undefined: it cannot tell. */
  readonly length?: number | undefined
  readonly type?: BodyType
}

/** What has to ask the outside before it knows how long it is; nothing has been touched yet. */
export interface PendingSource {
  readonly is: 'pending'
  readonly isSpent: () => boolean
  /** READ_ERROR, BAD_FUNCTION_ARGUMENT. At once, unless there are files to look at. */
  readonly prepare: (world: BodyWorld) => BodySource | Promise<BodySource>
}

/** What a body needs of the outside. */
export interface BodyWorld {
  readonly random: RandomSource
  readonly files: Files
}

/** What a body says of itself in Content-Type. */
export interface BodyType {
  readonly text: string
  /** It holds the boundary, so that what the user says of the type is part of it already. */
  readonly isForm: boolean
}

export const NO_BODY: BodySource = { is: 'none' }

/** Bodies that can be read once, and were: known by themselves, so that no change of options makes them new. */
export class SpentBodies {
  #spent: WeakSet<BodyStream> | undefined

  has(body: BodyStream): boolean {
    return this.#spent?.has(body) === true
  }

  add(body: BodyStream): void {
    this.#spent ??= new WeakSet()
    this.#spent.add(body)
  }
}

/** Bytes, or a stream of them. */
export function bodySource(
  body: Uint8Array | BodyStream | (() => BodyStream),
  spent: SpentBodies,
): Exclude<BodySource, { is: 'pending' | 'none' }> {
  if (body instanceof Uint8Array) return { is: 'bytes', bytes: body }
  if (typeof body === 'function') return { is: 'stream', canRepeat: true, isSpent: never, open: body }
  if (startsAnew(body)) return { is: 'stream', canRepeat: true, isSpent: never, open: () => body }
  const isSpent = (): boolean => spent.has(body)
  const open = (): BodyStream => {
    if (isSpent()) throw cannotRepeat()
    spent.add(body)
    return body
  }
  return { is: 'stream', canRepeat: false, isSpent, open }
}

/** Of a source that can be read again and again. */
export function never(): boolean {
  return false
}

/** Whether each iteration begins at the start, as with a list; an iterator, generator or stream is read once. */
function startsAnew(body: BodyStream): boolean {
  return Symbol.iterator in body && body[Symbol.iterator]() !== (body as unknown)
}

/** Who gets the pieces. */
export interface BodyTaker {
  /** False: wait for `pump.more()`. */
  bodyPiece(bytes: Uint8Array): boolean
  bodyEnded(): void
  /** The source failed: READ_ERROR. */
  bodyFailed(error: TransferError): void
}

/** Reads a stream piece by piece, one at a time, no faster than they are taken. */
export class BodyPump {
  readonly #taker: BodyTaker
  readonly #iterator: AsyncIterator<BodyPiece> | Iterator<BodyPiece>
  /** reading: a piece is asked for; waiting: for the taker; over: ended, failed or stopped. */
  #state: 'reading' | 'waiting' | 'over' = 'waiting'

  /** READ_ERROR when the source cannot be opened. */
  constructor(source: StreamSource, taker: BodyTaker) {
    this.#taker = taker
    try {
      const stream: unknown = source.open()
      if (
        typeof stream !== 'object' ||
        stream === null ||
        !(Symbol.asyncIterator in stream || Symbol.iterator in stream)
      )
        throw new TypeError('the body function did not return an iterable')
      this.#iterator =
        Symbol.asyncIterator in stream
          ? (stream as AsyncIterable<BodyPiece>)[Symbol.asyncIterator]()
          : (stream as Iterable<BodyPiece>)[Symbol.iterator]()
    } catch (cause) {
      throw readError(cause)
    }
  }

  /** The taker takes more. */
  more(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'reading'
    let next: unknown
    try {
      next = this.#iterator.next()
    } catch (error) {
      this.#fail(error)
      return
    }
    Promise.resolve(next as IteratorResult<BodyPiece>).then(this.#got, this.#fail)
  }

  /** No more is wanted; the source is told so. */
  stop(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    // The source's clean-up is its own affair: a failure of it has nobody to go to, and a generator that is
    // running just now, because its own code ended the transfer, cannot be told at all.
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
    } catch {
      // As said.
    }
  }

  readonly #got = (result: IteratorResult<BodyPiece>): void => {
    if (this.#state !== 'reading') return
    if (result.done === true) {
      this.#state = 'over'
      this.#taker.bodyEnded()
      return
    }
    let bytes: Uint8Array
    try {
      bytes = toBytes(result.value)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#state = 'waiting'
    // An empty piece would end a chunked body.
    if (bytes.length === 0 || this.#taker.bodyPiece(bytes)) this.more()
  }

  readonly #fail = (cause: unknown): void => {
    if (this.#state === 'over') return
    invariant(this.#state === 'reading', 'a body pump failed while it was not reading')
    this.#state = 'over'
    this.#taker.bodyFailed(readError(cause))
  }
}

/** A piece as bytes. Throws a TypeError for what is none. */
export function toBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  if (typeof piece === 'string') return new TextEncoder().encode(piece)
  throw new TypeError(
    `a piece of the body must be bytes or a string, not ${piece === null ? 'null' : `a ${typeof piece}`}`,
  )
}

/** The body has been read, and cannot be read again. */
export function cannotRepeat(cause?: unknown): TransferError {
  return new TransferError(
    'SEND_FAIL_REWIND',
    'the request body has been read already, and can be read only once: give a function that returns it anew',
    {},
    { phase: 'send', cause },
  )
}

/** What reading it threw: its own words when they are ours already. */
export function readError(cause: unknown): TransferError {
  if (isTransferError(cause)) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  return new TransferError(
    'READ_ERROR',
    `reading the request body failed: ${text}`,
    {},
    { phase: 'send', cause },
  )
}
