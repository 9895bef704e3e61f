/**
 * `ProxyLogin`: how one tunnel logs in at its proxy, over all rounds of 407 and however many connections they take.
 *
 * The rule: it is a party like an origin (`auth/auth-round.ts`); a handshake of NTLM belongs to one connection and
 * begins anew on the next.
 */
import type { AuthPlan } from '../auth/auth-plan.ts'
import { AuthRound, type AuthHolder, type AuthPorts, type AuthSubject } from '../auth/auth-round.ts'
import type { AuthWord } from '../auth/select.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'

export interface ProxyLoginWish {
  /** `http://p.test:3128`. */
  readonly proxy: string
  readonly proxyHost: string
  /** `host:port` of the tunnel. */
  readonly target: string
  /** Undefined: there is nothing to log in with. */
  readonly plan: AuthPlan | undefined
}

export class ProxyLogin {
  readonly #round: AuthRound | undefined
  readonly #subject: AuthSubject
  /** Of the connection that the rounds go on on. */
  #handshakes: AuthHolder['handshakes'] = {}

  constructor({ proxy, proxyHost, target, plan }: ProxyLoginWish, ports: AuthPorts) {
    this.#round = plan && new AuthRound({ role: 'proxy', peer: proxy, host: proxyHost, plan }, ports)
    this.#subject = { method: 'CONNECT', target, host: proxyHost, authority: target, fields: [] }
  }

  /** The value of Proxy-Authorization for the next CONNECT; undefined: it goes without. */
  authorization(): string | undefined {
    return this.#round?.fields(this.#subject, this.#holder('http/1.1'))[0]?.[1]
  }

  /** Whether a refusal (any status) is worth another CONNECT. Over HTTP/2 no login can be one of the connection. */
  answers(head: ResponseHead, protocol: AuthHolder['protocol'] = 'http/1.1'): boolean {
    return this.#round !== undefined && this.#round.judge(head, this.#holder(protocol), false) !== 'deliver'
  }

  /** The next CONNECT goes out on a new connection. */
  reconnected(): void {
    this.#handshakes = {}
  }

  #holder(protocol: AuthHolder['protocol']): AuthHolder {
    return { protocol, handshakes: this.#handshakes }
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
