/**
 * What a case is: who does what how often, and what must come of it. Cases are data; whoever adds one writes a table and
 * perhaps a client in peers/, and nothing else.
 */
import type { FigureName } from '../report/figures.ts'
import type { Terms } from '../rounds/measure.ts'
import type { Body } from '../servers/bodies.ts'
import type { OriginName } from '../servers/server.ts'

/** What the clients of a case are told; each of them may be told otherwise. */
export interface CaseTerms extends Partial<
  Pick<Terms, 'http' | 'connections' | 'streams' | 'size' | 'options'>
> {
  readonly over: OriginName
  readonly body: Body
  readonly exchanges: number
  readonly warmUp: number
}

/** How a client is run. */
export type ClientKind =
  /** A file in peers/, in a process of Node. */
  | { readonly is: 'node'; readonly module: string }
  /** The program of libcurl's multi interface. */
  | { readonly is: 'libcurl'; readonly argv: (terms: Terms) => readonly string[] }
  /** A command, measured from outside from its start to its end; repeated: anew for every exchange. */
  | {
      readonly is: 'command'
      readonly argv: (terms: Terms) => readonly string[]
      readonly isRepeated?: boolean
    }

/** One who takes part. */
export interface Entrant {
  /** In tables, targets and the budget; one of its own within the case. */
  readonly name: string
  readonly client: ClientKind
  readonly terms?: Partial<CaseTerms>
  /** How many files its process must be able to have open. */
  readonly files?: number
  /** Where it stands in the plot of its case. */
  readonly point?: { readonly series: string; readonly x: number }
}

/**
 * What must come of it: a figure of the entrant `of`, or its ratio to the same figure `against` another, pair by pair;
 * judged by the median, or in every round.
 */
export interface Target {
  readonly figure: FigureName
  readonly of: string
  readonly against?: string
  readonly atMost?: number
  readonly atLeast?: number
  readonly inEveryRound?: boolean
}

export interface Case {
  readonly name: string
  readonly title: string
  readonly terms: CaseTerms
  /** How much shorter the measured part of `--quick` is; default 3. */
  readonly quickBy?: number
  /** The one whose figures are divided by each of the others' is the first. */
  readonly entrants: readonly Entrant[]
  readonly targets: readonly Target[]
  /** The figures to print. */
  readonly columns: readonly FigureName[]
  /** Print how much more processor time each takes than this one. */
  readonly baseline?: string
  /** Entrants do different things: the budget holds only what targets compare. */
  readonly isMixed?: boolean
  readonly plot?: Plot
}

/** A picture of how a figure grows. */
export interface Plot {
  /** In docs/. */
  readonly file: string
  readonly x: string
  readonly figure: FigureName
}

export function node(name: string, module: string, rest: Omit<Entrant, 'name' | 'client'> = {}): Entrant {
  return { name, client: { is: 'node', module }, ...rest }
}

export function libcurl(argv: (terms: Terms) => readonly string[]): Entrant {
  return { name: 'libcurl multi in C', client: { is: 'libcurl', argv } }
}

export function command(
  name: string,
  argv: (terms: Terms) => readonly string[],
  isRepeated = false,
): Entrant {
  return { name, client: { is: 'command', argv, isRepeated } }
}
