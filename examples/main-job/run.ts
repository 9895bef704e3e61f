/**
 * `Run`: one job done once, in one manner: its handles' options, its check of every response, its
 * figures.
 *
 * The rule: a job asks its run for each handle's options and hands each transfer to it, so that no response
 * goes unchecked and no failure ends the job.
 */
import { isTransferError, type EasyOptions, type TransferResult } from '@trunkline/core'
import { CheckedBody } from './checked-body.ts'
import type { Manifest } from './manifest.ts'
import type { Manner } from './manners.ts'
import { Tally } from './tally.ts'

/** What the jobs work on. */
export interface Work {
  /** The scheme, or that the URLs were given. */
  readonly name: string
  /** Where the jobs begin. */
  readonly urls: readonly string[]
  /** What the script asks for, in turn. */
  readonly script: readonly string[]
  /** Trust, for all handles. */
  readonly trust: EasyOptions
  /** Undefined: bodies are checked by status and length only. */
  readonly manifest: Manifest | undefined
  /** The most pages that a crawl visits beside those given. */
  readonly maxPages: number
  /** How many pages there are, when that is known. */
  readonly pages: number | undefined
}

/** What a job is: its name, and how it is done. Answers the URLs it has fetched. */
export interface Job {
  readonly title: string
  run(work: Work, run: Run): Promise<readonly string[]>
}

export class Run {
  readonly tally = new Tally()
  readonly problems: string[] = []
  /** Responses that were checked by their hash. */
  hashed = 0
  wallMs = 0
  readonly manner: Manner
  readonly #work: Work

  constructor(work: Work, manner: Manner) {
    this.#work = work
    this.manner = manner
  }

  get name(): string {
    return `${this.#work.name}, ${this.manner.name}`
  }

  /** Does the job and times it, closing included. */
  async do(job: Job): Promise<readonly string[]> {
    const begun = performance.now()
    const fetched = await job.run(this.#work, this)
    this.wallMs = performance.now() - begun
    return fetched
  }

  /** Fetches a URL: `perform` gets the options of the handle to run. Answers the page's HTML, empty for anything else. */
  async fetch(url: string, perform: (options: EasyOptions) => Promise<TransferResult>): Promise<string> {
    const body = new CheckedBody(url)
    const { trust, manifest } = this.#work
    try {
      const result = await perform({ ...trust, ...this.manner.options, ...body.options })
      const problem = body.problem(result, manifest)
      if (problem !== undefined) this.problems.push(problem)
      else if (manifest?.hashOf(url) !== undefined) this.hashed += 1
      return body.html
    } catch (error) {
      if (!isTransferError(error)) throw error
      this.problems.push(`${url}: ${error.code}: ${error.message}`)
      return ''
    }
  }
}
