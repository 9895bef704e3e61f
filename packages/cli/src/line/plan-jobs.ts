/**
 * `Job`: one transfer of the command: a URL, and where its body goes. Pure, and made one by one: a command
 * line may stand for millions.
 */
import type { OutputChoice } from '../command.ts'
import { expandGlob, fillName, GlobError, parseGlob, plainGlob, type Glob, type GlobMatch } from './glob.ts'
import { gatewayUrl, IpfsError, isIpfsUrl } from './ipfs.ts'
import { NAMELESS, remoteName } from '../output/output-name.ts'
import type { Prepared } from './request-options.ts'

/** One transfer. */
export interface Job {
  /** What is asked for it, and for the others of its operation. */
  readonly prepared: Prepared
  /** Its place among all transfers of the run, from 0. */
  readonly index: number
  /** The place of its URL on the command line, from 0; the URLs of one glob share it. */
  readonly urlIndex: number
  /** The URL as it was given, with globs filled in. */
  readonly url: string
  /** Where its body goes, as it was asked for. */
  readonly output: OutputChoice
  /** The file for its body; undefined: standard output, or nowhere. */
  readonly path: string | undefined
  /** The file that is sent; undefined: none. */
  readonly upload: string | undefined
  /** To be told before it runs. */
  readonly warning?: string
}

/** Why there are no more jobs: a glob that is none, or a URL that cannot be asked for. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }

  /** `pattern` is shown with a mark at the place of the error. */
  static ofGlob({ message, position }: GlobError, pattern: string, exitCode: number): PlanError {
    const text = `${message} in position ${position}:\n${pattern}\n${' '.repeat(position - 1)}^`
    return new PlanError(text.slice(0, MOST_TEXT), exitCode)
  }
}

/** What curl shows of a pattern at most, together with what is wrong with it. */
const MOST_TEXT = 511

/** The transfers of all operations, in order. Throws PlanError. */
export function* planJobs(operations: readonly Prepared[]): Generator<Job, void> {
  let index = 0
  let urlIndex = 0
  for (const prepared of operations) {
    for (const { url, isGlob, isUploadGlob, output, upload } of prepared.operation.targets) {
      const files = upload === undefined ? NO_UPLOAD : expandGlob(globOf(upload, isUploadGlob))
      const glob = globOf(url, isGlob)
      for (const file of files) {
        for (const match of expandGlob(glob)) {
          const named =
            file === undefined ? match : { ...match, named: new Map([...file.named, ...match.named]) }
          const to = outputOf(output, named)
          yield {
            prepared,
            index,
            urlIndex,
            url: askedAt(match.url, prepared),
            upload: file?.url,
            output,
            ...to,
          }
          index += 1
        }
      }
      urlIndex += 1
    }
  }
}

function askedAt(url: string, { ipfsGateway }: Prepared): string {
  if (!isIpfsUrl(url)) return url
  try {
    return gatewayUrl(url, ipfsGateway)
  } catch (error) {
    throw error instanceof IpfsError ? new PlanError(error.message, error.exitCode) : error
  }
}

function globOf(pattern: string, isGlob: boolean): Glob {
  try {
    return isGlob ? parseGlob(pattern) : plainGlob(pattern)
  } catch (error) {
    throw error instanceof GlobError ? PlanError.ofGlob(error, pattern, 3) : error
  }
}

const NO_UPLOAD = [undefined]

function outputOf(output: OutputChoice, match: GlobMatch): Pick<Job, 'path' | 'warning'> {
  switch (output.is) {
    case 'null':
    case 'stdout':
      return { path: undefined }
    case 'file':
      return { path: filled(output.template, match) }
    case 'remote-name': {
      const name = remoteName(match.url)
      return name === undefined
        ? { path: NAMELESS, warning: `No remote filename, uses "${NAMELESS}"` }
        : { path: name }
    }
  }
}

function filled(template: string, match: GlobMatch): string {
  try {
    return fillName(template, match)
  } catch (error) {
    throw error instanceof GlobError ? PlanError.ofGlob(error, template, 43) : error
  }
}
