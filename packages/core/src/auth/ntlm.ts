/**
 * `NtlmHandshake`: NTLM over HTTP ([MS-NTHT]) on one connection, to its origin or its proxy.
 *
 * The rule: it belongs to the connection and dies with it. What is authenticated is the connection, so a
 * handshake is for one user only, and the connection's identity must hold who that was.
 */
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Challenge } from './challenges.ts'
import { checkCredentials, type Credentials } from './credentials.ts'
import type { Hashes, RandomSource } from '../env/environment.ts'
import {
  NTLM_FLAGS,
  parseTypeTwo,
  typeOneMessage,
  typeThreeMessage,
  type NtlmChallenge,
} from './ntlm-messages.ts'
import { respondV1, respondV2 } from './ntlm-responses.ts'

/** What a handshake takes from outside. */
export interface NtlmPorts {
  readonly hashes: Hashes
  readonly random: RandomSource
  readonly clock: { date(): Date }
  /** How large a type 3 message may be, in bytes, and its names. */
  readonly maxMessageBytes: number
  readonly maxNameBytes: number
}

export class NtlmHandshake {
  readonly #ports: NtlmPorts
  #step: 'start' | 'offered' | 'challenged' | 'answered' | 'done' = 'start'
  #challenge: NtlmChallenge | undefined

  constructor(ports: NtlmPorts) {
    this.#ports = ports
  }

  /** Whether the next request's authorization is the last of the handshake, or none is needed: bodies can be sent. */
  get isReady(): boolean {
    return this.#step === 'challenged' || this.#step === 'done'
  }

  /** Whether the connection is authenticated. */
  get isDone(): boolean {
    return this.#step === 'done'
  }

  /**
   * The value of Authorization or Proxy-Authorization for the next request; undefined when it needs none.
   * BAD_FUNCTION_ARGUMENT for a NUL, TOO_LARGE when names or the server's target info do not fit.
   */
  authorize(credentials: Credentials): string | undefined {
    if (this.#step === 'done') return undefined
    checkCredentials(credentials)
    if (this.#step !== 'challenged') {
      this.#step = 'offered'
      return `NTLM ${encodeBase64(typeOneMessage(!IS_ASCII.test(credentials.user)))}`
    }
    const message = this.#typeThree(credentials, this.#challenge!)
    this.#step = 'answered'
    this.#challenge = undefined
    return `NTLM ${encodeBase64(message)}`
  }

  /**
   * Takes the server's NTLM challenge of a 401 or 407. False: the handshake was refused or cannot go on, and the
   * response is to be delivered.
   */
  receive(challenge: Challenge): boolean {
    if (challenge.token68 === undefined) {
      // Asking anew is right before anything was sent and after a finished handshake; else it is a refusal.
      const mayBegin = this.#step === 'start' || this.#step === 'done'
      this.#step = 'start'
      return mayBegin
    }
    const bytes = this.#step === 'offered' ? decodeBase64(challenge.token68) : undefined
    this.#challenge = bytes && parseTypeTwo(bytes)
    this.#step = this.#challenge === undefined ? 'start' : 'challenged'
    return this.#challenge !== undefined
  }

  /** A request was answered with something else than 401 or 407: if type 3 was sent, it was accepted. */
  accept(): void {
    if (this.#step === 'answered') this.#step = 'done'
  }

  #typeThree({ user: given, password }: Credentials, server: NtlmChallenge): Uint8Array {
    const { hashes, random, clock } = this.#ports
    const { domain, user } = splitDomain(given)
    const { flags, challenge, targetInfo } = server
    const responses =
      (flags & NTLM_FLAGS.extendedSecurity) === 0
        ? respondV1(password, challenge)
        : respondV2(
            password,
            {
              user,
              domain,
              challenge,
              targetInfo,
              clientChallenge: random.bytes(8),
              dateMs: clock.date().getTime(),
            },
            hashes,
          )
    return typeThreeMessage({ flags, responses, domain, user }, this.#ports)
  }
}

/** `domain\user` or `domain/user`; the backslash goes first, as in curl. */
function splitDomain(given: string): { domain: string; user: string } {
  const backslash = given.indexOf('\\')
  const at = backslash < 0 ? given.indexOf('/') : backslash
  return at < 0 ? { domain: '', user: given } : { domain: given.slice(0, at), user: given.slice(at + 1) }
}

/** Control characters are ASCII too. */
// oxlint-disable-next-line no-control-regex
const IS_ASCII = /^[\x00-\x7f]*$/
