/**
 * `AuthRound`: one party that asks who we are, an origin or a proxy, over all rounds of its challenges.
 *
 * The rule: what one party said or was told is never used for another. What authenticates a connection (NTLM,
 * Negotiate) is kept with that connection, what answers challenges of Digest with party and user (CVE-2026-7168,
 * CVE-2026-8927). Decisions are made in `select.ts`; here is only what they are made on.
 */
import type { Environment } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import type { AuthPlan } from './auth-plan.ts'
import { basicAuthorization } from './basic.ts'
import { bearerAuthorization } from './bearer.ts'
import { parseChallenges } from './challenges.ts'
import type { DigestState } from './digest.ts'
import type { DigestStates } from './digest-states.ts'
import { NegotiateHandshake, type NegotiateFunction } from './negotiate.ts'
import type { NonceCounts } from './nonce-counts.ts'
import { NtlmHandshake } from './ntlm.ts'
import {
  afterSending,
  beginAuth,
  decideAuth,
  isConnectionBound,
  withholdsBody,
  type AuthProgress,
  type AuthScheme,
} from './select.ts'
import { signSigV4 } from './sigv4.ts'

/** Whom a request is authenticated at. */
export type AuthRole = 'origin' | 'proxy'

/** One of the parties that may ask who we are. */
export interface AuthParty {
  readonly role: AuthRole
  /** Scheme, host and port, as `Origin.text` has them. */
  readonly peer: string
  readonly host: string
  readonly plan: AuthPlan
}

/** What a request is signed or hashed over. */
export interface AuthSubject {
  readonly method: string
  /** Path and query, to a forward proxy too, as in curl; host and port for CONNECT. */
  readonly target: string
  readonly host: string
  readonly authority: string
  /** The user's own fields. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** `stream`: not in memory; undefined: there is none. */
  readonly body?: Uint8Array | 'stream'
}

/** What authentication takes from outside. */
export interface AuthPorts {
  readonly environment: Pick<Environment, 'clock' | 'hashes' | 'random'>
  /** Of the handle. */
  readonly digests: DigestStates
  /** Of all handles that may get the same nonces. */
  readonly nonces: NonceCounts
  readonly negotiate: NegotiateFunction | undefined
}

/** A handshake by which a connection is authenticated for one user. */
export interface ConnectionHandshake {
  /** A request was answered with something else than a challenge. */
  accept(): void
}

/** The connection that a request goes out on, as far as it can be authenticated. */
export interface AuthHolder {
  /** `h2`: many users' requests may share it, so nothing authenticates it. */
  readonly protocol: 'http/1.1' | 'h2'
  readonly handshakes: Partial<Record<AuthRole, ConnectionHandshake>>
}

/** What a response leads to. `again-here`: on the connection it came by. */
export type AuthOutcome = 'deliver' | 'again' | 'again-here'

/** One party, for as long as somebody deals with it. */
export class AuthRound {
  readonly #party: AuthParty
  readonly #ports: AuthPorts
  #progress: AuthProgress
  /** The server wanted no authentication. */
  #isOff = false
  /** The last request went without its body for the sake of this party. */
  #isHolding = false

  constructor(party: AuthParty, ports: AuthPorts) {
    this.#party = party
    this.#ports = ports
    this.#progress = beginAuth(party.plan.allowed, party.plan.means)
  }

  isOf({ role, peer, plan }: AuthParty): boolean {
    const mine = this.#party
    return (
      mine.role === role &&
      mine.peer === peer &&
      mine.plan.credentials?.user === plan.credentials?.user &&
      mine.plan.credentials?.password === plan.credentials?.password
    )
  }

  /** Another request follows: what was settled holds. */
  beginAgain(): void {
    this.#isOff = this.#isHolding = false
    this.#progress = { scheme: this.#progress.scheme, hasSent: false, answers: 0 }
  }

  /** Makes what the next request needs; a promise when that takes time. AUTH_ERROR when the user's function fails. */
  prepare(holder: AuthHolder): Promise<void> | undefined {
    if (this.#scheme !== 'negotiate') return undefined
    return this.#negotiate(holder).prepare(this.#ports.negotiate!)
  }

  /** Whether the body is better not sent yet, because the request will be refused. */
  withholdsBody(holder: AuthHolder): boolean {
    this.#isHolding = withholdsBody(this.#scheme, this.#isReady(holder))
    return this.#isHolding
  }

  /** The fields for a request that goes out now. */
  fields(subject: AuthSubject, holder: AuthHolder): readonly (readonly [name: string, value: string])[] {
    const scheme = this.#scheme
    if (scheme === undefined) return []
    if (scheme === 'aws-sigv4') {
      this.#progress = afterSending(this.#progress)
      const { clock, hashes } = this.#ports.environment
      return signSigV4(subject, {
        provider: this.#party.plan.sigV4!,
        credentials: this.#party.plan.credentials!,
        date: clock.date(),
        hashes,
      })
    }
    const value = this.#authorization(scheme, subject, holder)
    if (value === undefined) return []
    this.#progress = afterSending(this.#progress)
    return [[this.#party.role === 'origin' ? 'Authorization' : 'Proxy-Authorization', value]]
  }

  /** What becomes of a response. `isBodyWithheld`: the request had gone without its body. */
  judge(head: ResponseHead, holder: AuthHolder, isBodyWithheld: boolean): AuthOutcome {
    const { role, plan } = this.#party
    if (this.#isOff) return 'deliver'
    const isAsking = head.status === (role === 'origin' ? 401 : 407)
    // What a proxy refuses has not come to the origin.
    if (!isAsking && head.status !== 407) holder.handshakes[role]?.accept()
    const decision = decideAuth({
      role,
      status: head.status,
      challenges: isAsking ? this.#challenges(head, holder) : [],
      allowed: plan.allowed,
      means: plan.means,
      progress: this.#progress,
      // Else it was welcome to who did not have to ask, and the other's login goes on.
      isBodyWithheld: isBodyWithheld && this.#isHolding,
      maxAnswers: LIMITS.authAnswers,
    })
    if (decision.is === 'deliver') return 'deliver'
    if (decision.is === 'resend-with-body') {
      this.#isOff = true
      return 'again'
    }
    this.#progress = decision.progress
    if (decision.digest !== undefined) this.#digest().receive(decision.digest)
    const { scheme, challenge } = decision
    if (scheme === 'ntlm' && !this.#ntlm(holder).receive(challenge!)) return 'deliver'
    if (scheme === 'negotiate' && !this.#negotiate(holder).receive(challenge!)) return 'deliver'
    return isConnectionBound(scheme) ? 'again-here' : 'again'
  }

  get #scheme(): AuthScheme | undefined {
    return this.#isOff ? undefined : this.#progress.scheme
  }

  #isReady(holder: AuthHolder): boolean {
    switch (this.#scheme) {
      case 'digest':
      case 'digest-ie':
        return this.#digest().isReady
      case 'ntlm':
        return this.#ntlm(holder).isReady
      case 'negotiate':
        return this.#negotiate(holder).isReady
      default:
        return true
    }
  }

  #authorization(scheme: AuthScheme, subject: AuthSubject, holder: AuthHolder): string | undefined {
    const { credentials, bearer } = this.#party.plan
    switch (scheme) {
      case 'basic':
        return basicAuthorization(credentials!)
      case 'bearer':
        return bearerAuthorization(bearer!)
      case 'digest':
      case 'digest-ie':
        return this.#digest().authorize(
          { ...subject, isIe: scheme === 'digest-ie' },
          credentials!,
          this.#ports.nonces.of(this.#party.role, this.#party.peer),
        )
      case 'ntlm':
        return this.#ntlm(holder).authorize(credentials!)
      case 'negotiate':
        return this.#negotiate(holder).authorize()
      case 'aws-sigv4':
        return undefined
    }
  }

  /** What authenticates connections has no place where many users' requests share one. */
  #challenges(head: ResponseHead, holder: AuthHolder): ReturnType<typeof parseChallenges> {
    const name = this.#party.role === 'origin' ? 'www-authenticate' : 'proxy-authenticate'
    const challenges = parseChallenges(head.fields.all(name))
    return holder.protocol === 'h2'
      ? challenges.filter(({ scheme }) => scheme !== 'ntlm' && scheme !== 'negotiate')
      : challenges
  }

  #digest(): DigestState {
    const { role, peer, plan } = this.#party
    return this.#ports.digests.of({ role, peer, user: plan.credentials!.user }, this.#ports.environment)
  }

  #ntlm(holder: AuthHolder): NtlmHandshake {
    const { role } = this.#party
    const known = holder.handshakes[role]
    if (known instanceof NtlmHandshake) return known
    const { hashes, random, clock } = this.#ports.environment
    const made = new NtlmHandshake({
      hashes,
      random,
      clock,
      maxMessageBytes: LIMITS.ntlmMessageBytes,
      maxNameBytes: LIMITS.ntlmNameBytes,
    })
    holder.handshakes[role] = made
    return made
  }

  #negotiate(holder: AuthHolder): NegotiateHandshake {
    const { role, host } = this.#party
    const known = holder.handshakes[role]
    if (known instanceof NegotiateHandshake) return known
    const made = new NegotiateHandshake(role, host)
    holder.handshakes[role] = made
    return made
  }
}
