/**
 * Runs the jobs of a command over one connection cache: one after the other, or, with `-Z`, as many at the same time
 * as may be.
 *
 * The rule: a lane takes the next job when its last is done. There are as many as transfers may run at once, so no
 * job is made before it can start and nothing has to be queued. All lanes share connections, names, TLS sessions and
 * what is remembered.
 */
import type { Clock, EasyOptions, Milliseconds, TransferResult } from '@trunkline/core'
import { isTransferError } from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Command } from '../command.ts'
import { EngineWatch } from './engine-watch.ts'
import type { JobWorld } from './job-world.ts'
import type { Messages } from '../trace/messages.ts'
import { exitCodeOf } from '../failure.ts'
import { NODE_FILES } from '../node-files.ts'
import { PlanError, planJobs, type Job } from '../line/plan-jobs.ts'
import { Printer } from '../output/printer.ts'
import { MultiMeter } from '../progress/multi-meter.ts'
import { ProgressMeter, type Meter } from '../progress/progress-meter.ts'
import type { Prepared } from '../line/request-options.ts'
import { JobRun, type JobEnd, type JobTerms } from './run-job.ts'
import { explanation, jsonLine, Summary, type Reported } from '../progress/report-text.ts'
import { SessionFile } from './session-file.ts'
import { RunMemory, type Remembered } from './run-memory.ts'
import type { Surroundings } from '../surroundings.ts'
import type { LiveBlock } from '../output/live-block.ts'
import { terminalColumns } from '../output/terminal.ts'
import { openTrace } from '../trace/open-trace.ts'
import type { TraceLog } from '../trace/trace-log.ts'

/**
 * Runs everything; answers the exit code: that of the last job, or, with `-Z`, 0 or that of the last job that failed,
 * in the order of the command line.
 */
export async function runJobs(
  command: Command,
  operations: readonly Prepared[],
  surroundings: RunSurroundings,
  messages: Messages,
): Promise<number> {
  const { signal } = surroundings
  const run = new Run(command, operations, surroundings, messages)
  signal?.addEventListener('abort', run.stop, { once: true })
  try {
    await run.begin()
    await run.all()
    return run.exitCode
  } finally {
    signal?.removeEventListener('abort', run.stop)
    await run.close()
  }
}

/** Where a run takes place. */
export interface RunSurroundings extends Surroundings {
  /** Where a meter is drawn in place; undefined: nowhere. */
  readonly screen?: LiveBlock | undefined
}

/** An operation that jobs are run of. */
interface Part {
  readonly terms: JobTerms
  readonly remembered: Remembered
}

class Run implements JobWorld {
  readonly clock: Clock
  readonly files
  readonly stdout
  readonly stderr
  readonly stdoutIsTerminal: boolean
  readonly isStyled: boolean
  readonly messages: Messages
  readonly printer: Printer
  trace: TraceLog | undefined
  watch: EngineWatch | undefined
  readonly #command: Command
  readonly #surroundings: Surroundings
  readonly #environment: NonNullable<Surroundings['environment']>
  readonly #multi: Multi<Easy>
  #sessions: SessionFile | undefined
  readonly #memory: RunMemory
  readonly #meter: Meter | undefined
  readonly #summary: Summary | undefined
  readonly #begunAt: Milliseconds
  readonly #jobs: Generator<Job, void>
  readonly #running = new Set<Easy>()
  readonly #wakers = new Set<() => void>()
  #closeTrace: (() => Promise<void>) | undefined
  #part: { readonly of: Prepared; readonly part: Promise<Part | undefined> } | undefined
  readonly #parts: Promise<Part | undefined>[] = []
  #last: { readonly index: number; readonly exitCode: number } = { index: -1, exitCode: 0 }
  #isStdoutGone = false
  #isStopped = false

  constructor(
    command: Command,
    operations: readonly Prepared[],
    surroundings: RunSurroundings,
    messages: Messages,
  ) {
    const { stdout, stderr, files = NODE_FILES, environment = nodeEnvironment() } = surroundings
    this.#command = command
    this.#surroundings = surroundings
    this.#environment = environment
    this.clock = environment.clock
    this.files = files
    this.stdout = stdout
    this.stderr = stderr
    this.stdoutIsTerminal = isTerminal(stdout)
    this.isStyled = command.isStyled
    this.messages = messages
    this.printer = new Printer({ stdout, stderr }, files)
    this.#jobs = planJobs(operations)
    this.#memory = new RunMemory(environment, surroundings)
    const { isParallel, parallelMaxHost, isVerbose, trace, explains, summarizes, printsJsonLines } = command
    this.#multi = new Multi<Easy>({
      environment,
      explainReuse: isVerbose || trace !== undefined || explains || summarizes || printsJsonLines,
      ...(isParallel && parallelMaxHost > 0 ? { maxHostConnections: parallelMaxHost } : {}),
    })
    this.#meter = this.#makeMeter(surroundings)
    const summary = command.summarizes ? new Summary() : undefined
    this.#summary = summary
    if (summary !== undefined)
      this.#multi.events.on('connection-opened', (connection) => summary.opened(connection))
    this.#begunAt = this.clock.now()
  }

  /** Opened when it is asked for. */
  get stdin(): Surroundings['stdin'] {
    return this.#surroundings.stdin
  }

  get exitCode(): number {
    return this.#last.exitCode
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Opens what all jobs share. */
  async begin(): Promise<void> {
    const { sslSessions } = this.#command.settings
    if (sslSessions !== undefined) {
      this.#sessions = new SessionFile(sslSessions, this.#multi.tlsSessions, this.#environment)
      this.#warn(await this.#sessions.load())
    }
    const opened = await openTrace(this.#command, this)
    if (opened === undefined) return
    this.trace = opened.log
    this.#closeTrace = opened.close
    // What is sent, not what was planned: logins and cookies are added on the way.
    const heads = (xferId: number) => {
      const handle = [...this.#running].find((easy) => easy.info?.xferId === xferId)?.handle
      return handle?.transfer?.request ?? handle?.plan().request
    }
    this.watch = new EngineWatch(this.#multi.events, heads, opened.log)
    this.watch.start()
  }

  /** Resolves when no job is left. */
  async all(): Promise<void> {
    const { isParallel, parallelMax } = this.#command
    await Promise.all(Array.from({ length: isParallel ? parallelMax : 1 }, () => this.#lane()))
  }

  /** Ends what runs and begins nothing more. */
  readonly stop = (): void => {
    this.#isStopped = true
    for (const easy of this.#running) easy.abort('the command was interrupted')
    for (const wake of this.#wakers) wake()
  }

  /** Writes what is to be kept. Connections are not waited for: everything has been received, and they end by themselves. */
  async close(): Promise<void> {
    this.#meter?.stop()
    await this.#endPart()
    this.#warn(await this.#sessions?.save())
    if (this.#summary !== undefined) this.stderr.write(this.#summary.text(this.clock.now() - this.#begunAt))
    this.watch?.stop()
    await this.#closeTrace?.()
    void this.#multi.close()
  }

  // ---- For jobs (JobWorld) -------------------------------------------------------------------------

  async perform(easy: Easy): Promise<TransferResult> {
    this.#running.add(easy)
    try {
      return await this.#multi.add(easy)
    } finally {
      this.#running.delete(easy)
    }
  }

  async wait(ms: Milliseconds): Promise<void> {
    if (ms <= 0 || this.#isStopped) return
    // The clock's timers do not keep the process alive.
    const keep = setInterval(() => undefined, 2 ** 30)
    await new Promise<void>((resolve) => {
      const timer = this.clock.at(this.clock.now() + ms, () => wake())
      const wake = (): void => {
        timer.cancel()
        this.#wakers.delete(wake)
        resolve()
      }
      this.#wakers.add(wake)
    })
    clearInterval(keep)
  }

  lostStdout(): void {
    this.#isStdoutGone = true
  }

  sentField(easy: Easy, name: string): string | undefined {
    return easy.handle.transfer?.request.head.fields.first(name)
  }

  // ---- Lanes ---------------------------------------------------------------------------------------

  async #lane(): Promise<void> {
    let waitMs = 0
    for (let job = this.#next(); job !== undefined && !this.#isStopped; job = this.#next()) {
      // Only when there is one more: the last transfer is not waited behind.
      if (!this.#command.isParallel && this.#command.msPerTransfer > 0) await this.wait(waitMs)
      const begun = this.clock.now()
      const part = await this.#partOf(job)
      if (part === undefined) continue
      const end = await this.#run(job, part.terms, this.#newHandle(part))
      if (end === undefined) return
      this.#note(job, end)
      waitMs = this.#command.msPerTransfer - (this.clock.now() - begun)
    }
  }

  /** Undefined: there are no more. */
  #next(): Job | undefined {
    try {
      const next = this.#jobs.next()
      return next.done === true ? undefined : next.value
    } catch (error) {
      if (!(error instanceof PlanError)) throw error
      if (error.exitCode === NO_GATEWAY) this.messages.useless(error.message)
      else this.messages.error(error.exitCode, error.message)
      this.#last = { index: Infinity, exitCode: error.exitCode }
      return undefined
    }
  }

  async #run(job: Job, terms: JobTerms, easy: Easy): Promise<JobEnd | undefined> {
    const goesToStdout = job.output.is === 'stdout'
    if (goesToStdout && this.#isStdoutGone)
      return { failure: { exitCode: 23, message: '' }, info: undefined, path: undefined, retries: 0 }
    const { info: earlier } = easy
    const watched = { url: job.url, info: () => (easy.info === earlier ? undefined : easy.info) }
    const isShown = !goesToStdout || !this.stdoutIsTerminal
    if (this.trace !== undefined) this.trace.hidesData = !isShown
    if (isShown) this.#meter?.begin(watched)
    try {
      const ended = (isFailed: boolean): void => this.#meter?.ended(watched, isFailed)
      return await new JobRun(job, terms, easy, this, ended).run()
    } finally {
      this.#meter?.ended(watched, true)
    }
  }

  #note({ index, url }: Job, end: JobEnd): void {
    const { failure } = end
    this.#report({ url, ...end })
    const exitCode = failure?.exitCode ?? 0
    if (this.#command.isParallel ? exitCode !== 0 && index > this.#last.index : true)
      this.#last = { index, exitCode }
    if (exitCode === 0) return
    // Nothing that comes could go better.
    if (this.#command.failsEarly || FATAL.has(exitCode)) this.stop()
  }

  /** What curl does not show. */
  #report(reported: Reported): void {
    const { explains, printsJsonLines } = this.#command
    if (explains) this.stderr.write(explanation(reported))
    if (printsJsonLines) this.stderr.write(jsonLine(reported))
    this.#summary?.add(reported)
  }

  /** One for each job, as in curl: what servers have said to log in with is of one transfer. */
  #newHandle({ remembered: { options, share } }: Part): Easy {
    const { isParallel, opensAtOnce } = this.#command
    const waits = isParallel && opensAtOnce ? { pipeWait: false } : {}
    return new Easy({ ...options, ...waits, environment: this.#environment, share })
  }

  // ---- Operations ----------------------------------------------------------------------------------

  /** The operation of a job. Undefined: what it needs cannot be read, which is told once. */
  #partOf({ prepared: of }: Job): Promise<Part | undefined> {
    if (this.#part?.of !== of) {
      const before = this.#command.isParallel ? Promise.resolve() : this.#endPart()
      this.#part = { of, part: before.then(() => this.#beginPart(of)) }
      this.#parts.push(this.#part.part)
    }
    return this.#part.part
  }

  async #beginPart({ operation, options, query, writeOut }: Prepared): Promise<Part | undefined> {
    const { retry, retryDelayMs, retryMaxTimeMs, retryAllErrors, ...rest } = options
    let areHeadsBegun = false
    const terms: JobTerms = {
      operation,
      query,
      writeOut,
      retry: {
        retries: retry ?? 0,
        delayMs: retryDelayMs ?? 0,
        maxTimeMs: retryMaxTimeMs ?? 0,
        isForRefused: operation.retriesRefused,
        isForAll: retryAllErrors ?? false,
      },
      beginsHeads() {
        const isFirst = !areHeadsBegun
        areHeadsBegun = true
        return isFirst
      },
    }
    try {
      return { terms, remembered: await this.#memory.begin(rest as EasyOptions) }
    } catch (error) {
      if (!isTransferError(error)) throw error
      const exitCode = exitCodeOf(error)
      this.messages.error(exitCode, error.message)
      this.#last = { index: this.#last.index, exitCode }
      return undefined
    }
  }

  /** Writes what the operations so far want kept. */
  async #endPart(): Promise<void> {
    for (const part of this.#parts.splice(0)) {
      this.#warn(await (await part)?.remembered.save())
    }
  }

  #warn(problem: string | undefined): void {
    if (problem !== undefined) this.messages.warning(problem)
  }

  #makeMeter({ stderr, env, screen }: RunSurroundings): Meter | undefined {
    const { isSilent, showsProgress, isParallel, hasProgressBar, hasMultiProgress } = this.#command
    if (isSilent || !showsProgress) return undefined
    if (hasMultiProgress) {
      const connections = () => this.#multi.connections()
      return new MultiMeter({
        clock: this.clock,
        connections,
        screen,
        write: (text) => void stderr.write(text),
      })
    }
    const kind = isParallel ? 'parallel' : hasProgressBar ? 'bar' : 'table'
    const columns = terminalColumns(env['COLUMNS'], (stderr as { columns?: number }).columns)
    return new ProgressMeter(kind, this.clock, columns, (text) => void stderr.write(text))
  }
}

/** Out of memory, no way to begin, wrong use of the library: curl ends all at these. */
const FATAL: ReadonlySet<number> = new Set([2, 27, 43, 48])

/** curl's number for IPFS without a gateway. */
const NO_GATEWAY = 37

function isTerminal(stream: unknown): boolean {
  return (stream as { isTTY?: boolean }).isTTY === true
}
