/**
 * `Authentication`: what one transfer does about the challenges of its origins and proxies: which fields a
 * request carries, and what a 401 or 407 leads to.
 *
 * The rule: what is known of a server is found by role, peer and user together; what is known of a connection
 * stands with the connection. Decisions are those of `auth/select.ts`; here is only what they are made on.
 */
import type { AuthPlan } from '../auth/auth-plan.ts'
import { basicAuthorization } from '../auth/basic.ts'
import { bearerAuthorization } from '../auth/bearer.ts'
import { parseChallenges } from '../auth/challenges.ts'
import type { DigestState } from '../auth/digest.ts'
import type { DigestStates } from '../auth/digest-states.ts'
import { NegotiateHandshake, type NegotiateFunction } from '../auth/negotiate.ts'
import { NtlmHandshake } from '../auth/ntlm.ts'
import {
  afterSending,
  beginAuth,
  decideAuth,
  isConnectionBound,
  withholdsBody,
  type AuthProgress,
  type AuthScheme,
} from '../auth/select.ts'
import { signSigV4 } from '../auth/sigv4.ts'
import type { Connection } from '../connection/connection.ts'
import type { Environment } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'

/** Whom a request is authenticated at. */
export type AuthRole = 'origin' | 'proxy'

/** One of the two parties that may ask who we are. */
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
  /** Path and query; to a forward proxy too, as in curl. */
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
  readonly environment: Environment
  readonly digests: DigestStates
  readonly negotiate: NegotiateFunction | undefined
}

/** What a response leads to. `here`: on the connection it came by. */
export type AuthOutcome = 'deliver' | 'again' | 'again-here'

export class Authentication {
  readonly #ports: AuthPorts
  #rounds: readonly AuthRound[] = []

  constructor(ports: AuthPorts) {
    this.#ports = ports
  }

  /** Another request follows, here or elsewhere: what was settled with a party holds as long as it is the same. */
  begin(parties: readonly AuthParty[]): void {
    const before = this.#rounds
    this.#rounds = parties.map((party) => {
      const round = before.find((one) => one.isOf(party))
      round?.beginAgain()
      return round ?? new AuthRound(party, this.#ports)
    })
  }

  /**
   * Makes what the next request on a connection needs; a promise when that takes time. AUTH_ERROR when the user's
   * function fails.
   */
  prepare(connection: Connection): Promise<void> | undefined {
    const waits = this.#rounds.flatMap((round) => round.prepare(connection) ?? [])
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  /** Whether the body is better not sent yet, because the request will be refused. */
  withholdsBody(connection: Connection): boolean {
    // All are asked: each has to know whether it was for its sake.
    return this.#rounds.filter((round) => round.withholdsBody(connection)).length > 0
  }

  /** The fields for a request that goes out now on a connection. */
  fields(subject: AuthSubject, connection: Connection): (readonly [name: string, value: string])[] {
    return this.#rounds.flatMap((round) => round.fields(subject, connection))
  }

  /** What becomes of a response. `isBodyWithheld`: the request had gone without its body. */
  judge(head: ResponseHead, connection: Connection, isBodyWithheld: boolean): AuthOutcome {
    let outcome: AuthOutcome = 'deliver'
    for (const round of this.#rounds) {
      const one = round.judge(head, connection, isBodyWithheld)
      if (one !== 'deliver') outcome = one
    }
    return outcome
  }
}

/** One party, for as long as the transfer deals with it. */
class AuthRound {
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

  beginAgain(): void {
    this.#isOff = this.#isHolding = false
    this.#progress = { scheme: this.#progress.scheme, hasSent: false, answers: 0 }
  }

  prepare(connection: Connection): Promise<void> | undefined {
    if (this.#scheme !== 'negotiate') return undefined
    return this.#negotiate(connection).prepare(this.#ports.negotiate!)
  }

  withholdsBody(connection: Connection): boolean {
    this.#isHolding = withholdsBody(this.#scheme, this.#isReady(connection))
    return this.#isHolding
  }

  fields(subject: AuthSubject, connection: Connection): readonly (readonly [string, string])[] {
    const scheme = this.#scheme
    if (scheme === undefined) return []
    if (scheme === 'aws-sigv4') {
      this.#progress = afterSending(this.#progress)
      return signSigV4(subject, {
        provider: this.#party.plan.sigV4!,
        credentials: this.#party.plan.credentials!,
        date: this.#ports.environment.clock.date(),
        hashes: this.#ports.environment.hashes,
      })
    }
    const value = this.#authorization(scheme, subject, connection)
    if (value === undefined) return []
    this.#progress = afterSending(this.#progress)
    return [[this.#party.role === 'origin' ? 'Authorization' : 'Proxy-Authorization', value]]
  }

  judge(head: ResponseHead, connection: Connection, isBodyWithheld: boolean): AuthOutcome {
    const { role, plan } = this.#party
    if (this.#isOff) return 'deliver'
    const isAsking = head.status === (role === 'origin' ? 401 : 407)
    // What a proxy refuses has not come to the origin.
    if (!isAsking && head.status !== 407) this.#accept(connection)
    const decision = decideAuth({
      role,
      status: head.status,
      challenges: isAsking ? this.#challenges(head, connection) : [],
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
    if (scheme === 'ntlm' && !this.#ntlm(connection).receive(challenge!)) return 'deliver'
    if (scheme === 'negotiate' && !this.#negotiate(connection).receive(challenge!)) return 'deliver'
    return isConnectionBound(scheme) ? 'again-here' : 'again'
  }

  get #scheme(): AuthScheme | undefined {
    return this.#isOff ? undefined : this.#progress.scheme
  }

  #isReady(connection: Connection): boolean {
    switch (this.#scheme) {
      case 'digest':
      case 'digest-ie':
        return this.#digest().isReady
      case 'ntlm':
        return this.#ntlm(connection).isReady
      case 'negotiate':
        return this.#negotiate(connection).isReady
      default:
        return true
    }
  }

  #authorization(scheme: AuthScheme, subject: AuthSubject, connection: Connection): string | undefined {
    const { credentials, bearer } = this.#party.plan
    switch (scheme) {
      case 'basic':
        return basicAuthorization(credentials!)
      case 'bearer':
        return bearerAuthorization(bearer!)
      case 'digest':
      case 'digest-ie':
        return this.#digest().authorize({ ...subject, isIe: scheme === 'digest-ie' }, credentials!)
      case 'ntlm':
        return this.#ntlm(connection).authorize(credentials!)
      case 'negotiate':
        return this.#negotiate(connection).authorize()
      case 'aws-sigv4':
        return undefined
    }
  }

  /** What authenticates connections has no place where many users' requests share one. */
  #challenges(head: ResponseHead, connection: Connection): ReturnType<typeof parseChallenges> {
    const name = this.#party.role === 'origin' ? 'www-authenticate' : 'proxy-authenticate'
    const challenges = parseChallenges(head.fields.all(name))
    return connection.protocol === 'h2'
      ? challenges.filter(({ scheme }) => scheme !== 'ntlm' && scheme !== 'negotiate')
      : challenges
  }

  #accept(connection: Connection): void {
    const handshake = connection.handshakes[this.#party.role]
    handshake?.accept()
  }

  #digest(): DigestState {
    const { role, peer, plan } = this.#party
    return this.#ports.digests.of({ role, peer, user: plan.credentials!.user })
  }

  #ntlm(connection: Connection): NtlmHandshake {
    const { role } = this.#party
    const known = connection.handshakes[role]
    if (known instanceof NtlmHandshake) return known
    const { hashes, random, clock } = this.#ports.environment
    const made = new NtlmHandshake({ hashes, random, clock, maxMessageBytes: LIMITS.ntlmMessageBytes })
    connection.handshakes[role] = made
    return made
  }

  #negotiate(connection: Connection): NegotiateHandshake {
    const { role, host } = this.#party
    const known = connection.handshakes[role]
    if (known instanceof NegotiateHandshake) return known
    const made = new NegotiateHandshake(role, host)
    connection.handshakes[role] = made
    return made
  }
}
