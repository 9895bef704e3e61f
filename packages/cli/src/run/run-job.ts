/**
 * `JobRun`: one job of the command from its begin to its end, over all its tries: what is sent, where the answer goes,
 * and what is told of it.
 *
 * The rule: whatever happens, its output is closed, its heads are written, and `-w` has its say; the exit code is
 * that of the last try.
 */
import {
  CurlUrl,
  isTransferError,
  type EasyOptions,
  type ResponseHead,
  type TransferError,
  type TransferInfo,
} from '@trunkline/core'
import type { Easy } from '@trunkline/easy'
import type { Operation } from '../command.ts'
import { headText } from './engine-watch.ts'
import {
  failureOf,
  isRefusal,
  OUTPUT_LOST,
  systemWords,
  type Failure,
  type FailureContext,
} from '../failure.ts'
import { followed, withoutSecrets } from './followed-url.ts'
import { openHeadOutput, type HeadOutput } from '../output/head-output.ts'
import { JobOutput } from '../output/job-output.ts'
import { judgeRetry, type RetryRules } from './job-retry.ts'
import { folderOf } from '../output/output-name.ts'
import type { Job } from '../line/plan-jobs.ts'
import type { JobWorld } from './job-world.ts'
import { styledHead } from '../output/styled-head.ts'
import { looksBinary } from '../output/terminal.ts'
import { rewritten, withQuery, withUploadName } from '../line/url-query.ts'
import { writeOut } from '../output/write-out.ts'

/** How a job ended. */
export interface JobEnd {
  readonly failure: Failure | undefined
  readonly info: TransferInfo | undefined
  readonly path: string | undefined
  /** Times it was begun again. */
  readonly retries: number
}

/** An operation as its jobs see it. */
export interface JobTerms {
  readonly operation: Operation
  /** What is added to the query of each URL. */
  readonly query: string | undefined
  /** The format of `-w`. */
  readonly writeOut: string | undefined
  readonly retry: RetryRules
  /** Whether this is its first job that writes heads; asked once for each job. */
  beginsHeads(): boolean
}

export class JobRun {
  readonly #job: Job
  readonly #terms: JobTerms
  readonly #easy: Easy
  readonly #world: JobWorld
  readonly #ended: (isFailed: boolean) => void
  readonly #output: JobOutput
  #heads: HeadOutput | undefined
  #head: ResponseHead | undefined
  #etag: string | undefined
  #referer: string | undefined
  #headBytes = 0
  /** All heads that answered a request, redirects included. */
  #answers: ResponseHead[] = []
  #tries = 0
  /** Of a body, in this try; and of what was last to be written. */
  #bodyBytes = 0
  #pieceBytes = 0
  /** Of the try that runs. */
  #info: TransferInfo | undefined
  #isForTerminal = false
  /** It was refused, which has been told. */
  #isBinary = false

  /** `ended`: told before anything is said of the end. */
  constructor(job: Job, terms: JobTerms, easy: Easy, world: JobWorld, ended: (isFailed: boolean) => void) {
    this.#ended = ended
    const { operation } = terms
    this.#job = job
    this.#terms = terms
    this.#easy = easy
    this.#world = world
    this.#output = new JobOutput(
      {
        path: job.path,
        folder: operation.settings.outputDir,
        isNamedByHeader: operation.namesByHeader && job.output.is === 'remote-name',
        clobber: operation.clobber,
        goesOn: operation.resume !== undefined && operation.resume !== 0 && job.upload === undefined,
        keepsParts: operation.resume === '-',
        createsDirs: operation.createsDirs,
      },
      world.files,
      world.stdout,
    )
    this.#isForTerminal = world.stdoutIsTerminal && job.output.is === 'stdout' && job.output.isAsked !== true
  }

  /** Runs it. Undefined: it was interrupted. */
  async run(): Promise<JobEnd | undefined> {
    const { messages, files } = this.#world
    const { operation } = this.#terms
    if (this.#job.warning !== undefined) messages.warning(this.#job.warning)
    if (operation.skipsExisting && this.#output.isFile && (await exists(files, this.#output.path!))) {
      messages.note(`skips transfer, file already exists: ${this.#output.path}`)
      await this.#writeOut(undefined)
      return { failure: undefined, info: undefined, path: this.#output.path, retries: 0 }
    }
    let failure = (await this.#openEtag()) ?? (await this.#openHeads())
    if (failure === undefined) {
      failure = await this.#tryAll()
      if (this.#world.isStopped) return undefined
      failure = (await this.#closeHeads()) ?? failure
    }
    this.#ended(failure !== undefined)
    await this.#leaveFile(failure)
    if (failure !== undefined && failure.isQuiet !== true) messages.error(failure.exitCode, failure.message)
    await this.#writeOut(failure)
    return { failure, info: this.#info, path: this.#output.path, retries: this.#tries }
  }

  // ---- Tries ---------------------------------------------------------------------------------------

  async #tryAll(): Promise<Failure | undefined> {
    const { clock, messages } = this.#world
    const begun = clock.now()
    for (;;) {
      const { failure, problem } = await this.#tryOnce()
      // What cannot be read or written now cannot be in a while.
      if (this.#world.isStopped || this.#output.failure !== undefined || failure?.exitCode === CANNOT_READ)
        return failure
      const verdict = judgeRetry(this.#terms.retry, {
        exitCode: failure?.exitCode ?? 0,
        isRefused: isRefusal(problem),
        status: this.#info?.responseCode ?? 0,
        retryAfterMs: (this.#info?.retryAfter ?? 0) * 1_000,
        tries: this.#tries,
        spentMs: clock.now() - begun,
      })
      if (verdict.is === 'again' && failure !== undefined && failure.isQuiet !== true)
        messages.error(failure.exitCode, failure.message)
      if (verdict.warning !== undefined) messages.warning(verdict.warning)
      if (verdict.is === 'final') return failure
      this.#tries += 1
      if (this.#bodyBytes > 0) await this.#output.rewind()
      await this.#world.wait(verdict.afterMs)
      if (this.#world.isStopped) return undefined
    }
  }

  async #tryOnce(): Promise<{ readonly failure: Failure | undefined; readonly problem: unknown }> {
    const easy = this.#easy
    const { info: earlier } = easy
    let problem: unknown
    this.#head = this.#etag = undefined
    this.#answers = []
    this.#bodyBytes = this.#headBytes = 0
    await this.#output.begin({
      resume: () => easy.resume(),
      failed: () => easy.abort('the output cannot be written'),
    })
    try {
      easy.set({
        url: this.#url(),
        ...this.#body(),
        ...(await this.#resume()),
        headerFunction: (head) => this.#received(head),
        writeFunction:
          this.#terms.operation.headOnly || this.#job.output.is === 'null'
            ? ignore
            : (bytes) => this.#write(bytes),
      })
      const { trailers } = await this.#world.perform(easy)
      if (trailers !== undefined)
        this.#tell([...trailers].map(([name, value]) => `${name}: ${value}\r\n`).join(''))
    } catch (error) {
      problem = error
    }
    this.#info = easy.info === earlier ? undefined : easy.info
    // A file is for what was received; a failure that brought nothing makes none.
    // What was not to be sent makes none either.
    const isUnmet = this.#info?.conditionUnmet === true || this.#info?.responseCode === 304
    await this.#output.finish(problem === undefined && !isUnmet)
    return { failure: this.#failureOf(problem), problem }
  }

  #received(head: ResponseHead): void {
    this.#head = head
    if (head.status >= 200) this.#answers.push(head)
    this.#takeEtag(head)
    this.#referer = this.#world.sentField(this.#easy, 'referer')
    this.#world.watch?.received(head, this.#easy.info)
    this.#output.head(head)
    const text = headText(head)
    this.#pieceBytes = text.length
    this.#headBytes += text.length
    this.#tell(text)
  }

  /** What curl keeps: the last one of an answer that is no failure. */
  #takeEtag({ status, fields }: ResponseHead): void {
    const etag = fields.all('etag').at(-1) ?? ''
    if (etag === '' || status < 200 || status > 399) return
    this.#etag = etag
    if (this.#terms.operation.etagSave === '-') this.#world.stdout.write(`${etag}\n`, 'latin1')
  }

  /** Trailers are heads that came late. */
  #tell(text: string): void {
    const { operation } = this.#terms
    this.#heads?.write(text)
    if (!operation.showsHead || this.#job.output.is === 'null') return
    const { stdoutIsTerminal, isStyled } = this.#world
    const hasStyle = isStyled && stdoutIsTerminal && this.#job.output.is === 'stdout'
    const shown = hasStyle ? styledHead(text, this.#easy.info?.effectiveUrl ?? this.#job.url) : text
    this.#output.write(Buffer.from(shown, 'latin1'))
  }

  #write(bytes: Uint8Array): 'pause' | void {
    this.#trace(bytes)
    const isEarly = this.#bodyBytes < LOOKED_AT
    this.#bodyBytes += bytes.length
    this.#pieceBytes = bytes.length
    if (this.#isForTerminal && isEarly && looksBinary(bytes)) {
      this.#isBinary = true
      this.#world.messages.warning(BINARY)
      this.#output.refuse(new Error('binary output to a terminal'))
      return
    }
    return this.#output.write(bytes)
  }

  #trace(bytes: Uint8Array): void {
    const { trace } = this.#world
    if (trace === undefined) return
    const ids = { transfer: this.#easy.info?.xferId, connection: this.#easy.info?.connId }
    trace.data('received-data', bytes, ids)
    trace.detail('write', `${bytes.length} bytes of the response body`, ids)
  }

  #failureOf(problem: unknown): Failure | undefined {
    const { failure } = this.#output
    if (failure !== undefined) return this.#outputFailure(failure)
    const { failOnError } = this.#terms.operation.options
    if (failOnError === true && isOfStatus(problem)) return statusFailure(problem.details['status'] as number)
    if (problem !== undefined) {
      this.#tellOfUpload(problem)
      return failureOf(problem, contextOf(this.#info))
    }
    const status = this.#info?.responseCode ?? 0
    return this.#terms.operation.failsWithBody && status >= 400 ? statusFailure(status) : undefined
  }

  /** The file of -T is opened before anything else in curl, which has words of its own for it. */
  #tellOfUpload(problem: unknown): void {
    const { upload } = this.#job
    if (upload === undefined || !isTransferError(problem)) return
    const { code, details } = problem
    if (code !== 'READ_ERROR' || details['path'] !== upload) return
    this.#world.messages.useless(`cannot open '${upload}'`)
  }

  #outputFailure(error: NodeJS.ErrnoException): Failure {
    const reason = systemWords(error)
    const lost = { ...OUTPUT_LOST, message: `${OUTPUT_LOST.message}: ${reason}` }
    if (this.#isBinary) return { ...OUTPUT_LOST, isQuiet: true }
    if (!this.#output.isFile) {
      this.#world.lostStdout()
      return { ...lost, isQuiet: error.code === 'EPIPE' }
    }
    if (error.syscall === 'open' || error.syscall === 'mkdir')
      this.#world.messages.warning(`Failed to open the file ${this.#output.path}: ${reason}`)
    return {
      ...OUTPUT_LOST,
      message: `client returned ERROR on write of ${this.#pieceBytes} bytes: ${reason}`,
    }
  }

  // ---- What is asked -------------------------------------------------------------------------------

  #url(): string {
    const { url, upload, output } = this.#job
    const isNamed = upload !== undefined && upload !== '-' && upload !== '.'
    const target = isNamed ? withUploadName(url, upload) : url
    const { query } = this.#terms
    if (query !== undefined) return withQuery(target, query)
    return output.is === 'remote-name' ? rewritten(target) : target
  }

  /** What `-T` sends; nothing of it is left for the next URL. */
  #body(): EasyOptions {
    if (!this.#terms.operation.targets.some((target) => target.upload !== undefined)) return {}
    const { upload } = this.#job
    if (upload === undefined) return { upload: false, body: undefined }
    const isInput = upload === '-' || upload === '.'
    return { upload: true, body: isInput ? this.#world.stdin : { file: upload } }
  }

  /** Where `-C -` goes on: at the end of the file that is there. */
  async #resume(): Promise<EasyOptions> {
    if (this.#terms.operation.resume !== '-') return {}
    // How much the server has, nobody knows: all of it is sent, as curl does.
    return { resumeFrom: this.#job.upload === undefined ? await this.#output.size() : -1 }
  }

  // ---- What is written beside the body -------------------------------------------------------------

  async #openHeads(): Promise<Failure | undefined> {
    const { settings, createsDirs } = this.#terms.operation
    const { dumpHeader } = settings
    if (dumpHeader === undefined) return undefined
    try {
      this.#heads = await openHeadOutput(
        dumpHeader,
        this.#terms.beginsHeads(),
        this.#world,
        this.#world.files,
        createsDirs,
      )
      return undefined
    } catch (error) {
      const { messages } = this.#world
      messages.line(`${messages.name}: Failed to open ${dumpHeader}`)
      const reason = systemWords(error as Error)
      return {
        exitCode: OUTPUT_LOST.exitCode,
        message: `Failed writing received data to disk/application: ${reason}`,
      }
    }
  }

  /** That the file for the ETag can be written is seen to before anything is asked for. */
  async #openEtag(): Promise<Failure | undefined> {
    const { etagSave, createsDirs } = this.#terms.operation
    if (etagSave === undefined || etagSave === '-') return undefined
    const folder = folderOf(etagSave)
    const { files, messages } = this.#world
    if (createsDirs && folder !== undefined) files.makeFolder(folder)
    const file = files.append(etagSave)
    const error = await new Promise<Error | undefined>((resolve) => {
      file.once('error', resolve)
      file.once('close', () => resolve(undefined))
      file.end()
    })
    if (error === undefined) return undefined
    messages.warning(`Failed creating file for saving etags: "${etagSave}". Skip this transfer`)
    messages.line(`${messages.name}: no transfer performed`)
    return { exitCode: CANNOT_READ, message: systemWords(error), isQuiet: true }
  }

  async #closeHeads(): Promise<Failure | undefined> {
    const error = await this.#heads?.end()
    return error === undefined
      ? undefined
      : { ...OUTPUT_LOST, message: `${OUTPUT_LOST.message}: ${systemWords(error)}` }
  }

  /** What becomes of the file when all is over. */
  async #leaveFile(failure: Failure | undefined): Promise<void> {
    const { operation } = this.#terms
    const { messages, files } = this.#world
    if (this.#head !== undefined) await this.#saveEtag()
    if (!this.#output.isOpened) return
    const path = this.#output.path!
    if (failure !== undefined) {
      if (!operation.removesOnError) return
      await files.remove(path).then(
        () => messages.note(`Removed output file: ${path}`),
        (error: Error) => messages.warning(`Failed removing: ${path}: ${systemWords(error)}`),
      )
      return
    }
    const seconds = this.#info?.fileTime ?? -1
    if (!operation.keepsRemoteTime || seconds < 0) return
    await files
      .setTime(path, seconds)
      .catch((error: Error) =>
        messages.warning(`Failed to set filetime ${seconds} on '${path}': ${systemWords(error)}`),
      )
  }

  /** The ETag alone on its line, as it came; without one what is in the file stays, and there is a file at least. */
  async #saveEtag(): Promise<void> {
    const { etagSave } = this.#terms.operation
    if (etagSave === undefined) return
    const text = this.#etag === undefined ? '' : `${this.#etag}\n`
    const { files, messages } = this.#world
    if (etagSave === '-') return
    await new Promise<void>((resolve) => {
      const file = this.#etag === undefined ? files.append(etagSave) : files.create(etagSave)
      file.once('error', (error) => {
        messages.warning(`Failed creating file for saving etags: "${etagSave}": ${error.message}`)
        resolve()
      })
      file.once('close', resolve)
      file.end(text, 'latin1')
    })
  }

  /** Where the redirects have led, as curl writes it; the engine keeps logins and fragments to itself. */
  #asked(url: string): { readonly asked?: string } {
    const asked = followed(
      url,
      this.#answers
        .slice(0, this.#info?.redirectCount ?? 0)
        .map(({ fields }) => fields.first('location') ?? ''),
    )
    const isSame = asked !== undefined && withoutSecrets(asked) === (this.#info?.effectiveUrl ?? asked)
    return isSame ? { asked } : {}
  }

  async #writeOut(failure: Failure | undefined): Promise<void> {
    const { writeOut: format } = this.#terms
    if (format === undefined) return
    const { urlIndex } = this.#job
    const url = this.#url()
    const facts = {
      info: this.#info,
      head: this.#head,
      heads: this.#answers,
      failure,
      url,
      urlIndex,
      path: this.#output.path,
      headBytes: this.#headBytes,
      ...this.#asked(url),
      retries: this.#tries,
      referer: this.#referer,
    }
    await this.#world.printer.print(
      writeOut(format, facts, this.#world.messages.name, this.#world.clock.date()),
    )
  }
}

const CANNOT_READ = 26
/** What is no text shows early; curl's number of bytes. */
const LOOKED_AT = 2_000

const BINARY =
  'Binary output can mess up your terminal. Use "--output -" to tell curl to output it to your terminal anyway, or consider "--output <FILE>" to save to a file.'

function contextOf(info: TransferInfo | undefined): FailureContext {
  if (info === undefined) return { host: '', port: 0, totalMs: 0 }
  const url = new CurlUrl(info.effectiveUrl)
  return {
    host: url.get('host')!,
    port: Number(url.get('port', { defaultPort: true })),
    totalMs: Math.round(info.totalTimeUs / 1_000),
  }
}

/** What failed because of a status of which the user has said what it is. */
function isOfStatus(problem: unknown): problem is TransferError {
  if (!isTransferError(problem)) return false
  const { code, details } = problem
  const status = Number(details['status'] ?? 0)
  return (code === 'RANGE_ERROR' || code === 'COULDNT_CONNECT') && status >= 400
}

function statusFailure(status: number): Failure {
  return { exitCode: 22, message: `The requested URL returned error: ${status}` }
}

function exists(files: JobWorld['files'], path: string): Promise<boolean> {
  return files.size(path).then(
    () => true,
    () => false,
  )
}

function ignore(): void {}
