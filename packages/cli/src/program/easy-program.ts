/**
 * What `--libcurl` writes: a program in TypeScript that does what the command line asked for. Pure.
 *
 * The rule: whoever reads it sees what they would have written: options under their names, and no code for what was not
 * asked for. It has no types of its own, so Node runs it as it is, from 22.18 on as TypeScript, before as JavaScript.
 */
import { EASY_OPTIONS, type EasyOptions, type MimePart, type OptionRow } from '@trunkline/core'
import type { Command } from '../command.ts'
import { planJobs, type Job } from '../line/plan-jobs.ts'
import type { Prepared } from '../line/request-options.ts'
import { withQuery, withUploadName } from '../line/url-query.ts'
import { inFolder } from '../output/output-name.ts'
import { leftOut } from './left-out.ts'
import { Code, literal, memberLines } from './literal.ts'
import { ProgramText } from './program-text.ts'
import { headsCode, shapeOf, writeTransfer, type Transfer, type TransferTerms } from './transfer-code.ts'

/** How many transfers a program names; a glob may stand for millions. */
export const MOST_TRANSFERS = 1_000

/** The program. Throws PlanError for a glob that is none. */
export function programOf(command: Command, operations: readonly Prepared[]): string {
  return new ProgramWriter(command, operations).write()
}

class ProgramWriter {
  readonly #command: Command
  readonly #operations: readonly Prepared[]
  readonly #text = new ProgramText()
  /** Several handles run over the cache of a multi, and share what they remember. */
  readonly #hasSeveralHandles: boolean
  readonly #shared: readonly string[]

  constructor(command: Command, operations: readonly Prepared[]) {
    this.#command = command
    this.#operations = operations
    this.#hasSeveralHandles = command.isParallel || operations.length > 1
    this.#shared = this.#hasSeveralHandles ? memoryParts(operations) : []
  }

  write(): string {
    const { jobs, isCut } = jobsOf(this.#operations)
    this.#text.use('Easy')
    this.#openCaches()
    for (const [index, prepared] of this.#operations.entries())
      this.#writeOperation(prepared, jobs.get(prepared) ?? [], index)
    this.#closeCaches()
    const missing = leftOut(
      this.#command,
      this.#operations.map(({ operation }) => operation),
    )
    if (isCut) missing.push(`transfers after the first ${MOST_TRANSFERS}`)
    return this.#text.toText([
      '// Written by trunkline --libcurl. Node 22.18 and newer run it as it is, older ones when its name ends in .mjs.',
      ...(missing.length === 0 ? [] : [`// Left out, being matters of the command: ${missing.join(', ')}.`]),
    ])
  }

  #openCaches(): void {
    if (!this.#hasSeveralHandles) return
    const text = this.#text
    const { isParallel, parallelMax: maxTransfers, parallelMaxHost } = this.#command
    const limits = {
      maxTransfers,
      maxHostConnections: parallelMaxHost > 0 ? parallelMaxHost : undefined,
    }
    text.add(`const multi = new ${text.use('Multi')}(${isParallel ? literal(limits) : ''})`)
    if (this.#shared.length > 0)
      text.add(`const share = new ${text.use('Share')}({ parts: ${literal(this.#shared)} })`)
    text.add('')
  }

  #closeCaches(): void {
    if (!this.#hasSeveralHandles) return
    if (this.#command.isParallel) {
      const all = this.#operations.map((_, index) => numbered('running', index))
      const which = all.length === 1 ? all[0]! : `[${all.map((name) => `...${name}`).join(', ')}]`
      this.#text.add(`await Promise.all(${which})`)
      this.#endHeads()
    }
    this.#text.add('await multi.close()')
    if (this.#shared.length > 0) this.#text.add('await share.close()')
  }

  #endHeads(only?: number): void {
    for (const [index, { operation }] of this.#operations.entries())
      if ((only ?? index) === index && headsCode(this.#text, operation) !== undefined)
        this.#text.add(`${numbered('heads', index)}.end()`)
  }

  // ---- One operation -------------------------------------------------------------------------------

  #writeOperation(prepared: Prepared, jobs: readonly Job[], index: number): void {
    const text = this.#text
    const { operation } = prepared
    const transfers = jobs.map((job) => this.#transferOf(job, prepared))
    const heads = headsCode(text, operation)
    if (heads !== undefined) text.add(`const ${numbered('heads', index)} = ${heads}`)
    if (this.#command.isParallel) this.#writeAtOnce(prepared, transfers, index)
    else if (transfers.length === 1) this.#writeOne(prepared, transfers[0]!, index)
    else this.#writeInTurn(prepared, transfers, index)
    if (!this.#command.isParallel) this.#endHeads(index)
    text.add('')
  }

  #writeOne(prepared: Prepared, only: Transfer, index: number): void {
    const { url, file, sent } = only
    const easy = numbered('easy', index)
    this.#makeHandle(easy, prepared, { url, ...(sent === undefined ? {} : { upload: true, body: sent }) }, '')
    const shape = shapeOf([only])
    this.#writeTransfer(
      prepared,
      index,
      { shape, easy, file: literal(file), target: {}, indent: '' },
      this.#operations.length === 1,
    )
    this.#text.add(`await ${easy}.close()`)
  }

  #writeInTurn(prepared: Prepared, transfers: readonly Transfer[], index: number): void {
    const easy = numbered('easy', index)
    const { shape, taken, target, list } = this.#writeList(transfers, index)
    this.#makeHandle(easy, prepared, {}, '')
    this.#text.add(`for (const { ${taken} } of ${list}) {`)
    this.#writeTransfer(prepared, index, { shape, easy, file: 'file', target, indent: '  ' }, false)
    this.#text.add('}', `await ${easy}.close()`)
  }

  #writeAtOnce(prepared: Prepared, transfers: readonly Transfer[], index: number): void {
    const { shape, taken, target, list } = this.#writeList(transfers, index)
    this.#text.add(`const ${numbered('running', index)} = ${list}.map(async ({ ${taken} }) => {`)
    this.#makeHandle('easy', prepared, target, '  ')
    this.#writeTransfer(
      prepared,
      index,
      { shape, easy: 'easy', file: 'file', target: {}, indent: '  ' },
      false,
    )
    this.#text.add('  await easy.close()', '})')
  }

  /** The transfers as a list, and what is taken out of each. */
  #writeList(transfers: readonly Transfer[], index: number) {
    const list = numbered('transfers', index)
    const shape = shapeOf(transfers)
    this.#text.add(`const ${list} = [`, ...transfers.map((each) => `  ${literal({ ...each }, '  ')},`), ']')
    return {
      list,
      shape,
      taken: ['url', ...(shape.hasFiles ? ['file'] : []), ...(shape.hasUploads ? ['sent'] : [])].join(', '),
      target: {
        url: new Code('url'),
        ...(shape.hasUploads ? { upload: new Code('sent !== undefined'), body: new Code('sent') } : {}),
      },
    }
  }

  #writeTransfer(
    { operation }: Prepared,
    index: number,
    terms: Omit<TransferTerms, 'operation' | 'heads' | 'run' | 'isOneOfMany'>,
    isAlone: boolean,
  ): void {
    const { dumpHeader } = operation.settings
    const standard = dumpHeader === '-' ? 'process.stdout' : dumpHeader === '%' ? 'process.stderr' : undefined
    writeTransfer(this.#text, {
      ...terms,
      operation,
      heads: dumpHeader === undefined ? undefined : (standard ?? numbered('heads', index)),
      isOneOfMany: !isAlone && !this.#command.isParallel,
      run: (handle) => (this.#hasSeveralHandles ? `multi.stream(${handle})` : `${handle}.stream()`),
    })
  }

  // ---- Handles -------------------------------------------------------------------------------------

  #makeHandle(
    name: string,
    prepared: Prepared,
    target: Readonly<Record<string, unknown>>,
    indent: string,
  ): void {
    const { isParallel, opensAtOnce } = this.#command
    const members = {
      ...target,
      ...optionsOf(prepared.options),
      ...(isParallel && opensAtOnce ? { pipeWait: false } : {}),
      ...(this.#shared.length > 0 && memoryParts([prepared]).length > 0 ? { share: new Code('share') } : {}),
    }
    this.#text.add(
      `${indent}const ${name} = new Easy({`,
      ...memberLines(members, `${indent}  `),
      `${indent}})`,
    )
  }

  #transferOf({ url, output, path, upload }: Job, { operation, query }: Prepared): Transfer {
    const target = upload === undefined ? url : withUploadName(url, upload)
    const isInput = upload === '-' || upload === '.'
    const isNowhere = output.is === 'null'
    return {
      url: query === undefined ? target : withQuery(target, query),
      file: isNowhere
        ? new Code(this.#text.use('devNull'))
        : path === undefined
          ? undefined
          : inFolder(operation.settings.outputDir, path),
      sent: upload === undefined ? undefined : isInput ? new Code('process.stdin') : { file: upload },
    }
  }
}

function jobsOf(operations: readonly Prepared[]): {
  readonly jobs: ReadonlyMap<Prepared, readonly Job[]>
  readonly isCut: boolean
} {
  const jobs = new Map<Prepared, Job[]>(operations.map((prepared) => [prepared, []]))
  for (const job of planJobs(operations)) {
    if (job.index === MOST_TRANSFERS) return { jobs, isCut: true }
    jobs.get(job.prepared)!.push(job)
  }
  return { jobs, isCut: false }
}

/** Options as the command sets them, without those that are so anyway. */
function optionsOf({ cookieJar, ...options }: EasyOptions): Record<string, unknown> {
  const told: Record<string, unknown> = {
    ...options,
    mimePost: options.mimePost?.map(withoutEmpty),
    maxRedirs: options.followLocation === true ? options.maxRedirs : undefined,
    // "-" is standard output; the engine is on nevertheless.
    ...(cookieJar === '-' ? { cookieFile: options.cookieFile ?? [] } : { cookieJar }),
    proxyEnvironment: new Code('process.env'),
  }
  return Object.fromEntries(
    Object.entries(told).filter(([name, value]) => {
      const row: OptionRow = EASY_OPTIONS[name as keyof EasyOptions]
      return value !== undefined && value !== row.default && !(name === 'headers' && isEmptyList(value))
    }),
  )
}

/** What transfers remember, as the parts of a share. */
function memoryParts(operations: readonly Prepared[]): string[] {
  const has = (...names: readonly (keyof EasyOptions)[]): boolean =>
    operations.some(({ options }) => names.some((name) => options[name] !== undefined))
  return [
    ...(has('cookieFile', 'cookieJar', 'cookieList') ? ['cookies'] : []),
    ...(has('hsts') ? ['hsts'] : []),
    ...(has('altSvc') ? ['altSvc'] : []),
  ]
}

/** A part of a form without what it does not say. */
function withoutEmpty({ headers, parts, ...part }: MimePart): MimePart {
  return {
    ...part,
    ...(isEmptyList(headers) ? {} : { headers }),
    ...(parts === undefined ? {} : { parts: parts.map(withoutEmpty) }),
  }
}

function numbered(name: string, index: number): string {
  return index === 0 ? name : `${name}${index + 1}`
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
