/**
 * What flags do that do more than set an option: one small function each.
 *
 * The rule: a function changes the drafts and nothing else; what needs a file stands in `reading-flags.ts`.
 */
import type { TextSource } from '../command.ts'
import type { SpecialName } from './flag-row.ts'
import {
  byteCount,
  certificateAndPassword,
  msPerTransfer,
  octalNumber,
  optionValue,
  portRange,
  wholeNumber,
} from './flag-values.ts'
import { FormError } from './form-flag.ts'
import { PARALLEL, type Given } from './line-draft.ts'
import type { DraftValue } from './operation-draft.ts'
import { isKnownScheme, readProtocols, REDIRECT_SCHEMES } from './protocol-list.ts'
import { BAD_USE, Refusal } from './refusal.ts'
import { encodedPiece, queryPiece } from './url-query.ts'

/** By the name that the row of the flag gives. They throw Refusal. */
export const SPECIALS: Readonly<Record<SpecialName, (given: Given) => void>> = {
  // Asked for before the rest of the line is read: see `parse-args.ts`.
  help: () => undefined,
  manual: () => undefined,
  version: () => undefined,
  next: ({ line, isConfig }) => line.next(isConfig),

  // Bodies
  data: (given) => addData(given, textOrFile(given), true),
  'data-binary': (given) => addData(given, textOrFile(given), false),
  'data-raw': (given) => addData(given, { is: 'text', text: given.value }, false),
  'data-urlencode': ({ line, operation, value }) => operation.data.push(encodedPiece(value, line.shown)),
  json(given) {
    given.operation.switches.set('isJson', true)
    given.operation.data.push({ source: textOrFile(given), isJoined: false, isGlued: true })
  },
  form: (given) => addField(given, false),
  'form-string': (given) => addField(given, true),
  'url-query': ({ line, operation, value }) => operation.query.push(queryPiece(value, line.shown)),
  'upload-file': ({ operation, value }) => operation.addUpload(value),
  head(given) {
    const { operation, isOn } = given
    operation.switches.set('headOnly', isOn)
    operation.switches.set('showsHead', isOn)
    asked(given, isOn ? 'head' : 'get')
  },

  // Fields
  header: (given) => addLine(given, 'HTTP'),
  'proxy-header': (given) => addLine(given, 'proxy'),
  referer({ operation: { options }, value }) {
    options.autoReferer = value.endsWith(';auto')
    const text = options.autoReferer ? value.slice(0, -';auto'.length) : value
    options.referer = text === '' ? undefined : text
  },
  cookie({ operation, value }) {
    if (value.includes('=')) operation.cookies.push(value)
    else
      operation.options.cookieFile = [
        ...((operation.options.cookieFile as readonly string[] | undefined) ?? []),
        value,
      ]
  },

  // Who is asking
  // A password that is missing is asked for: see `password-prompts.ts`.
  login: ({ operation: { options }, value }) => {
    const { user, password } = loginOf(value)
    options.username = user
    options.password = password
  },
  'proxy-login'({ operation: { options }, value }) {
    const { user, password } = loginOf(value)
    options.proxyUsername = user
    options.proxyPassword = password
  },
  auth: ({ operation: { auth }, flag, isOn }) => toggle(auth, flag.long, isOn),
  'auth-any'({ operation: { auth } }) {
    auth.clear()
    auth.add('any')
  },
  'proxy-auth'({ operation: { proxyAuth }, flag, isOn }) {
    const word = flag.long.slice('proxy-'.length)
    toggle(proxyAuth, word === 'anyauth' ? 'any' : word, isOn)
  },
  'aws-sigv4'({ operation: { options }, value }) {
    options.awsSigv4 = value
  },
  'oauth2-bearer'({ operation: { options, auth }, value }) {
    options.xoauth2Bearer = notBlank(value)
    auth.add('bearer')
  },

  // TLS
  cert({ operation: { options }, value }) {
    const { file, password } = certificateAndPassword(value)
    options.sslCert = file
    if (password !== undefined) options.keyPasswd = password
  },
  'proxy-cert'({ operation: { options }, value }) {
    const { file, password } = certificateAndPassword(value)
    options.proxySslCert = file
    if (password !== undefined) options.proxyKeyPasswd = password
  },
  'cert-type'({ flag, value }) {
    const known = flag.long.endsWith('key-type') ? ['PEM'] : ['PEM', 'P12']
    if (!known.includes(value.toUpperCase()))
      throw Refusal.ofArgument(`only ${known.join(' and ')} can be read, not ${value}`)
  },
  insecure({ operation: { options }, isOn }) {
    options.sslVerifyPeer = options.sslVerifyHost = !isOn
  },
  'proxy-insecure'({ operation: { options }, isOn }) {
    options.proxySslVerifyPeer = options.proxySslVerifyHost = !isOn
  },
  'doh-insecure'({ operation: { options }, isOn }) {
    options.dohSslVerifyPeer = options.dohSslVerifyHost = !isOn
  },
  'tls-min'({ operation: { options }, flag }) {
    const least = tlsVersion(flag.long.slice('tlsv'.length))!
    if (options.sslVersionMax !== undefined && String(options.sslVersionMax) < least)
      throw Refusal.ofArgument(BAD_USE, { error: 'Minimum TLS version set higher than max' })
    options.sslVersion = least
  },
  'tls-max'({ operation: { options }, value }) {
    const most = value === 'default' ? 'TLSv1.3' : tlsVersion(value)
    if (most === undefined) throw Refusal.ofArgument(BAD_USE)
    if (options.sslVersion !== undefined && most < String(options.sslVersion))
      throw Refusal.ofArgument(BAD_USE, { error: '--tls-max set lower than minimum accepted version' })
    options.sslVersionMax = most
    // The range must not be empty because of what nobody asked for.
    if (most < 'TLSv1.2') options.sslVersion ??= 'TLSv1'
  },

  // Proxies
  proxy({ operation, value }) {
    operation.options.proxy = value
    if (operation.options.proxyType === 'http1.0') operation.options.proxyType = undefined
  },
  'proxy1.0'({ operation: { options }, value }) {
    options.proxy = value
    options.proxyType = 'http1.0'
  },
  socks({ operation: { options }, flag, value }) {
    const type = flag.long === 'socks5-hostname' ? 'socks5h' : flag.long
    // A scheme that is written goes before that of the flag.
    options.proxy = notBlank(value).includes('://') ? value : `${type}://${value}`
  },

  // The connection
  'dns-servers'({ operation: { options }, value }) {
    options.dnsServers = value === '' ? [] : value.split(',')
  },
  'http-version'({ line, operation: { options }, flag }) {
    const version = flag.long.slice('http'.length)
    if (options.httpVersion !== undefined && options.httpVersion !== version)
      line.warnings.push('Overrides previous HTTP version option')
    options.httpVersion = version
  },
  'keepalive-time'({ operation: { options }, value }) {
    options.tcpKeepIdleMs = Math.max(1, wholeNumber(value, 2_147_483)) * 1_000
  },
  'limit-rate'({ operation: { options }, value }) {
    options.maxRecvSpeed = options.maxSendSpeed = byteCount(value)
  },
  'local-port'({ operation: { options }, value }) {
    Object.assign(options, portRange(value))
  },
  'max-filesize'({ operation: { options }, value }) {
    options.maxFilesize = byteCount(value)
  },

  resolve({ operation: { options }, value }) {
    if (!RESOLVE.test(value)) throw Refusal.ofAll(`(49) Could not parse CURLOPT_RESOLVE entry '${value}'`, 49)
    options.resolve = [...listOf(options.resolve), value]
  },

  'proto-default'({ operation: { options }, value }) {
    const scheme = notBlank(value).toLowerCase()
    if (!isKnownScheme(scheme))
      throw Refusal.ofArgument('a specified protocol is unsupported by libcurl', {}, 1)
    options.defaultProtocol = scheme
  },

  // Redirects
  location({ operation: { options }, isOn }) {
    options.followLocation = isOn
    options.redirectMethod = 'kept'
  },
  follow({ operation: { options }, isOn }) {
    options.followLocation = isOn
    options.redirectMethod = 'by-status'
  },
  'location-trusted'({ operation: { options }, isOn }) {
    options.followLocation = options.unrestrictedAuth = isOn
    options.redirectMethod = 'kept'
  },
  'max-redirs'({ operation: { options }, value }) {
    if (/^-([2-9]|\d\d)/.test(value)) throw Refusal.ofArgument('expected a proper numerical parameter')
    options.maxRedirs = value === '-1' ? -1 : optionValue('maxRedirs', value)
  },
  proto({ operation: { options }, value }) {
    options.protocols = readProtocols(value, listIfAny(options.protocols))
  },
  'proto-redir'({ operation: { options }, value }) {
    options.redirProtocols = readProtocols(value, listIfAny(options.redirProtocols) ?? REDIRECT_SCHEMES)
  },

  // Parts
  range({ line, operation, value }) {
    if (operation.resume !== undefined) throw exclusive('range')
    if (/^\d+$/.test(value)) {
      line.warnings.push('A specified range MUST include at least one dash (-). Appending one for you')
      operation.options.range = `${value}-`
      return
    }
    if (/[^\d,-]/.test(value)) line.warnings.push(BAD_RANGE)
    operation.options.range = notBlank(value)
  },
  'continue-at'({ operation, value }) {
    if (operation.options.range !== undefined) throw exclusive('range')
    if (operation.isOn('removesOnError')) throw exclusive('remove-on-error')
    if (operation.clobber === 'never') throw exclusive('no-clobber')
    operation.resume = value === '-' ? '-' : offset(value)
  },
  raw({ operation: { options }, isOn }) {
    options.httpContentDecoding = options.httpTransferDecoding = !isOn
  },
  'etag-save'({ operation, value }) {
    checkSingleUrl(operation.urlCount)
    operation.etagSave = notBlank(value)
  },
  'etag-compare'({ operation, value }) {
    checkSingleUrl(operation.urlCount)
    operation.etagCompare = notBlank(value)
  },

  // Output
  output: ({ operation, value }) =>
    operation.addOutput(
      notBlank(value) === '-' ? { is: 'stdout', isAsked: true } : { is: 'file', template: value },
    ),
  'out-null': ({ operation }) => operation.addOutput({ is: 'null' }),
  'remote-name'({ operation, isOn }) {
    if (isOn) operation.addOutput({ is: 'remote-name' })
    else if (operation.isOn('namesAllByUrl')) operation.addOutput({ is: 'stdout' })
  },
  clobber({ operation, isOn }) {
    if (operation.resume !== undefined && !isOn) throw exclusive('no-clobber')
    operation.clobber = isOn ? 'always' : 'never'
  },
  'remove-on-error'({ operation, isOn }) {
    if (operation.resume !== undefined && isOn) throw exclusive('remove-on-error')
    operation.switches.set('removesOnError', isOn)
  },
  'create-file-mode'({ operation, value }) {
    operation.options.newFilePerms = octalNumber(value, 0o777)
  },
  fail({ line, operation, isOn }) {
    if (isOn && operation.isOn('failsWithBody')) line.warnings.push('--fail deselects --fail-with-body here')
    operation.options.failOnError = isOn ? true : undefined
    operation.switches.set('failsWithBody', false)
  },
  'fail-with-body'({ line, operation, isOn }) {
    if (isOn && operation.options.failOnError === true)
      line.warnings.push('--fail-with-body deselects --fail here')
    operation.options.failOnError = undefined
    operation.switches.set('failsWithBody', isOn)
  },
  'write-out'(given) {
    given.operation.writeOut = textOrFile(given)
  },

  // The whole command
  'parallel-max'({ line, flag, value }) {
    const count = Math.min(wholeNumber(value), PARALLEL.most)
    if (flag.long === 'parallel-max') line.parallelMax = count < 1 ? PARALLEL.usual : count
    else line.parallelMaxHost = count
  },
  progress({ line: { switches }, value }) {
    if (!['meter', 'bar', 'multi', 'none'].includes(value))
      throw Refusal.ofArgument(`knows meter, bar, multi and none, not ${value}`)
    switches.set('showsProgress', value !== 'none')
    switches.set('hasProgressBar', value === 'bar')
    switches.set('hasMultiProgress', value === 'multi')
  },
  rate({ line, value }) {
    line.msPerTransfer = msPerTransfer(value)
  },
  trace({ line, flag, value }) {
    const is = flag.long === 'trace' ? 'hex' : 'ascii'
    if (line.trace !== undefined && line.trace.is !== is)
      line.warnings.push(
        `--${flag.long} overrides an earlier trace${flag.long === 'trace' ? '/verbose' : '/verbose'} option`,
      )
    line.trace = { is, path: notBlank(value) }
  },
  'trace-config': ({ line, value }) => line.configureTrace(notBlank(value)),
  verbose({ line, isOn, place }) {
    if (!isOn) {
      line.verbosity = 0
      line.trace = undefined
      line.traceComponents.clear()
      return
    }
    if (place === 0) line.verbosity = 0
    line.verbosity = Math.min(line.verbosity + 1, 4)
    if (line.verbosity === 1) {
      if (line.trace !== undefined && line.trace.is !== 'plain')
        line.warnings.push('-v, --verbose overrides an earlier trace option')
      line.trace = { is: 'plain' }
    }
    if (line.verbosity === 2) {
      line.configureTrace('ids,time,protocol')
    }
    if (line.verbosity === 3) {
      line.trace = { is: 'ascii', path: '%' }
      line.configureTrace('ssl,read,write')
    }
    if (line.verbosity === 4) line.configureTrace('network')
  },
}

/** Which entry is looked at in whole later: `[+]host:port:address...` or `-host:port`. */
const RESOLVE =
  /^(?:-[^:]+:(?:\d+|\*)|\+?(?:[^:]+|\[[^\]]*\]):(?:\d+|\*):\[?[\da-f.:%]+\]?(?:,\[?[\da-f.:%]+\]?)*)$/is

const BAD_RANGE =
  "Invalid character is found in given range. A specified range MUST have only digits in 'start'-'stop'. The server's response to this request is uncertain."

function addData({ operation }: Given, source: TextSource, isJoined: boolean): void {
  operation.data.push({ source, isJoined })
}

function addField(given: Given, isLiteral: boolean): void {
  const { line, operation, value } = given
  try {
    operation.form.add(value, isLiteral)
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    line.warnings.push(error.message)
    throw Refusal.ofArgument(BAD_USE)
  }
  asked(given, 'form')
}

function addLine(given: Given, kind: 'HTTP' | 'proxy'): void {
  const { line, operation, value } = given
  if (!value.startsWith('@') && !/[:;]/.test(value))
    line.warnings.push(`The provided ${kind} header '${value}' does not look like a header?`)
  const fields = kind === 'proxy' ? operation.proxyHeaders : operation.headers
  fields.push(textOrFile(given))
}

/** A request has one method; what asks for another is refused in curl's words. */
function asked({ line, operation }: Given, what: 'get' | 'head' | 'form'): void {
  const warning = operation.ask(what)
  if (warning === undefined) return
  line.warnings.push(warning)
  throw Refusal.ofArgument(BAD_USE)
}

function loginOf(value: string): { readonly user: string; readonly password: string | undefined } {
  const colon = value.indexOf(':')
  if (colon < 0) return { user: value, password: undefined }
  return { user: value.slice(0, colon), password: value.slice(colon + 1) }
}

function textOrFile({ line: { shown }, value }: Given): TextSource {
  return value.startsWith('@')
    ? { is: 'file', path: value.slice(1), asked: shown }
    : { is: 'text', text: value }
}

/** The value, when there is one. */
export function notBlank(value: string): string {
  if (value === '') throw Refusal.ofArgument('blank argument where content is expected')
  return value
}

function offset(value: string): number {
  if (!/^\d+$/.test(value)) throw Refusal.ofArgument('expected a proper numerical parameter')
  return wholeNumber(value)
}

function exclusive(other: string): Refusal {
  return Refusal.ofArgument(BAD_USE, { error: `--continue-at is mutually exclusive with --${other}` })
}

function checkSingleUrl(count: number): void {
  if (count > 1) throw Refusal.ofArgument(BAD_USE, { error: 'The etag options only work on a single URL' })
}

function toggle(words: Set<string>, word: string, isOn: boolean): void {
  if (isOn) words.add(word)
  else words.delete(word)
}

function listOf(value: DraftValue): readonly string[] {
  return listIfAny(value) ?? []
}

function listIfAny(value: DraftValue): readonly string[] | undefined {
  return typeof value === 'object' ? value : undefined
}

/** `1.0`, `1`, `1.1`, `1.2`, `1.3` in the words of the options. */
function tlsVersion(text: string): string | undefined {
  if (text === '1' || text === '1.0') return 'TLSv1'
  return /^1\.[123]$/.test(text) ? `TLSv${text}` : undefined
}
