/**
 * `Upload`: the body of one try on its way: bytes in pieces, or a stream that is pumped, no faster than the
 * connection takes them.
 *
 * The rule: its owner hears of each piece, and of the end or a failure once; after `stop` of nothing.
 */
import type { HttpStream } from '../connection/exchange.ts'
import type { Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { PacedSend } from './paced.ts'
import { BodyPump, type BodySource, type BodyTaker } from './body-source.ts'

/** A body piece per write: large enough to be cheap, small enough to count progress and notice a stall. */
export const UPLOAD_PIECE = 256 * 1024

/** A body that is there to be sent. */
export type SendableBody = Exclude<BodySource, { is: 'none' | 'pending' }>

export interface UploadOwner {
  /** So many bytes were handed to the connection; `bytes`: these, for who watches. */
  uploaded(count: number, bytes?: Uint8Array): void
  /** All of them were. */
  bodySent(): void
  /** Wants a call of `woken` then. */
  wakeSend(due: Milliseconds): void
  /** READ_ERROR, SEND_FAIL_REWIND. */
  bodyFailed(error: TransferError): void
}

export class Upload implements BodyTaker {
  readonly #body: SendableBody
  readonly #length: number | undefined
  readonly #owner: UploadOwner
  readonly #stream: Pick<HttpStream, 'write'>
  readonly #paced: PacedSend | undefined
  #pump: BodyPump | undefined
  /** Bytes handed to the connection. */
  #sent = 0
  /** The source has given all, and the rest of it waits for its time. */
  #isRead = false
  #isStopped = false

  /** `length`: the announced one; undefined: unknown. `paced`: where bytes wait for their time, under a rate limit. */
  constructor(
    body: SendableBody,
    length: number | undefined,
    stream: Pick<HttpStream, 'write'>,
    owner: UploadOwner,
    paced?: PacedSend,
  ) {
    this.#body = body
    this.#length = length
    this.#stream = paced ?? stream
    this.#owner = owner
    this.#paced = paced
    paced?.begin(stream)
  }

  begin(): void {
    if (this.#body.is === 'bytes') {
      this.#sendBytes(this.#body.bytes)
      return
    }
    try {
      this.#pump = new BodyPump(this.#body, this)
    } catch (error) {
      this.#owner.bodyFailed(error as TransferError)
      return
    }
    // Opening the source runs the user's code, which may have ended the transfer.
    if (this.#isStopped) this.#pump.stop()
    else this.#pump.more()
  }

  /** The connection takes more. */
  drained(): void {
    if (this.#isStopped || this.#paced?.isHolding === true) return
    if (this.#body.is === 'bytes') this.#sendBytes(this.#body.bytes)
    else this.#pump?.more()
  }

  /** It may be time for more. */
  woken(): void {
    const paced = this.#paced!
    if (this.#isStopped) return
    const takesMore = paced.flush()
    if (paced.isHolding) this.#owner.wakeSend(paced.dueAt)
    else if (this.#isRead) this.#finish()
    else if (takesMore) this.drained()
  }

  /** No more is wanted; the source is told so. */
  stop(): void {
    this.#isStopped = true
    this.#pump?.stop()
  }

  /** Whether something was read of a body that cannot be read again. */
  get isSpent(): boolean {
    return this.#pump !== undefined && this.#body.is === 'stream' && !this.#body.canRepeat
  }

  #sendBytes(bytes: Uint8Array): void {
    while (this.#sent < bytes.length) {
      const piece = bytes.subarray(this.#sent, this.#sent + this.#pieceBytes)
      this.#sent += piece.length
      const takesMore = this.#write(piece)
      if (this.#isStopped) return
      if (!takesMore && this.#sent < bytes.length) return
    }
    this.#finish()
  }

  // ---- BodyTaker -----------------------------------------------------------------------------------

  bodyPiece(bytes: Uint8Array): boolean {
    const length = this.#length
    this.#sent += bytes.length
    if (length !== undefined && this.#sent > length) {
      const text = `the request body is longer than the ${length} bytes announced`
      this.bodyFailed(new TransferError('READ_ERROR', text, { expected: length }, { phase: 'send' }))
      return false
    }
    return this.#write(bytes) && !this.#isStopped
  }

  bodyFailed(error: TransferError): void {
    this.#owner.bodyFailed(error)
  }

  bodyEnded(): void {
    const sent = this.#sent
    const length = this.#length
    if (length === undefined || sent === length) {
      this.#finish()
      return
    }
    const text = `the request body ended after ${sent} of the ${length} bytes announced`
    this.bodyFailed(new TransferError('READ_ERROR', text, { expected: length, sent }, { phase: 'send' }))
  }

  #write(bytes: Uint8Array): boolean {
    const takesMore = this.#stream.write(bytes)
    if (this.#paced?.isHolding === true) this.#owner.wakeSend(this.#paced.dueAt)
    this.#owner.uploaded(bytes.length, bytes)
    return takesMore
  }

  /** Under a rate limit pieces are small, so that progress is told of as it happens. */
  get #pieceBytes(): number {
    return Math.min(UPLOAD_PIECE, this.#paced?.pieceBytes ?? UPLOAD_PIECE)
  }

  #finish(): void {
    this.#isRead = true
    if (this.#paced?.isHolding === true) return
    this.#isStopped = true
    this.#owner.bodySent()
  }
}
