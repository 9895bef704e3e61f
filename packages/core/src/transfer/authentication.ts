/**
 * `Authentication`: what one transfer does about the challenges of its origins and proxies: which fields a
 * request carries, and what a 401 or 407 leads to.
 *
 * The rule: each party is dealt with by itself (`auth/auth-round.ts`), and what was settled with it holds for as long
 * as requests go to it.
 */
import {
  AuthRound,
  type AuthHolder,
  type AuthOutcome,
  type AuthParty,
  type AuthPorts,
  type AuthSubject,
} from '../auth/auth-round.ts'
import type { ResponseHead } from '../http/message.ts'

export type { AuthOutcome, AuthParty } from '../auth/auth-round.ts'

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
  prepare(connection: AuthHolder): Promise<void> | undefined {
    const waits = this.#rounds.flatMap((round) => round.prepare(connection) ?? [])
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }

  /** Whether the body is better not sent yet, because the request will be refused. */
  withholdsBody(connection: AuthHolder): boolean {
    // All are asked: each has to know whether it was for its sake.
    return this.#rounds.filter((round) => round.withholdsBody(connection)).length > 0
  }

  /** The fields for a request that goes out now on a connection. */
  fields(subject: AuthSubject, connection: AuthHolder): (readonly [name: string, value: string])[] {
    return this.#rounds.flatMap((round) => round.fields(subject, connection))
  }

  /** What becomes of a response. `isBodyWithheld`: the request had gone without its body. */
  judge(head: ResponseHead, connection: AuthHolder, isBodyWithheld: boolean): AuthOutcome {
    let outcome: AuthOutcome = 'deliver'
    for (const round of this.#rounds) {
      const one = round.judge(head, connection, isBodyWithheld)
      if (one !== 'deliver') outcome = one
    }
    return outcome
  }
}
