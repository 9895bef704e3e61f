/**
 * `ProxyLogin`: how one tunnel logs in at its proxy, over all rounds of 407 and however many connections they take.
 *
 * The rule: what is learned of a proxy is kept under that proxy and that user, and shown to no other
 * (CVE-2026-7168, CVE-2026-8927). A handshake of NTLM belongs to one connection and begins anew on the next.
 */
import { basicAuthorization } from '../auth/basic.ts'
import { parseChallenges } from '../auth/challenges.ts'
import type { Credentials } from '../auth/credentials.ts'
import type { DigestStates } from '../auth/digest-states.ts'
import type { DigestState } from '../auth/digest.ts'
import { NtlmHandshake, type NtlmPorts } from '../auth/ntlm.ts'
import {
  afterSending,
  allowedSchemes,
  beginAuth,
  decideAuth,
  type AuthMeans,
  type AuthProgress,
  type AuthScheme,
  type AuthWord,
} from '../auth/select.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'

/** What a login takes from outside. */
export interface ProxyLoginPorts {
  readonly digests: DigestStates
  readonly ntlm: NtlmPorts
}

export interface ProxyLoginWish {
  /** `http://p.test:3128`. */
  readonly proxy: string
  /** `host:port` of the tunnel. */
  readonly target: string
  readonly credentials: Credentials | undefined
  /** The option `proxyAuth`, checked. */
  readonly words: readonly AuthWord[]
}

export class ProxyLogin {
  readonly #wish: ProxyLoginWish
  readonly #ports: ProxyLoginPorts
  readonly #means: AuthMeans
  readonly #allowed: ReadonlySet<AuthScheme>
  #progress: AuthProgress
  #ntlm: NtlmHandshake | undefined

  constructor(wish: ProxyLoginWish, ports: ProxyLoginPorts) {
    this.#wish = wish
    this.#ports = ports
    this.#means = { user: wish.credentials !== undefined, bearer: false, negotiate: false }
    this.#allowed = allowedSchemes(wish.words, this.#means)
    this.#progress = beginAuth(this.#allowed, this.#means)
  }

  /** The value of Proxy-Authorization for the next CONNECT; undefined: it goes without. */
  authorization(): string | undefined {
    const { credentials } = this.#wish
    const value = credentials === undefined ? undefined : this.#authorize(credentials)
    if (value !== undefined) this.#progress = afterSending(this.#progress)
    return value
  }

  /** Whether a refusal (any status) is worth another CONNECT. Over HTTP/2 no login can be one of the connection. */
  answers(head: ResponseHead, protocol: 'http/1.1' | 'h2' = 'http/1.1'): boolean {
    const challenges = parseChallenges(head.fields.all('proxy-authenticate'))
    const decision = decideAuth({
      role: 'proxy',
      status: head.status,
      challenges: protocol === 'h2' ? challenges.filter(({ scheme }) => scheme !== 'ntlm') : challenges,
      allowed: this.#allowed,
      means: this.#means,
      progress: this.#progress,
      isBodyWithheld: false,
      maxAnswers: LIMITS.authAnswers,
    })
    if (decision.is !== 'retry') return false
    this.#progress = decision.progress
    if (decision.digest !== undefined) this.#digest().receive(decision.digest)
    return decision.scheme !== 'ntlm' || this.#handshake().receive(decision.challenge!)
  }

  /** The next CONNECT goes out on a new connection. */
  reconnected(): void {
    this.#ntlm = undefined
  }

  #authorize(credentials: Credentials): string | undefined {
    switch (this.#progress.scheme) {
      case 'basic':
        return basicAuthorization(credentials)
      case 'digest':
      case 'digest-ie':
        return this.#digest().authorize({ method: 'CONNECT', target: this.#wish.target }, credentials)
      case 'ntlm':
        return this.#handshake().authorize(credentials)
      default:
        return undefined
    }
  }

  #digest(): DigestState {
    const { proxy, credentials } = this.#wish
    return this.#ports.digests.of({ role: 'proxy', peer: proxy, user: credentials!.user })
  }

  #handshake(): NtlmHandshake {
    return (this.#ntlm ??= new NtlmHandshake(this.#ports.ntlm))
  }
}

/** The words of the option `proxyAuth`: Basic when there are none. BAD_FUNCTION_ARGUMENT for one that is not known here. */
export function proxyAuthWords(words: readonly string[] | undefined): readonly AuthWord[] {
  if (words === undefined || words.length === 0) return BASIC
  const unknown = words.find((word) => !(KNOWN_WORDS as readonly string[]).includes(word))
  if (unknown === undefined) return words as readonly AuthWord[]
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option proxyAuth must hold words of ${KNOWN_WORDS.join(', ')}, not ${JSON.stringify(unknown.slice(0, 40))}`,
    { option: 'proxyAuth' },
    { phase: 'setup' },
  )
}

const BASIC: readonly AuthWord[] = ['basic']
const KNOWN_WORDS = ['basic', 'digest', 'digest-ie', 'ntlm', 'any', 'anysafe'] as const
