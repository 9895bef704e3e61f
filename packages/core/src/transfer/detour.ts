/**
 * `Detour`: the way of a response body that is not delivered as it comes, but held to a rate, decoded, or both.
 *
 * The rule: it says when the response must be held back, for whatever reason, and lets it come again only when none
 * is left. A transfer that needs neither has no detour.
 */
import type { Clock, Decoders, Milliseconds } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import { Decoding, type DecodingOwner, type DecodingTerms } from './decoding.ts'
import { PacedReceive } from './paced.ts'

/** Whose body it is: a transfer. */
export interface DetourOwner {
  /** A piece that has arrived, valid during the call only. May pause or end the transfer. */
  deliver(bytes: Uint8Array): void
  /** Bytes were taken in, whether something came of them or not. */
  progressed(): void
  /** Bytes came out of the decoding. */
  decoded(count: number): void
  /** Holds the response back. */
  holdBack(): void
  /** Nothing here holds the response back any more. */
  letCome(): void
  /** Wants a call of `woken` then. */
  wakeReceive(due: Milliseconds): void
  abort(error: TransferError): void
  /** All is delivered. What `end` was told comes back. */
  arrived(trailers: Fields | undefined, error: TransferError | undefined): void
}

export class Detour implements DecodingOwner {
  readonly #owner: DetourOwner
  readonly #clock: Clock
  readonly #paced: PacedReceive | undefined
  #decoding: Decoding | undefined
  #isPaused = false

  /** `bytesPerS`: of what is received; 0: as fast as it comes. */
  constructor(owner: DetourOwner, clock: Clock, bytesPerS: number, isPaused: boolean) {
    this.#owner = owner
    this.#clock = clock
    this.#paced = bytesPerS > 0 ? new PacedReceive(bytesPerS, clock.now()) : undefined
    this.#isPaused = isPaused
  }

  /** From here on the body is decoded. */
  decode(terms: DecodingTerms, decoders: Decoders): void {
    this.#decoding = new Decoding(terms, decoders, this)
    if (this.#isPaused) this.#decoding.pause()
  }

  /** Whether the response must not come for now, the user's pause aside. */
  get isHolding(): boolean {
    return this.#paced?.isHolding === true || this.#decoding?.isFull === true
  }

  /** A received piece, valid during the call only. */
  data(bytes: Uint8Array): void {
    if (this.#paced === undefined) this.#pass(bytes)
    else this.#passPaced(this.#paced, this.#paced.take(bytes, this.#clock.now()))
  }

  pause(): void {
    this.#isPaused = true
    this.#decoding?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.woken()
    this.#decoding?.resume()
  }

  /** It may be time for more. */
  woken(): void {
    const paced = this.#paced
    if (this.#isPaused || paced?.isHolding !== true) return
    this.#passPaced(paced, paced.next(this.#clock.now()))
    if (!this.isHolding) this.#owner.letCome()
  }

  /** The body is complete; with `error`: no more of it comes. False: there is nothing to wait for. */
  end(trailers: Fields | undefined, error: TransferError | undefined): boolean {
    if (this.#decoding === undefined) return false
    this.#decoding.end(trailers, error)
    return true
  }

  /** A new try begins: what is left of the old one is let go. */
  clear(): void {
    this.#paced?.clear()
    this.#decoding?.abort()
    this.#decoding = undefined
  }

  #passPaced(paced: PacedReceive, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pass(bytes)
    if (!paced.isHolding) return
    this.#owner.holdBack()
    // While the user pauses, nothing is due: `resume` goes on from here.
    if (!this.#isPaused) this.#owner.wakeReceive(paced.dueAt)
  }

  #pass(bytes: Uint8Array): void {
    if (this.#decoding === undefined) {
      this.#owner.deliver(bytes)
      return
    }
    this.#decoding.write(bytes)
    this.#owner.progressed()
  }

  // ---- DecodingOwner -------------------------------------------------------------------------------

  decoded(bytes: Uint8Array): void {
    this.#owner.decoded(bytes.length)
    this.#owner.deliver(bytes)
  }

  decodingFull(isFull: boolean): void {
    if (isFull) this.#owner.holdBack()
    else if (!this.isHolding) this.#owner.letCome()
  }

  decodingFailed(error: TransferError): void {
    this.#owner.abort(error)
  }

  decodingEnded(trailers: Fields | undefined, error: TransferError | undefined): void {
    this.#owner.arrived(trailers, error)
  }
}
