/**
 * Runs the jobs of a command over one connection cache: one after the other on one easy handle, or, with
 * `-Z`, on as many handles as may run at the same time, all in one multi.
 *
 * The rule: a lane is a handle that takes the next job when its last is done. There are as many as transfers
 * may run at once, so no job is made before it can start and nothing has to be queued.
 */
import { CurlUrl, type EasyOptions, type ResponseHead } from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Command } from './command.ts'
import { failureOf, type Failure, type FailureContext } from './failure.ts'
import type { Messages } from './messages.ts'
import { NODE_FILES } from './node-files.ts'
import { BodyOutput } from './output.ts'
import { planJobs, type Job } from './plan-jobs.ts'
import type { Prepared } from './request-options.ts'
import type { Surroundings } from './surroundings.ts'
import { headText, VerboseLog } from './verbose.ts'
import { withQuery, withUploadName } from './url-query.ts'
import { writeOut } from './write-out.ts'

/** Runs everything; answers the exit code: 0, or that of the last job that failed, in the order of the command line. */
export async function runJobs(
  command: Command,
  prepared: Prepared,
  surroundings: Surroundings,
  messages: Messages,
): Promise<number> {
  const { signal } = surroundings
  const run = new Run(command, prepared, surroundings, messages)
  signal?.addEventListener('abort', run.stop, { once: true })
  try {
    await run.all()
    return run.exitCode
  } finally {
    signal?.removeEventListener('abort', run.stop)
    run.close()
  }
}

class Run {
  readonly #command: Command
  readonly #prepared: Prepared
  readonly #surroundings: Surroundings
  readonly #messages: Messages
  readonly #jobs: Generator<Job, void>
  readonly #environment: NonNullable<Surroundings['environment']>
  readonly #multi: Multi<Easy> | undefined
  readonly #handles: Easy[] = []
  #log: VerboseLog | undefined
  #last: { readonly index: number; readonly exitCode: number } = { index: -1, exitCode: 0 }
  #isStdoutGone = false
  #isStopped = false

  constructor(command: Command, prepared: Prepared, surroundings: Surroundings, messages: Messages) {
    this.#command = command
    this.#prepared = prepared
    this.#surroundings = surroundings
    this.#messages = messages
    this.#jobs = planJobs(command)
    this.#environment = surroundings.environment ?? nodeEnvironment()
    this.#multi = command.isParallel
      ? new Multi<Easy>({ environment: this.#environment, explainReuse: command.isVerbose })
      : undefined
  }

  get exitCode(): number {
    return this.#last.exitCode
  }

  /** Resolves when no job is left. */
  async all(): Promise<void> {
    const lanes = this.#multi === undefined ? 1 : this.#command.parallelMax
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()))
  }

  /** Ends what runs and begins nothing more. */
  readonly stop = (): void => {
    this.#isStopped = true
    for (const easy of this.#handles) easy.abort('the command was interrupted')
  }

  /** Closes what is idle. Not waited for: everything has been received, and connections end by themselves. */
  close(): void {
    this.#log?.stop()
    void (this.#multi ?? this.#handles[0])?.close()
  }

  async #lane(): Promise<void> {
    let easy: Easy | undefined
    for (let next = this.#jobs.next(); next.done !== true && !this.#isStopped; next = this.#jobs.next()) {
      easy ??= this.#newHandle()
      await this.#run(next.value, easy)
    }
  }

  #newHandle(): Easy {
    const easy = new Easy({ ...this.#prepared.options, environment: this.#environment })
    this.#handles.push(easy)
    if (this.#command.isVerbose && this.#log === undefined) {
      // The plan of the transfer, not of the handle: a form's head is known when its files have been looked at.
      const heads = (xferId: number) => {
        const handle = this.#handles.find((one) => one.info?.xferId === xferId)?.handle
        return (handle?.transfer?.plan ?? handle?.plan())?.request
      }
      this.#log = new VerboseLog((this.#multi ?? easy).events, heads, (line) => this.#messages.line(line))
      this.#log.start()
    }
    return easy
  }

  // ---- One job -------------------------------------------------------------------------------------

  async #run(job: Job, easy: Easy): Promise<void> {
    if (job.warning !== undefined) this.#messages.warning(job.warning)
    if (job.path === undefined && this.#isStdoutGone) {
      this.#failed(job, { ...OUTPUT_LOST, isQuiet: true })
      return
    }
    const { info: earlier } = easy
    const output = this.#outputOf(job, easy)
    let head: ResponseHead | undefined
    let etag: string | undefined
    let problem: { readonly error: unknown } | undefined
    try {
      easy.set({
        url: this.#urlOf(job),
        ...this.#bodyOf(job),
        ...(await this.#resumeOf(job)),
        headerFunction: (received) => {
          head = received
          etag = received.fields.first('etag') || etag
          this.#log?.received(received)
          if (this.#command.showsHead || this.#command.headOnly)
            output.write(Buffer.from(headText(received), 'latin1'))
        },
        writeFunction: this.#command.headOnly ? ignore : (bytes) => output.write(bytes),
      })
      await (this.#multi === undefined ? easy.perform() : this.#multi.add(easy))
    } catch (error) {
      problem = { error }
    }
    await output.finish(problem === undefined)
    if (this.#isStopped) return
    if (head !== undefined) await this.#saveEtag(etag)
    const info = easy.info === earlier ? undefined : easy.info
    const failure =
      output.failure !== undefined
        ? this.#outputFailure(job, output.failure)
        : problem === undefined
          ? undefined
          : failureOf(problem.error, contextOf(info))
    if (failure !== undefined) this.#failed(job, failure)
    const { writeOut: format } = this.#prepared
    if (format === undefined) return
    const { url, urlIndex, path } = job
    for (const { to, text } of writeOut(format, { info, head, failure, url, urlIndex, path }))
      this.#surroundings[to].write(text)
  }

  #outputOf({ path, upload }: Job, easy: Easy): BodyOutput {
    const { stdout, files = NODE_FILES } = this.#surroundings
    const control = {
      resume: () => easy.resume(),
      failed: () => easy.abort('the output cannot be written'),
    }
    if (path === undefined) return BodyOutput.to(stdout, control)
    const goesOn = this.#command.resume !== undefined && upload === undefined
    return BodyOutput.ownedBy(() => (goesOn ? files.append(path) : files.create(path)), control)
  }

  #urlOf({ url, upload }: Job): string {
    const { query } = this.#prepared
    const target = upload === undefined ? url : withUploadName(url, upload)
    return query === undefined ? target : withQuery(target, query)
  }

  /** What `-T` sends; nothing of it is left for the next URL. */
  #bodyOf({ upload }: Job): EasyOptions {
    if (!this.#command.targets.some((target) => target.upload !== undefined)) return {}
    if (upload === undefined) return { upload: false, body: undefined }
    const isInput = upload === '-' || upload === '.'
    return { upload: true, body: isInput ? this.#surroundings.stdin : { file: upload } }
  }

  /** Where `-C -` goes on: at the end of the file that is there. */
  async #resumeOf({ path, upload }: Job): Promise<EasyOptions> {
    if (this.#command.resume !== '-') return {}
    // How much the server has, nobody knows: all of it is sent, as curl does.
    if (upload !== undefined) return { resumeFrom: -1 }
    const { files = NODE_FILES } = this.#surroundings
    const resumeFrom = path === undefined ? 0 : await files.size(path).catch(() => 0)
    return { resumeFrom }
  }

  /** The ETag alone on its line, as it came; without one what is in the file stays, and there is a file at least. */
  async #saveEtag(etag: string | undefined): Promise<void> {
    const { etagSave } = this.#command
    if (etagSave === undefined) return
    const text = etag === undefined ? '' : `${etag}\n`
    const { stdout, files = NODE_FILES } = this.#surroundings
    if (etagSave === '-') {
      stdout.write(text, 'latin1')
      return
    }
    await new Promise<void>((resolve) => {
      const file = etag === undefined ? files.append(etagSave) : files.create(etagSave)
      file.once('error', (error) => {
        this.#messages.warning(`Failed creating file for saving etags: "${etagSave}": ${error.message}`)
        resolve()
      })
      file.once('close', resolve)
      file.end(text, 'latin1')
    })
  }

  #outputFailure({ path }: Job, error: NodeJS.ErrnoException): Failure {
    if (path === undefined) {
      this.#isStdoutGone = true
      return { ...OUTPUT_LOST, isQuiet: error.code === 'EPIPE' }
    }
    const reason = error.message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/s, '')
    if (error.syscall === 'open') this.#messages.warning(`Failed to open the file ${path}: ${reason}`)
    return { ...OUTPUT_LOST, message: `${OUTPUT_LOST.message}: ${reason}` }
  }

  #failed({ index }: Job, { exitCode, message, isQuiet }: Failure): void {
    if (isQuiet !== true) this.#messages.error(exitCode, message)
    if (index > this.#last.index) this.#last = { index, exitCode }
  }
}

/** curl's sentence for CURLE_WRITE_ERROR. */
const OUTPUT_LOST: Failure = { exitCode: 23, message: 'Failure writing output to destination' }

function contextOf(info: Easy['info']): FailureContext {
  if (info === undefined) return { host: '', port: 0, totalMs: 0 }
  const url = new CurlUrl(info.effectiveUrl)
  return {
    host: url.get('host')!,
    port: Number(url.get('port', { defaultPort: true })),
    totalMs: Math.round(info.totalTimeUs / 1_000),
  }
}

function ignore(): void {}
