/**
 * `NegotiateHandshake`: Negotiate over HTTP (RFC 4559) on one connection, by tokens that a GSS library of the
 * user's makes.
 *
 * The rule: it belongs to the connection and dies with it, as the NTLM handshake does. What tokens say is the
 * library's affair.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Challenge } from './challenges.ts'

/** What a token of Negotiate is asked for. */
export interface NegotiateRequest {
  /** The server's or the proxy's host name. */
  readonly host: string
  /** `HTTP`: with the host it makes the name of the service, `HTTP@host`. */
  readonly service: string
  readonly role: 'origin' | 'proxy'
  /** The same object through a handshake, a new one for each: what to keep a GSS context by. */
  readonly handshake: object
  /** What the server said; undefined: the handshake begins. */
  readonly challenge: Uint8Array | undefined
}

/** Makes tokens of Negotiate; undefined when there is nothing more to say. What it throws ends the transfer with AUTH_ERROR. */
export type NegotiateFunction = (
  request: NegotiateRequest,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>

/**
 * A number for each function, the same for the same one: what a connection is authenticated for is known to its GSS
 * library alone, so that those of one function are no other's (CVE-2026-1965, CVE-2026-8458).
 */
export function numberOf(make: NegotiateFunction): number {
  let number = NUMBERS.get(make)
  if (number === undefined) NUMBERS.set(make, (number = numbered += 1))
  return number
}

const NUMBERS = new WeakMap<NegotiateFunction, number>()
let numbered = 0

export class NegotiateHandshake {
  readonly #role: 'origin' | 'proxy'
  readonly #host: string
  #step: 'start' | 'challenged' | 'ready' | 'sent' | 'done' = 'start'
  #challenge: Uint8Array | undefined
  #token: Uint8Array | undefined

  constructor(role: 'origin' | 'proxy', host: string) {
    this.#role = role
    this.#host = host
  }

  /** Whether there is a token to send, or none is needed: bodies can be sent. */
  get isReady(): boolean {
    return this.#step === 'ready' || this.#step === 'done'
  }

  /** Asks for the next token, if one is needed. Rejects with AUTH_ERROR. */
  prepare(make: NegotiateFunction): Promise<void> | undefined {
    if (this.#step !== 'start' && this.#step !== 'challenged') return undefined
    return this.#make(make)
  }

  /** The value of Authorization or Proxy-Authorization for the next request; undefined when it needs none. */
  authorize(): string | undefined {
    if (this.#step !== 'ready') return undefined
    this.#step = 'sent'
    return this.#token === undefined ? undefined : `Negotiate ${encodeBase64(this.#token)}`
  }

  /** Takes the challenge of a 401 or 407. False: the handshake was refused or cannot go on. */
  receive({ token68 }: Challenge): boolean {
    if (token68 === undefined) {
      const mayBegin = this.#step === 'start' || this.#step === 'done'
      this.#step = 'start'
      return mayBegin
    }
    this.#challenge = decodeBase64(token68)
    this.#step = this.#challenge === undefined ? 'start' : 'challenged'
    return this.#challenge !== undefined
  }

  /** A request was answered with something else than 401 or 407: if a token was sent, it was accepted. */
  accept(): void {
    if (this.#step === 'sent') this.#step = 'done'
  }

  async #make(make: NegotiateFunction): Promise<void> {
    const challenge = this.#challenge
    this.#challenge = undefined
    try {
      this.#token = await make({
        host: this.#host,
        service: 'HTTP',
        role: this.#role,
        handshake: this,
        challenge,
      })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new TransferError(
        'AUTH_ERROR',
        `no token of Negotiate could be made: ${why}`,
        { scheme: 'negotiate' },
        { cause: error },
      )
    }
    this.#step = 'ready'
  }
}
