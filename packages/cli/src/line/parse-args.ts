/**
 * Turns a command line into a `Command`, as curl does: argument by argument, flags of config files where they are
 * named, later flags over earlier ones.
 *
 * The rule: pure. Where a flag needs a file, the generator asks for it and is told what is in it.
 */
import type { Command } from '../command.ts'
import { configPlaces } from './config-file.ts'
import { flagNamed, flagOfLetter } from './flags.ts'
import { optionRow, type FlagRow, type OptionName } from './flag-row.ts'
import { optionValue } from './flag-values.ts'
import { LineDraft, type Answer, type Ask, type Given } from './line-draft.ts'
import { doConfig, READINGS, type Reading } from './reading-flags.ts'
import { BAD_USE, Refusal, UNKNOWN } from './refusal.ts'
import { notBlank, SPECIALS } from './special-flags.ts'

/** What a command line comes to. */
export type ParsedArgs =
  | { readonly is: 'run'; readonly command: Command }
  /** `subject`: a category, a flag, or undefined for the short help. */
  | { readonly is: 'help'; readonly subject: string | undefined }
  | { readonly is: 'version' | 'manual' }
  /** Nothing to be done. */
  | RefusedLine

/** Why nothing is done. */
export interface RefusedLine {
  readonly is: 'refused'
  readonly exitCode: number
  /** Told first. */
  readonly warnings: readonly string[]
  /** Each behind the command's name. */
  readonly errors: readonly string[]
  /** Whether to point to the help. */
  readonly hints: boolean
  /** Where all this is told: `--stderr`. */
  readonly stderr: string | undefined
}

/** Reads the arguments after the command's name. Never throws; it asks for files as it goes. */
export function* readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Generator<Ask, ParsedArgs, Answer> {
  const line = new LineDraft(env)
  let shown: string | undefined
  try {
    if (!/^(-q|--disable$)/.test(argv[0] ?? '')) yield* readUsualConfig(line)
    let takesFlags = true
    for (let index = 0; index < argv.length; index += 1) {
      const argument = argv[index]!
      shown = line.shown = argument
      if (takesFlags && argument === '--') takesFlags = false
      else if (takesFlags && argument.startsWith('-')) {
        if (yield* doArgument(line, argument, argv[index + 1], 0)) index += 1
      } else yield* doArgument(line, '--url', argument, 0)
    }
    shown = undefined
    return { is: 'run', command: line.finish() }
  } catch (error) {
    if (error instanceof Answered) return error.answer
    if (error instanceof Refusal) return refusedLine(error, shown, line)
    throw error
  }
}

/** The first `.curlrc` that is there. */
function* readUsualConfig(line: LineDraft): Reading {
  for (const path of configPlaces(line.env)) {
    const { content } = yield { path, wants: 'content' }
    if (content === undefined) continue
    try {
      yield* doConfig(line, path, content, (flag, value, depth) => doArgument(line, flag, value, depth), 1)
    } catch (error) {
      // What is wrong in it ends its reading, and nothing else.
      if (!(error instanceof Refusal)) throw error
      line.complaints.push(...(error.told.error?.split('\n') ?? []))
    }
    line.notes.push(`Read config file from '${path}'`)
    return
  }
}

// ---- One argument ----------------------------------------------------------------------------------

/** Does the flags of an argument; answers whether it took the next one as its value. */
function* doArgument(
  line: LineDraft,
  argument: string,
  next: string | undefined,
  depth: number,
): Generator<Ask, boolean, Answer> {
  if (!argument.startsWith('-') || argument.startsWith('--'))
    return yield* doLong(line, argument.replace(/^--/, ''), next, depth)
  const letters = argument.slice(1)
  // "-" alone is the flag without a name.
  if (letters === '') throw unknown()
  for (let place = 0; place < letters.length; place += 1) {
    const flag = flagOfLetter(letters[place]!)
    if (flag === undefined) throw unknown()
    if (flag.value === undefined) {
      yield* doFlag(line, flag, { value: '', isOn: flag.isOnUntold !== true, place }, depth)
      continue
    }
    const joined = letters.slice(place + 1)
    const value = joined === '' ? next : joined
    yield* doFlag(line, flag, { value: wanted(flag, value), isOn: true, place }, depth)
    return joined === ''
  }
  return false
}

function* doLong(
  line: LineDraft,
  word: string,
  next: string | undefined,
  depth: number,
): Generator<Ask, boolean, Answer> {
  const [, prefix = '', name = '', joined] = /^(no-|expand-)?([^=]*)(?:=([^]*))?$/.exec(word)!
  const flag = flagNamed(name)
  if (flag === undefined) throw unknown()
  const isOff = prefix === 'no-'
  if (isOff && (flag.value !== undefined || flag.isOneWay === true))
    throw Refusal.ofArgument('the given option cannot be reversed with a --no- prefix')
  if (prefix === 'expand-' && flag.value === undefined) throw Refusal.ofArgument('variable expansion failure')
  if (flag.value === undefined) {
    yield* doFlag(line, flag, { value: '', isOn: !isOff, place: 0 }, depth)
    return false
  }
  const given = wanted(flag, joined ?? next)
  const value = prefix === 'expand-' ? line.variables.expand(given, line.warnings) : given
  yield* doFlag(line, flag, { value, isOn: true, place: 0 }, depth)
  return joined === undefined
}

function wanted(flag: FlagRow, value: string | undefined): string {
  if (value !== undefined) return value
  if (flag.long === 'help') return ''
  throw Refusal.ofArgument('requires parameter')
}

// ---- One flag --------------------------------------------------------------------------------------

function* doFlag(
  line: LineDraft,
  flag: FlagRow,
  { value, isOn, place }: Pick<Given, 'value' | 'isOn' | 'place'>,
  depth: number,
): Reading {
  const { does, long } = flag
  const { operation } = line
  // Before `-s` is read, perhaps.
  line.settle()
  if (flag.value !== undefined) warnOfValue(line, flag, value)
  if (flag.mustBeThere === true) yield* checkFile(flag, value)
  switch (does.is) {
    case 'refused':
      throw Refusal.ofArgument(does.because)
    case 'deprecated':
      line.warnings.push(`--${long} is deprecated and has no function anymore`)
      return
    case 'nothing':
      return
    case 'switch':
      operation.switches.set(does.name, isOn)
      return
    case 'global-switch':
      line.switches.set(does.name, isOn)
      return
    case 'setting':
      operation.settings[does.name] = notBlank(value)
      return
    case 'global-setting':
      line.settings[does.name] = notBlank(value)
      return
    case 'special':
      if (isOn && long === 'help')
        throw new Answered({ is: 'help', subject: value === '' ? undefined : value })
      if (isOn && (long === 'version' || long === 'manual')) throw new Answered({ is: long })
      SPECIALS[does.name]({ line, operation, flag, value, isOn, place, isConfig: depth > 0 })
      return
    case 'reading':
      yield* READINGS[does.name](
        { line, operation, flag, value, isOn, place, isConfig: depth > 0 },
        (inner, its, deeper) => doArgument(line, inner, its, deeper),
        depth,
      )
      return
    case 'option': {
      const { options } = operation
      const { option, to } = does
      if (to !== undefined) options[option] = isOn ? to : flag.isOnUntold === true ? false : undefined
      else if (optionRow(option).kind === 'list')
        options[option] = [...((options[option] as readonly string[] | undefined) ?? []), value]
      else if (MAY_BE_BLANK.has(option)) options[option] = value
      // A number that is not there is told of as one.
      else options[option] = optionValue(option, isNumber(option) ? value : notBlank(value))
    }
  }
}

function isNumber(option: OptionName): boolean {
  const { kind } = optionRow(option)
  return kind !== 'text' && kind !== 'proxy'
}

function* checkFile({ long }: FlagRow, path: string): Reading {
  const { timeMs } = yield { path: notBlank(path), wants: 'time' }
  if (timeMs !== undefined) return
  throw Refusal.ofArgument(BAD_USE, { error: `The file '${path}' provided to --${long} does not exist` })
}

/** Options for which an empty text means something to curl. */
const MAY_BE_BLANK: ReadonlySet<string> = new Set([
  'altSvc',
  'dohUrl',
  'hsts',
  'noProxy',
  'proxyKeyPasswd',
  'userAgent',
])

function warnOfValue(line: LineDraft, { isFile }: FlagRow, value: string): void {
  if (/^[\u2000-\u203f]/.test(value))
    line.warnings.push(`The argument '${value}' starts with a Unicode character. Maybe ASCII was intended?`)
  if (isFile === true && /^-./s.test(value))
    line.warnings.push(`The filename argument '${value}' looks like a flag.`)
}

function unknown(): Refusal {
  return Refusal.ofArgument(UNKNOWN)
}

/** Ends the reading of a command line that asks for something else than transfers. */
class Answered extends Error {
  readonly answer: ParsedArgs

  constructor(answer: ParsedArgs) {
    super('answered')
    this.answer = answer
  }
}

function refusedLine(refusal: Refusal, shown: string | undefined, line: LineDraft): RefusedLine {
  const { message, exitCode, told, blames } = refusal
  if (told.warning !== undefined) line.warnings.push(told.warning)
  const blame = blames && shown !== undefined ? `option ${shown}: ${message}` : message
  return {
    is: 'refused',
    exitCode,
    warnings: line.settle(),
    errors: [...line.complaints, ...(told.error?.split('\n') ?? []), ...(blame === '' ? [] : [blame])],
    hints: exitCode !== 3 && exitCode !== 49 && blame !== '',
    stderr: line.settings.stderr,
  }
}
