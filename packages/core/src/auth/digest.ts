/**
 * `DigestState`: the Digest scheme (RFC 7616, RFC 2617) for one user at one origin or proxy.
 *
 * The rule: no nonce count is used twice with one nonce, and what is hashed are the bytes that are sent. Text is
 * Latin-1 here, a character a byte: names and passwords were made UTF-8 first, a server's realm stays as it came.
 */
import { latin1 } from '../base/ascii.ts'
import type { Hashes, RandomSource } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { encodeBase64 } from './base64.ts'
import { checkCredentials, utf8, type Credentials } from './credentials.ts'
import type { DigestChallenge } from './digest-challenge.ts'
import { hexOf } from './hash.ts'

/** What a request is authenticated for. */
export interface DigestRequest {
  readonly method: string
  /** Path and query, or `host:port` of a CONNECT; to a forward proxy too curl sends the path, not the absolute URL. */
  readonly target: string
  /** The body for `auth-int`; `stream`: not in memory; undefined: there is none. */
  readonly body?: Uint8Array | 'stream'
  /** The query is left out of `uri`, as Internet Explorer 6 did (CURLAUTH_DIGEST_IE). */
  readonly isIe?: boolean
}

/** Counts uses of nonces for all who may use the same one. */
export interface NonceCounter {
  /** The next count of a nonce, of which the asker has used `last`. */
  next(nonce: string, last: number): number
}

export class DigestState {
  readonly #hashes: Hashes
  readonly #random: RandomSource
  #challenge: DigestChallenge | undefined
  #cnonce = ''
  #count = 0

  constructor(hashes: Hashes, random: RandomSource) {
    this.#hashes = hashes
    this.#random = random
  }

  /** Whether there is a nonce, so that requests can be authenticated before they are asked to be. */
  get isReady(): boolean {
    return this.#challenge !== undefined
  }

  /** Takes a challenge. One with the nonce in use goes on counting: the server may have seen the counts so far. */
  receive(challenge: DigestChallenge): void {
    if (this.#challenge?.nonce !== challenge.nonce || this.#count === 0) {
      this.#count = 0
      // 12 bytes make 16 characters without padding, as curl has it.
      this.#cnonce = encodeBase64(this.#random.bytes(12))
    }
    this.#challenge = challenge
  }

  /**
   * The next Authorization or Proxy-Authorization value; the fields stand in curl's order and quoting. Undefined
   * before the first challenge. `counter`: when others may use the same nonce. BAD_FUNCTION_ARGUMENT for a NUL; AUTH_ERROR when the server insists on a hash of
   * a body that is not in memory.
   */
  authorize(
    request: DigestRequest,
    credentials: Credentials,
    counter: NonceCounter = ALONE,
  ): string | undefined {
    const challenge = this.#challenge
    if (challenge === undefined) return undefined
    checkCredentials(credentials)

    const { realm, nonce, opaque, qop } = challenge
    this.#count = qop === undefined ? this.#count + 1 : counter.next(nonce, this.#count)
    const user = bytesAsText(credentials.user)
    const target = request.isIe === true ? request.target.replace(/\?.*$/s, '') : request.target
    const count = this.#count.toString(16).padStart(8, '0')
    const secret = this.#secretHash(challenge, user, bytesAsText(credentials.password))
    const what = `${request.method}:${target}${qop === 'auth-int' ? `:${this.#bodyHash(request)}` : ''}`
    const middle = qop === undefined ? nonce : `${nonce}:${count}:${this.#cnonce}:${qop}`
    const response = this.#hash(`${secret}:${middle}:${this.#hash(what)}`)

    const shownUser = challenge.wantsUserhash ? this.#hash(`${user}:${realm}`) : user
    const parts = [
      `username="${escaped(shownUser)}"`,
      `realm="${escaped(realm)}"`,
      `nonce="${escaped(nonce)}"`,
      `uri="${escaped(target)}"`,
    ]
    if (qop !== undefined) parts.push(`cnonce="${this.#cnonce}"`, `nc=${count}`, `qop=${qop}`)
    parts.push(`response="${response}"`)
    if (opaque !== undefined) parts.push(`opaque="${escaped(opaque)}"`)
    if (challenge.writtenAlgorithm !== undefined) parts.push(`algorithm=${challenge.writtenAlgorithm}`)
    if (challenge.wantsUserhash) parts.push('userhash=true')
    return `Digest ${parts.join(', ')}`
  }

  /** H(A1), RFC 7616 3.4.2. */
  #secretHash({ realm, nonce, isSession }: DigestChallenge, user: string, password: string): string {
    const hash = this.#hash(`${user}:${realm}:${password}`)
    return isSession ? this.#hash(`${hash}:${nonce}:${this.#cnonce}`) : hash
  }

  /** H(entity-body), RFC 7616 3.4.3. curl hashes nothing instead, which servers refuse when there is a body. */
  #bodyHash({ body }: DigestRequest): string {
    if (body === 'stream') {
      throw new TransferError(
        'AUTH_ERROR',
        'the server wants a hash of the body (Digest with qop auth-int), which is not in memory',
        { scheme: 'digest' },
      )
    }
    return hexOf(this.#hashes.digest(this.#challenge!.algorithm, body ?? new Uint8Array(0)))
  }

  #hash(text: string): string {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0))
    return hexOf(this.#hashes.digest(this.#challenge!.algorithm, bytes))
  }
}

const ALONE: NonceCounter = { next: (_, last) => last + 1 }

function bytesAsText(text: string): string {
  const bytes = utf8(text)
  return latin1(bytes, 0, bytes.length)
}

/**
 * The inside of a quoted-string (RFC 9110 5.6.4). Control characters, which a URL's `%0a` makes, become percent
 * codes as in curl; they are hashed as they are, and a login with them would not work either way.
 */
function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  return text.replace(/["\\\x00-\x08\x0a-\x1f\x7f]/g, (char) =>
    char === '"' || char === '\\'
      ? `\\${char}`
      : `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  )
}
