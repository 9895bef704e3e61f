/**
 * `Job`: one transfer of the command: a URL, and where its body goes. Pure, and made one by one: a command
 * line may stand for millions.
 */
import type { Command, OutputChoice } from './command.ts'
import { expandGlob, fillName, type GlobMatch } from './glob.ts'

/** One transfer. */
export interface Job {
  /** Its place among all transfers of the run, from 0. */
  readonly index: number
  /** The place of its URL on the command line, from 0; the URLs of one glob share it. */
  readonly urlIndex: number
  /** The URL as it was given, with globs filled in. */
  readonly url: string
  /** The file for its body; undefined: standard output. */
  readonly path: string | undefined
  /** The file that is sent; undefined: none. */
  readonly upload: string | undefined
  /** To be told before it runs. */
  readonly warning?: string
}

/** The transfers of a command, in order. */
export function* planJobs({ targets }: Pick<Command, 'targets'>): Generator<Job, void> {
  let index = 0
  for (const [urlIndex, { glob, output, upload }] of targets.entries()) {
    for (const file of upload === undefined ? NO_UPLOAD : expandGlob(upload)) {
      for (const match of expandGlob(glob)) {
        yield { index, urlIndex, url: match.url, upload: file?.url, ...outputOf(output, match) }
        index += 1
      }
    }
  }
}

const NO_UPLOAD = [undefined]
function outputOf(output: OutputChoice, match: GlobMatch): Pick<Job, 'path' | 'warning'> {
  switch (output.is) {
    case 'stdout':
      return { path: undefined }
    case 'file':
      return { path: fillName(output.template, match.values) }
    case 'remote-name': {
      const name = remoteName(match.url)
      return name === undefined
        ? { path: NAMELESS, warning: `No remote filename, uses "${NAMELESS}"` }
        : { path: name }
    }
  }
}

/** curl's name for what has none. */
const NAMELESS = 'curl_response'

/** The last part of a URL's path, as it stands there. */
function remoteName(text: string): string | undefined {
  const path = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[?#].*$/s, '')
  const slash = path.lastIndexOf('/')
  const name = slash < 0 ? '' : path.slice(slash + 1)
  return name === '' || name === '.' || name === '..' ? undefined : name
}
