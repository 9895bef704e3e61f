/**
 * Turns a command line into a `Command`. Pure: no file is read, nothing is printed.
 *
 * The rule: `node:util` cuts the line into tokens (groups of short flags, values that are joined on, `--`),
 * and curl's habits come on top of the tokens: later flags win, lists grow, `--no-` turns off, outputs pair
 * with URLs in order, `--flag=value` is unknown.
 */
import { parseArgs } from 'node:util'
import type { EasyOptions } from '@trunkline/core'
import type { Command, DataPiece, OutputChoice, ResumeChoice, TextSource } from './command.ts'
import {
  FLAGS,
  optionRow,
  type FlagRow,
  type OptionName,
  type SpecialName,
  type SwitchName,
} from './flags.ts'
import { FormDraft, FormError } from './form-flag.ts'
import { readProtocols } from './protocol-list.ts'
import { GlobError, parseGlob, plainGlob, type Glob } from './glob.ts'
import { encodedPiece, queryPiece } from './url-query.ts'

/** What a command line comes to. */
export type ParsedArgs =
  | { readonly is: 'run'; readonly command: Command }
  | { readonly is: 'help' }
  | { readonly is: 'version' }
  /** Nothing to be done; `lines` say why. */
  | { readonly is: 'refused'; readonly exitCode: number; readonly lines: readonly string[] }

/** Reads the arguments after the command's name. Never throws. */
export function parseCommandLine(argv: readonly string[]): ParsedArgs {
  const draft = new Draft()
  try {
    for (const { flag, value, shown } of flagsIn(argv)) {
      if (flag === undefined) draft.urls.push(value)
      else if (flag.does.is === 'special' && (flag.does.name === 'help' || flag.does.name === 'version'))
        return { is: flag.does.name }
      else apply(draft, flag, value, shown)
    }
    return { is: 'run', command: finish(draft) }
  } catch (error) {
    if (error instanceof Refusal) return { is: 'refused', exitCode: error.exitCode, lines: error.lines }
    throw error
  }
}

// ---- Tokens ----------------------------------------------------------------------------------------

/** A flag with its value ('off' for `--no-`, '' for none), or a URL. */
interface Given {
  readonly flag: FlagRow | undefined
  readonly value: string
  /** The flag as it was written, for messages. */
  readonly shown: string
}

function* flagsIn(argv: readonly string[]): Generator<Given> {
  const { tokens } = parseArgs({
    args: [...argv],
    options: TOKEN_OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') yield { flag: undefined, value: token.value, shown: token.value }
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const isLong = rawName.startsWith('--')
    const flag = BY_NAME.get(isLong ? name : (LONG_OF_SHORT.get(rawName.slice(1)) ?? ''))
    if (isLong && inlineValue === true) throw new Refusal(`option ${rawName}=${value}: is unknown`)
    if (flag === undefined) {
      const turned = isLong && name.startsWith('no-') ? BY_NAME.get(name.slice(3)) : undefined
      if (turned === undefined || !isToggle(turned)) throw new Refusal(`option ${rawName}: is unknown`)
      yield { flag: turned, value: OFF, shown: rawName }
    } else if (flag.value === undefined) yield { flag, value: '', shown: rawName }
    else if (value === undefined) throw new Refusal(`option ${rawName}: requires parameter`)
    else yield { flag, value, shown: rawName }
  }
}

const OFF = 'off'
const BY_NAME: ReadonlyMap<string, FlagRow> = new Map(FLAGS.map((flag) => [flag.long, flag]))
const LONG_OF_SHORT: ReadonlyMap<string, string> = new Map(
  FLAGS.flatMap(({ short, long }) => (short === undefined ? [] : [[short, long] as const])),
)
const TOKEN_OPTIONS = Object.fromEntries(
  FLAGS.map(({ long, short, value }) => [
    long,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short === undefined ? {} : { short }),
    },
  ]),
)

const TOGGLES: ReadonlySet<SpecialName> = new Set(['insecure', 'proxy-insecure', 'doh-insecure', 'raw'])

function isToggle({ does }: FlagRow): boolean {
  return (
    does.is === 'switch' ||
    (does.is === 'option' && does.to !== undefined) ||
    (does.is === 'special' && TOGGLES.has(does.name))
  )
}

// ---- Effects ---------------------------------------------------------------------------------------

/** The command as far as it has been read. */
class Draft {
  readonly options: Partial<Record<OptionName, string | number | boolean | readonly string[] | undefined>> =
    {}
  readonly switches = new Set<SwitchName>()
  readonly urls: string[] = []
  readonly outputs: OutputChoice[] = []
  readonly data: DataPiece[] = []
  readonly form = new FormDraft()
  readonly query: DataPiece[] = []
  readonly uploads: string[] = []
  readonly headers: TextSource[] = []
  readonly proxyHeaders: TextSource[] = []
  resume: ResumeChoice | undefined
  etagSave: string | undefined
  etagCompare: string | undefined
  writeOut: TextSource | undefined
  parallelMax = PARALLEL.usual
}

/** curl's numbers: 50 unless told otherwise, and no more than there are ports. */
const PARALLEL = { usual: 50, most: 65_535 }

function apply(draft: Draft, flag: FlagRow, value: string, shown: string): void {
  const { does } = flag
  const isOff = value === OFF && flag.value === undefined
  switch (does.is) {
    case 'refused':
      throw new Refusal(`option ${shown}: ${does.because}`)
    case 'switch':
      if (isOff) draft.switches.delete(does.name)
      else draft.switches.add(does.name)
      return
    case 'special':
      SPECIALS[does.name](draft, value, shown)
      return
    case 'option': {
      if (does.to !== undefined) draft.options[does.option] = isOff ? undefined : does.to
      else if (optionRow(does.option).kind === 'list')
        draft.options[does.option] = [...((draft.options[does.option] as string[] | undefined) ?? []), value]
      else draft.options[does.option] = optionValue(does.option, value, shown)
    }
  }
}

const SPECIALS: Readonly<Record<SpecialName, (draft: Draft, value: string, shown: string) => void>> = {
  help: () => undefined,
  version: () => undefined,
  url: (draft, value) => draft.urls.push(value),
  output: (draft, value) =>
    draft.outputs.push(value === '-' ? { is: 'stdout' } : { is: 'file', template: value }),
  'remote-name': (draft) => draft.outputs.push({ is: 'remote-name' }),
  data: (draft, value) => draft.data.push({ source: textOrFile(value), isJoined: true }),
  'data-binary': (draft, value) => draft.data.push({ source: textOrFile(value), isJoined: false }),
  'data-raw': (draft, value) => draft.data.push({ source: { is: 'text', text: value }, isJoined: false }),
  'data-urlencode': (draft, value) => draft.data.push(encodedPiece(value)),
  json(draft, value) {
    draft.switches.add('isJson')
    draft.data.push({ source: textOrFile(value), isJoined: false, isGlued: true })
  },
  form: (draft, value) => addField(draft, value, false),
  'form-string': (draft, value) => addField(draft, value, true),
  'url-query': (draft, value) => draft.query.push(queryPiece(value)),
  'upload-file': (draft, value) => draft.uploads.push(value),
  'continue-at'(draft, value, shown) {
    draft.resume = value === '-' ? '-' : wholeNumber(value, shown)
  },
  'etag-save'(draft, value) {
    draft.etagSave = value
  },
  'etag-compare'(draft, value) {
    draft.etagCompare = value
  },
  header: (draft, value) => draft.headers.push(textOrFile(value)),
  'proxy-header': (draft, value) => draft.proxyHeaders.push(textOrFile(value)),
  socks4: (draft, value) => setProxy(draft, 'socks4', value),
  socks4a: (draft, value) => setProxy(draft, 'socks4a', value),
  socks5: (draft, value) => setProxy(draft, 'socks5', value),
  socks5h: (draft, value) => setProxy(draft, 'socks5h', value),
  'proxy-insecure'(draft, value) {
    draft.options.proxySslVerifyPeer = draft.options.proxySslVerifyHost = value === OFF
  },
  'proxy-login'(draft, value, shown) {
    const { user, password } = loginOf(value, shown)
    draft.options.proxyUsername = user
    draft.options.proxyPassword = password
  },
  'write-out'(draft, value) {
    draft.writeOut = textOrFile(value)
  },
  referer(draft, value) {
    const isAuto = value.endsWith(';auto')
    if (isAuto) draft.options.autoReferer = true
    draft.options.referer = isAuto ? value.slice(0, -';auto'.length) : value
  },
  raw(draft, value) {
    draft.options.httpContentDecoding = draft.options.httpTransferDecoding = value === OFF
  },
  insecure(draft, value) {
    draft.options.sslVerifyPeer = draft.options.sslVerifyHost = value === OFF
  },
  'location-trusted'(draft, value) {
    draft.options.followLocation = draft.options.unrestrictedAuth = value !== OFF
  },
  'basic-login'(draft, value, shown) {
    const { user, password } = loginOf(value, shown)
    draft.options.username = user
    draft.options.password = password
  },
  'dns-servers'(draft, value) {
    draft.options.dnsServers = value === '' ? [] : value.split(',')
  },
  'doh-insecure'(draft, value) {
    draft.options.dohSslVerifyPeer = draft.options.dohSslVerifyHost = value === OFF
  },
  proto(draft, value) {
    draft.options.protocols = readProtocols(value, draft.options.protocols as string[] | undefined)
  },
  'proto-redir'(draft, value) {
    draft.options.redirProtocols = readProtocols(value, draft.options.redirProtocols as string[] | undefined)
  },
  'parallel-max'(draft, value, shown) {
    const count = wholeNumber(value, shown)
    draft.parallelMax = count < 1 ? PARALLEL.usual : Math.min(count, PARALLEL.most)
  },
}

function loginOf(value: string, shown: string): { readonly user: string; readonly password: string } {
  const colon = value.indexOf(':')
  if (colon < 0) throw new Refusal(`option ${shown}: wants user:password; the password is not asked for`)
  return { user: value.slice(0, colon), password: value.slice(colon + 1) }
}

/** A scheme that is written goes before that of the flag, as with curl. */
function setProxy(draft: Draft, type: string, value: string): void {
  draft.options.proxy = value.includes('://') ? value : `${type}://${value}`
}

function addField(draft: Draft, value: string, isLiteral: boolean): void {
  try {
    draft.form.add(value, isLiteral)
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    throw new Refusal(`(2) ${error.message}: ${value}`)
  }
}

function textOrFile(value: string): TextSource {
  return value.startsWith('@') ? { is: 'file', path: value.slice(1) } : { is: 'text', text: value }
}

/** A flag's value in the unit and within the bounds of its option's row. */
function optionValue(option: OptionName, value: string, shown: string): string | number {
  const row = optionRow(option)
  if (row.kind === 'text' || row.kind === 'proxy') return value
  const number =
    row.kind === 'duration'
      ? seconds(value, shown) * 1_000
      : row.unit === 'bytes'
        ? byteCount(value, shown)
        : wholeNumber(value, shown)
  if (number > (row.max ?? Number.MAX_SAFE_INTEGER)) throw new Refusal(`option ${shown}: value is too large`)
  return number
}

function wholeNumber(value: string, shown: string): number {
  if (/^-\d+$/.test(value)) throw new Refusal(`option ${shown}: expected a positive numerical parameter`)
  if (!/^\d{1,16}$/.test(value)) throw new Refusal(`option ${shown}: expected a proper numerical parameter`)
  return Number(value)
}

function seconds(value: string, shown: string): number {
  if (/^-[\d.]+$/.test(value)) throw new Refusal(`option ${shown}: expected a positive numerical parameter`)
  if (!/^(\d{1,12}(\.\d*)?|\.\d+)$/.test(value))
    throw new Refusal(`option ${shown}: expected a proper numerical parameter`)
  return Number(value)
}

/** `512`, `64K`, `10M`: powers of 1024, as curl counts. */
function byteCount(value: string, shown: string): number {
  const unit = /^\d+([bkmg])$/i.exec(value)?.[1]?.toLowerCase()
  return (
    wholeNumber(unit === undefined ? value : value.slice(0, -1), shown) * 1024 ** 'bkmg'.indexOf(unit ?? 'b')
  )
}

// ---- The whole -------------------------------------------------------------------------------------

function finish(draft: Draft): Command {
  const { options, switches, urls, outputs, data, form, uploads } = draft
  if (urls.length === 0) throw new Refusal('(2) no URL specified')
  const headOnly = switches.has('headOnly')
  checkMethods(draft)
  if ((draft.etagSave !== undefined || draft.etagCompare !== undefined) && urls.length > 1)
    throw new Refusal('(2) The etag options only work on a single URL')
  const { resume } = draft
  if (resume !== undefined && options.range !== undefined)
    throw new Refusal('(2) --continue-at is mutually exclusive with --range')
  if (typeof resume === 'number') options.resumeFrom = resume
  // One without the other means what it means to curl.
  if (options.lowSpeedTimeMs !== undefined) options.lowSpeedLimit ??= 1
  if (options.lowSpeedLimit !== undefined) options.lowSpeedTimeMs ??= 30_000
  if (headOnly) options.noBody = true
  return {
    options: options as EasyOptions,
    headers: draft.headers,
    proxyHeaders: draft.proxyHeaders,
    data,
    form: form.fields,
    query: draft.query,
    resume,
    etagSave: draft.etagSave,
    etagCompare: draft.etagCompare,
    targets: urls.map((url, index) => ({
      glob: globOf(url, switches.has('isGlobOff')),
      output: outputs[index] ?? { is: 'stdout' },
      upload: uploads[index] === undefined ? undefined : globOf(uploads[index], switches.has('isGlobOff')),
    })),
    writeOut: draft.writeOut,
    parallelMax: draft.parallelMax,
    warnings: [
      ...(outputs.length > urls.length ? ['Got more output options than URLs'] : []),
      ...form.warnings,
    ],
    headOnly,
    usesGet: switches.has('usesGet'),
    isJson: switches.has('isJson'),
    showsHead: switches.has('showsHead'),
    showsErrors: switches.has('showsErrors'),
    isGlobOff: switches.has('isGlobOff'),
    isParallel: switches.has('isParallel'),
    isSilent: switches.has('isSilent'),
    isVerbose: switches.has('isVerbose'),
  }
}

/** A request has one method; what asks for another is refused in curl's words. */
function checkMethods({ switches, data, form, uploads }: Draft): void {
  const usesGet = switches.has('usesGet')
  const asked = [
    form.fields.length > 0 && 'multipart formpost (-F, --form)',
    data.length > 0 && !usesGet && 'POST (-d, --data)',
    uploads.length > 0 && 'PUT (-T, --upload-file)',
    switches.has('headOnly') && 'HEAD (-I, --head)',
  ].filter((one) => one !== false)
  if (asked.length > 1) {
    throw new Refusal(
      `(2) You can only select one HTTP request method! You asked for both ${asked[0]} and ${asked[1]}.`,
    )
  }
}

function globOf(url: string, isOff: boolean): Glob {
  if (isOff) return plainGlob(url)
  try {
    return parseGlob(url)
  } catch (error) {
    if (!(error instanceof GlobError)) throw error
    throw new Refusal(
      `(3) ${error.message} in URL position ${error.position}:\n${url}\n${' '.repeat(error.position - 1)}^`,
      3,
    )
  }
}

/** Ends the reading of a command line. */
class Refusal extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 2) {
    super(message)
    this.exitCode = exitCode
  }

  get lines(): readonly string[] {
    const hint = `trunkline: try 'trunkline --help' for more information`
    return [`trunkline: ${this.message}`, ...(this.exitCode === 2 ? [hint] : [])]
  }
}
