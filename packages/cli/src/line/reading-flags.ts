/**
 * What flags do that need a file: `-K`, `--variable`, `--url @file` and `-z`.
 *
 * The rule: nothing is read here. Each is a generator that asks for a file and is told what is in it, so that the
 * reading of a command line stays pure.
 */
import { parseDate } from '@trunkline/core'
import { readConfig, type ConfigLine } from './config-file.ts'
import type { ReadingName } from './flag-row.ts'
import type { Answer, Ask, Given, LineDraft } from './line-draft.ts'
import { BAD_USE, Refusal, UNKNOWN } from './refusal.ts'
import { notBlank } from './special-flags.ts'
import { readDefinition } from './variables.ts'

/** A step of reading a command line: it asks for files as it goes. */
export type Reading = Generator<Ask, void, Answer>

/** How a line of a config file is done: by whoever reads command lines. */
export type DoFlag = (
  flag: string,
  value: string | undefined,
  depth: number,
) => Generator<Ask, boolean, Answer>

/** How deep config files may name others: curl's number. */
export const MOST_CONFIGS = 5

/** By the name that the row of the flag gives. They throw Refusal. */
export const READINGS: Readonly<
  Record<ReadingName, (given: Given, doFlag: DoFlag, depth: number) => Reading>
> = {
  *config({ line, value }, doFlag, depth) {
    if (depth >= MOST_CONFIGS)
      throw Refusal.ofArgument(BAD_USE, {
        error: `Max config file recursion level reached (${MOST_CONFIGS})`,
      })
    const { content } = yield { path: value, wants: 'content' }
    if (content === undefined) throw Refusal.ofFile(`cannot read config from '${value}'`)
    try {
      yield* doConfig(line, value, content, doFlag, depth + 1)
    } catch (error) {
      if (!(error instanceof Refusal) || error.exitCode !== CANNOT_READ) throw error
      throw error.within(`cannot read config from '${value}'`)
    }
  },

  *variable({ line, value }) {
    const definition = readDefinition(value, line.env)
    if ('warning' in definition) {
      line.warnings.push(definition.warning)
      return
    }
    const { name, source, from, end } = definition
    let bytes: Uint8Array
    if (source.is === 'value') bytes = source.bytes
    else {
      const { content } = yield { path: source.path, wants: 'content' }
      if (content === undefined)
        throw Refusal.ofFile(`Failed to open ${source.path}: No such file or directory`)
      bytes = content
    }
    if (line.variables.set(name, bytes.subarray(from, end))) line.notes.push(`Overwriting variable '${name}'`)
  },

  *url({ operation, value }) {
    if (!value.startsWith('@')) {
      operation.addUrl(notBlank(value))
      checkEtags(operation)
      return
    }
    const { content } = yield { path: value.slice(1), wants: 'content' }
    if (content === undefined) throw Refusal.ofFile(`Failed to open ${value.slice(1)}`)
    for (const url of Buffer.from(content).toString().split('\n')) {
      if (/^[ \t]*(#|$)/.test(url)) continue
      operation.addUrl(url.replace(/\r$/, ''), true)
      checkEtags(operation)
    }
  },

  *'time-cond'({ line, operation: { options }, value }) {
    const [, sign, text = ''] = /^([+=-]?)([^]*)$/.exec(value)!
    const date = parseDate(text)
    let timeMs = date === undefined ? undefined : date * 1_000
    if (timeMs === undefined) timeMs = (yield { path: text, wants: 'time' }).timeMs
    if (timeMs === undefined) {
      line.warnings.push(
        'Failed to get filetime: No such file or directory',
        'Illegal date format for -z, --time-cond (and not a filename). Disabling time condition. See curl_getdate(3) for valid date syntax.',
      )
      options.timeCondition = undefined
      return
    }
    options.timeCondition = sign === '-' ? 'if-unmodified-since' : 'if-modified-since'
    options.timeValueS = Math.max(0, Math.floor(timeMs / 1_000))
  },
}

/** Does what a config file says. `depth`: how many files led to it, itself included. */
export function* doConfig(
  line: LineDraft,
  path: string,
  content: Uint8Array,
  doFlag: DoFlag,
  depth: number,
): Reading {
  const name = path === '-' ? '<stdin>' : path
  for (const entry of readConfig(Buffer.from(content).toString())) {
    for (const warning of warningsOf(name, entry)) line.warnings.push(warning)
    try {
      const isUsed = yield* doFlag(entry.flag, entry.value, depth)
      if (!isUsed && entry.value !== undefined && entry.value !== '')
        throw Refusal.ofArgument('had unsupported trailing garbage')
    } catch (error) {
      if (!(error instanceof Refusal) || !error.blames) throw error
      const { message } = error
      const isSilent = line.switches.get('isSilent') === true
      throw error.within(
        isSilent ? undefined : `${name}:${entry.number} config file option '${entry.flag}' ${message}`,
        message === UNKNOWN ? 'found an unknown config option' : message,
      )
    }
  }
}

function warningsOf(name: string, { number, flag, hasRest, hasSingleQuote }: ConfigLine): string[] {
  const option = `${name}:${number} Option '${flag}' uses argument with`
  return [
    ...(hasSingleQuote
      ? [`${option} leading single quote. It is probably a mistake. Consider double quotes.`]
      : []),
    ...(hasRest
      ? [`${option} unquoted whitespace. This may cause side-effects. Consider double quotes.`]
      : []),
  ]
}

const CANNOT_READ = 26

function checkEtags({ urlCount, etagSave, etagCompare }: Given['operation']): void {
  if (urlCount > 1 && (etagSave !== undefined || etagCompare !== undefined))
    throw Refusal.ofArgument(BAD_USE, { error: 'The etag options only work on a single URL' })
}
