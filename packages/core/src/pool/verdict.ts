/**
 * `ReuseVerdict`: why a transfer got the connection it got, and why each other connection to the host was
 * not taken.
 *
 * The rule: taking notes is cheap (references and a state per candidate), reasons are worked out when
 * somebody asks. Identities never change, so that a late answer is the same as an early one.
 */
import { duration } from '../base/duration.ts'
import type { Milliseconds } from '../env/environment.ts'
import { compareIdentities, type Identity } from '../route/identity.ts'
import { CLOSE_REASONS, type CloseReason } from '../tables/close-reasons.ts'
import { REUSE_REASONS, type ReuseReason } from '../tables/reuse-reasons.ts'

/** One reason, with the two values that differ where there are two and they are no secret. */
export interface CandidateReason {
  readonly code: ReuseReason
  /** The option or part that differs, or the reason a closed connection was closed for. */
  readonly field?: string
  readonly have?: string
  readonly want?: string
  /** The reason in words. */
  readonly text: string
}

/** One connection to the host, and every reason why it was not taken. */
export interface Candidate {
  readonly connection: number
  readonly state: 'idle' | 'busy' | 'connecting' | 'closed'
  readonly reasons: readonly CandidateReason[]
}

/** A reason as noted at the time of the search: the code, and what it is about where it is about something. */
export interface NotedReason {
  readonly code: ReuseReason
  /** Of a closed connection: why it was closed. */
  readonly field?: CloseReason
  /** Of an age: how old, and how old it may be. */
  readonly haveMs?: Milliseconds
  readonly wantMs?: Milliseconds
  /** Of streams: how many there are, and how many there may be. */
  readonly have?: number
  readonly want?: number
}

/** A candidate as noted at the time of the search. */
export interface CandidateNote {
  readonly id: number
  readonly identity: Identity
  readonly state: Candidate['state']
  /** Every reason beside a different identity. */
  readonly reasons: readonly NotedReason[]
}

/** One wait at a limit or for an opening. */
export interface Wait {
  readonly reason: 'connecting' | 'shared-opening' | 'stream-limit' | 'host-limit' | 'total-limit'
  readonly ms: Milliseconds
}

/** How a search ended: a connection was reused, opened, is waited for, or could not be had. */
export type Outcome = 'reused' | 'opened' | 'waiting' | 'failed'

/** Why a transfer got its connection, and why each other connection to the host was not taken. */
export class ReuseVerdict {
  /** `waiting` until the search has come to an end; `failed` when no connection could be had. */
  outcome: Outcome = 'waiting'
  /** The connection taken or opened. */
  connection: number | undefined = undefined
  /** Which request on that connection this is, from 1. */
  request = 0
  /** How long a reused connection had been idle. */
  idleMs: Milliseconds | undefined = undefined
  /** The name that the connection was opened for, when it is another (`coalesce`). */
  coalescedWith: string | undefined = undefined
  /** What was waited for. */
  readonly waits: Wait[] = []
  /** Connections to the host beyond those noted. */
  omitted = 0
  readonly #want: Identity
  #notes: CandidateNote[] | undefined

  constructor(want: Identity) {
    this.#want = want
  }

  /** @internal */
  note(notes: CandidateNote[], omitted: number): void {
    this.#notes = notes
    this.omitted = omitted
  }

  /** @internal Whether candidates were noted. */
  get hasNotes(): boolean {
    return this.#notes !== undefined
  }

  /** Every other connection to the host at the time of the search. Worked out when read. */
  get candidates(): readonly Candidate[] {
    return (this.#notes ?? [])
      .filter((note) => note.id !== this.connection)
      .map((note) => ({ connection: note.id, state: note.state, reasons: this.#reasons(note) }))
  }

  /** The verdict in one line. */
  get text(): string {
    return [this.#outcomeText(), ...this.waits.map(waitText), ...this.candidates.map(candidateText)].join(
      '; ',
    )
  }

  /** The same as `text`. */
  toString(): string {
    return this.text
  }

  /** Everything, with the candidates and their reasons worked out. */
  toJSON(): object {
    const { outcome, connection, request, idleMs, coalescedWith, waits, candidates, omitted, text } = this
    return { outcome, connection, request, idleMs, coalescedWith, waits, candidates, omitted, text }
  }

  #outcomeText(): string {
    switch (this.outcome) {
      case 'reused':
        return `reused #${this.connection} (${this.#reuseText()})`
      case 'opened':
        return `opened #${this.connection}${this.hasNotes && this.candidates.length === 0 ? ': no connection to the host' : ''}`
      case 'waiting':
        return 'waiting'
      case 'failed':
        return 'no connection'
    }
  }

  #reuseText(): string {
    const parts = [`request ${this.request} on it`]
    if (this.idleMs !== undefined) parts.push(`idle ${duration(this.idleMs)}`)
    if (this.coalescedWith !== undefined) parts.push(`opened for ${this.coalescedWith}`)
    return parts.join(', ')
  }

  #reasons(note: CandidateNote): CandidateReason[] {
    const reasons: CandidateReason[] = compareIdentities(note.identity, this.#want).map((mismatch) => ({
      code: mismatch.reason,
      field: mismatch.field,
      ...(mismatch.have === undefined ? {} : { have: mismatch.have }),
      ...(mismatch.want === undefined ? {} : { want: mismatch.want }),
      text: `${mismatch.field} differs${mismatch.have === undefined ? '' : ` (has ${mismatch.have}, wanted ${mismatch.want})`}`,
    }))
    reasons.push(...note.reasons.map(stateReason))
    if (reasons.length === 0)
      reasons.push({ code: 'another-was-picked', text: REUSE_REASONS['another-was-picked'].summary })
    return reasons
  }
}

function waitText(wait: Wait): string {
  const what = {
    connecting: 'for an opening',
    'shared-opening': 'for the opening of another, to share it',
    'stream-limit': 'for room on a connection, where no further one could be opened',
    'host-limit': 'at the limit per host',
    'total-limit': 'at the total limit',
  }
  return `waited ${duration(wait.ms)} ${what[wait.reason]}`
}

function candidateText(candidate: Candidate): string {
  return `#${candidate.connection} ${candidate.state}: ${candidate.reasons.map((reason) => reason.text).join(', ')}`
}

function stateReason({
  code,
  field,
  haveMs,
  wantMs,
  have: count,
  want: limit,
}: NotedReason): CandidateReason {
  const text = REUSE_REASONS[code].summary
  if (field !== undefined) {
    const why = CLOSE_REASONS[field].summary
    return { code, field, text: code === 'closed' ? why : `${text}: ${why}` }
  }
  if (count !== undefined && limit !== undefined)
    return { code, have: String(count), want: String(limit), text: `${text} (${count}, at most ${limit})` }
  if (haveMs === undefined || wantMs === undefined) return { code, text }
  const [have, want] = [duration(haveMs), duration(wantMs)]
  return { code, have, want, text: `${text} (${have}, at most ${want})` }
}
