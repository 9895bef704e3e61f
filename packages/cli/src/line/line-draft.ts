/** `LineDraft`: a command line as far as it has been read. */
import type { Command, TraceChoice } from '../command.ts'
import type { FlagRow, GlobalSetting, GlobalSwitch } from './flag-row.ts'
import { OperationDraft } from './operation-draft.ts'
import { Refusal } from './refusal.ts'
import { configureTrace, type TraceComponent } from '../trace/trace-config.ts'
import { Variables } from './variables.ts'

/** curl's numbers: 50 unless told otherwise, and no more than there are ports. */
export const PARALLEL = { usual: 50, most: 65_535 }

/** A command line on its way. */
export class LineDraft {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly operations: [OperationDraft, ...OperationDraft[]] = [new OperationDraft()]
  readonly switches = new Map<GlobalSwitch, boolean>()
  readonly settings: Partial<Record<GlobalSetting, string>> = {}
  readonly variables = new Variables()
  /** Not told as yet: see `settle`. */
  readonly warnings: string[] = []
  readonly #told: string[] = []
  readonly notes: string[] = []
  /** What was wrong in a config file that nobody named. */
  readonly complaints: string[] = []
  /** The argument that is read. */
  shown = ''
  /** `plain` is what `-v` shows. */
  trace: TraceChoice | { readonly is: 'plain' } | undefined
  verbosity = 0
  readonly traceComponents = new Set<TraceComponent>()
  msPerTransfer = 0
  parallelMax = PARALLEL.usual
  parallelMaxHost = 0

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.env = env
  }

  /** The operation that flags are for. */
  get operation(): OperationDraft {
    return this.operations.at(-1)!
  }

  /** The warnings so far that are to be told: those that came while `-s` did not hold, as with curl. */
  settle(): readonly string[] {
    const fresh = this.warnings.splice(0)
    if (this.switches.get('isSilent') !== true) this.#told.push(...fresh)
    return this.#told
  }

  /** `--trace-config`. */
  configureTrace(list: string): void {
    configureTrace(list, {
      components: this.traceComponents,
      turn: (what, isOn) => void this.switches.set(what === 'ids' ? 'tracesIds' : 'tracesTime', isOn),
    })
  }

  /** `--next`. Throws Refusal when there is nothing before it; a config file may begin with it. */
  next(isConfig: boolean): void {
    if (this.operation.urlCount === 0 && isConfig) return
    if (this.operation.urlCount === 0)
      throw Refusal.ofArgument('is badly used here', { error: 'missing URL before --next' })
    this.operations.push(new OperationDraft())
  }

  /** Throws Refusal. */
  finish(): Command {
    const { trace } = this
    // What stands behind the last --next is missed when its turn comes.
    const lacksUrl = this.operations.length > 1 && this.operation.urlCount === 0
    const asked = lacksUrl ? this.operations.slice(0, -1) : this.operations
    const operations = asked.map((operation) => operation.finish(this.warnings, this.notes))
    return {
      ...switchesOf(this.switches),
      operations,
      lacksUrl,
      isVerbose: trace?.is === 'plain',
      verbosity: this.verbosity,
      trace: trace === undefined || trace.is === 'plain' ? undefined : trace,
      traceComponents: this.traceComponents,
      settings: this.settings,
      msPerTransfer: this.msPerTransfer,
      parallelMax: this.parallelMax,
      parallelMaxHost: this.parallelMaxHost,
      warnings: this.settle(),
      notes: this.notes,
      complaints: this.complaints,
    }
  }
}

/** A flag with its value, and where it stands. */
export interface Given {
  readonly line: LineDraft
  readonly operation: OperationDraft
  readonly flag: FlagRow
  /** '' for a flag without one. */
  readonly value: string
  /** False for `--no-`. */
  readonly isOn: boolean
  /** How many flags stand before it in its argument, as in `-vvv`. */
  readonly place: number
  /** It stands in a config file. */
  readonly isConfig: boolean
}

/** What a flag wants to know before it can be done. */
export interface Ask {
  /** "-" is standard input, where its content is asked for. */
  readonly path: string
  readonly wants: 'content' | 'time'
}

/** What was found: nothing where there is no such file. */
export interface Answer {
  readonly content?: Uint8Array
  /** When it was changed, milliseconds since 1970. */
  readonly timeMs?: number
}

const USUALLY: Readonly<Record<GlobalSwitch, boolean>> = {
  explains: false,
  printsJsonLines: false,
  summarizes: false,
  failsEarly: false,
  hasMultiProgress: false,
  hasProgressBar: false,
  isParallel: false,
  isSilent: false,
  isStyled: true,
  opensAtOnce: false,
  showsErrors: false,
  showsProgress: true,
  tracesIds: false,
  tracesTime: false,
}

function switchesOf(told: ReadonlyMap<GlobalSwitch, boolean>): Record<GlobalSwitch, boolean> {
  return { ...USUALLY, ...(Object.fromEntries(told) as Partial<Record<GlobalSwitch, boolean>>) }
}
