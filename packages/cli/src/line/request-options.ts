/**
 * From an `Operation` to the options that all its transfers share: reads the files it names, joins the pieces of
 * the body, and adds what the command sends by itself.
 */
import type { EasyOptions, MimePart } from '@trunkline/core'
import type { DataPiece, FileSource, FormField, Operation, TextSource } from '../command.ts'
import { gatewayFile, isIpfsUrl, type IpfsGateway } from './ipfs.ts'
import type { Files, Surroundings } from '../surroundings.ts'
import { drain } from './standard-input.ts'
import { urlEncoded } from './url-query.ts'
import { userAgentOf } from '../help/version.ts'

/** What is read before the first transfer. */
export interface Prepared {
  readonly operation: Operation
  readonly options: EasyOptions
  /** What is added to the query of each URL. */
  readonly query: string | undefined
  /** Where `ipfs://` URLs are asked for. */
  readonly ipfsGateway: IpfsGateway | undefined
  /** The format of `-w`. */
  readonly writeOut: string | undefined
  readonly warnings: readonly string[]
}

/** Reads and joins. Rejects with `Unreadable` for a file that cannot be read. */
export async function prepareRequest(
  operation: Operation,
  files: Files,
  surroundings: Pick<Surroundings, 'stdin' | 'env' | 'persona'>,
): Promise<Prepared> {
  const { env, persona = 'trunkline' } = surroundings
  const read: Read = (source) => (source.path === '-' ? drain(surroundings.stdin) : readWhole(files, source))
  const warnings: string[] = []
  const given = fieldLines(await headerLines(operation.headers, read))
  const headers = firstHost(given.filter((line) => !isOdd(line)))
  // Nothing of a line that takes away what no field can be named would be sent.
  const oddHeaders = given.filter((line) => isOdd(line) && !/:[ \t]*$/.test(line))
  if (operation.isJson && (operation.usesGet || operation.headOnly)) addJsonFields(headers)
  // The library asks HTTP/1.0 servers to keep the connection; curl does not. A WebSocket needs the field.
  const asksForWebSockets = operation.targets.some(({ url }) => /^wss?:/i.test(url))
  if (!asksForWebSockets && !headers.some((line) => CONNECTION.test(line))) headers.push('Connection:')
  const proxyHeader = fieldLines(await headerLines(operation.proxyHeaders, read))
  const { options, usesGet } = operation
  const data = operation.data.length === 0 ? undefined : await joinData(operation.data, read)
  const query =
    usesGet && data !== undefined
      ? Buffer.from(data).toString()
      : operation.query.length === 0
        ? undefined
        : Buffer.from(await joinData(operation.query, read)).toString()
  if (operation.etagCompare !== undefined)
    headers.push(`If-None-Match: ${await savedEtag(files, operation.etagCompare, warnings)}`)
  const mimePost = operation.form.length === 0 ? undefined : await mimeParts(operation.form, read, warnings)
  const usualCaInfo = env['CURL_CA_BUNDLE'] ?? env['SSL_CERT_FILE']
  const caInfo = options.caInfo ?? usualCaInfo
  const proxyCaInfo = options.proxyCaInfo ?? usualCaInfo
  return {
    operation,
    options: {
      ...options,
      // What names no other place means nothing to curl.
      ...(options.connectTo === undefined
        ? {}
        : { connectTo: options.connectTo.filter((entry) => entry.includes(':')) }),
      // A login of nobody is for those who log in in other ways.
      ...(options.username === '' && options.password === ''
        ? { username: undefined, password: undefined }
        : {}),
      ...(options.proxyUsername === '' && options.proxyPassword === ''
        ? { proxyUsername: undefined, proxyPassword: undefined }
        : {}),
      // As curl's command; its library has 30.
      maxRedirs: options.maxRedirs ?? 50,
      userAgent: fieldText(options.userAgent ?? userAgentOf(persona)),
      ...(options.referer === undefined ? {} : { referer: fieldText(options.referer) }),
      ...(options.cookie === undefined ? {} : { cookie: fieldText(options.cookie) }),
      ...(caInfo === undefined || caInfo === '' || options.sslVerifyPeer === false ? {} : { caInfo }),
      ...(proxyCaInfo === undefined || proxyCaInfo === '' || options.proxySslVerifyPeer === false
        ? {}
        : { proxyCaInfo }),
      ...(data === undefined || usesGet
        ? {}
        : operation.isJson
          ? { json: data.toString() }
          : { postFields: data }),
      ...(mimePost === undefined ? {} : { mimePost }),
      headers,
      framingAsGiven: true,
      ...(oddHeaders.length === 0 ? {} : { oddHeaders }),
      ...(proxyHeader.length === 0 ? {} : { proxyHeader }),
      proxyEnvironment: env,
      // Most users of a command would rather see the answer than be told that a connection had died.
      retryDeadReuse: 'always',
      tcpKeepAlive: options.tcpKeepAlive ?? true,
      ...(await netrcOf(options, env, files)),
    },
    query,
    ipfsGateway: await ipfsGatewayOf(operation, files, env),
    writeOut: operation.writeOut === undefined ? undefined : await formatOf(operation.writeOut, read),
    warnings,
  }
}

async function ipfsGatewayOf(
  { targets, settings }: Operation,
  files: Files,
  env: Surroundings['env'],
): Promise<IpfsGateway | undefined> {
  if (!targets.some(({ url }) => isIpfsUrl(url))) return undefined
  if (settings.ipfsGateway !== undefined) return { url: settings.ipfsGateway, isFlag: true }
  const { IPFS_GATEWAY: named = '' } = env
  if (named !== '') return { url: named, isFlag: false }
  const path = gatewayFile(env)
  const text =
    path === undefined
      ? ''
      : await files.read(path).then(
          (bytes) => Buffer.from(bytes).toString(),
          () => '',
        )
  const [line = ''] = text.split(/\r?\n/)
  return line === '' ? undefined : { url: line, isFlag: false }
}

/**
 * The file that a flag names, or else the environment. What a URL says of the login goes before the file, also where
 * the file is required: that it is there is all that is then asked of it.
 */
async function netrcOf(
  { netrc, netrcFile }: EasyOptions,
  env: Surroundings['env'],
  files: Files,
): Promise<EasyOptions> {
  if (netrcFile !== undefined) return { netrc: 'optional' }
  if (netrc === undefined) return {}
  const { NETRC: named, HOME: home = '' } = env
  const isThere = await files.changedMs(named ?? `${home}/.netrc`).then(
    () => true,
    () => false,
  )
  return { netrc: isThere ? 'optional' : netrc, ...(named === undefined ? {} : { netrcFile: named }) }
}

/**
 * A line without a colon is no field, and is left out; whoever gave it has been warned.
 */
function fieldLines(lines: readonly string[]): string[] {
  return lines.filter((line) => /^[^:;]+(?::|;$)/.test(line)).map(fieldText)
}

/** Whether the name of a line is no token. */
function isOdd(line: string): boolean {
  return /^[^:]*[^\w!#$%&'*+.^`|~:;-][^:]*:/.test(line)
}

/** curl's habit: of several Host fields the first one is sent. */
function firstHost(lines: readonly string[]): string[] {
  const first = lines.find((line) => HOST.test(line))
  return lines
    .filter((line) => line === first || !HOST.test(line))
    .map((line) => line.replace(/^host(?=[:;])/i, 'Host'))
}

/** What --json asks for, also where nothing is sent in a body. */
function addJsonFields(lines: string[]): void {
  for (const name of ['Content-Type', 'Accept'])
    if (!lines.some((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
      lines.push(`${name}: application/json`)
}

const HOST = /^host[ \t]*:/i
const CONNECTION = /^connection[ \t]*[:;]/i

type Read = (source: FileSource) => Promise<Buffer>

/** Why a request cannot be made: a file that was asked for cannot be read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  /** The argument that asked for it. */
  readonly asked: string

  constructor(path: string, asked: string) {
    super(`Failed to open ${path}`)
    this.asked = asked
  }
}

async function headerLines(sources: readonly TextSource[], read: Read): Promise<string[]> {
  const lines: string[] = []
  for (const source of sources) {
    if (source.is === 'text') lines.push(source.text)
    else lines.push(...(await textOf(source, read)).split(/\r?\n/).filter((line) => !/^(#|$)/.test(line)))
  }
  return lines
}

/** Fields of a part; in a file a line that begins with a blank goes on with the one before it. */
async function partLines(sources: readonly TextSource[], read: Read, warnings: string[]): Promise<string[]> {
  const lines: string[] = []
  for (const source of sources) {
    if (source.is === 'text') {
      lines.push(source.text)
      continue
    }
    try {
      const text = (await textOf(source, read)).replaceAll(/^#.*\n?/gm, '')
      lines.push(...text.replaceAll(/\r?\n(?=[ \t])/g, '').split(/\r?\n/))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      warnings.push(`Cannot read from ${source.path}: No such file or directory`)
    }
  }
  return lines
}

/** Pieces joined by "&", as fields of a form are. */
async function joinData(pieces: readonly DataPiece[], read: Read): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const { source, isJoined, encodes, name = '', isGlued } of pieces) {
    // Nothing has to be kept apart from nothing.
    if (parts.some((part) => part.length > 0) && isGlued !== true) parts.push(Buffer.from('&'))
    const bytes = source.is === 'text' ? Buffer.from(source.text) : await read(source)
    // curl gives a file without content no name.
    if (encodes === true && source.is === 'file' && bytes.length === 0) continue
    if (encodes === true) parts.push(Buffer.from(`${name === '' ? '' : `${name}=`}${urlEncoded(bytes)}`))
    else if (source.is === 'file' && isJoined)
      parts.push(bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0) as Buffer)
    else parts.push(bytes)
  }
  return Buffer.concat(parts)
}

/** The fields of a form as parts; files are left to the engine, which reads them as they are sent. */
async function mimeParts(fields: readonly FormField[], read: Read, warnings: string[]): Promise<MimePart[]> {
  const parts: MimePart[] = []
  for (const { name, content, filename, contentType, encoder, headers } of fields) {
    parts.push({
      name,
      ...(await contentOf(content, filename, read, warnings)),
      contentType,
      encoder: encoder?.toLowerCase() as MimePart['encoder'],
      headers: (await partLines(headers, read, warnings)).filter((line) => line.includes(':')),
    })
  }
  return parts
}

async function contentOf(
  content: FormField['content'],
  filename: string | undefined,
  read: Read,
  warnings: string[],
): Promise<MimePart> {
  switch (content.is) {
    case 'text':
      return { data: content.text, filename }
    case 'parts':
      return { parts: await mimeParts(content.parts, read, warnings) }
    case 'file': {
      const { path, isUpload } = content
      if (path !== '-') return { file: path, filename: isUpload ? filename : '' }
      // Read ahead, as curl does: servers that want to know the length are more than large inputs are.
      return {
        data: await read({ is: 'file', path: '-' }),
        filename: isUpload ? (filename ?? '-') : undefined,
      }
    }
  }
}

/** What --etag-save wrote, without line ends; a file that is not there is as good as an empty one. */
async function savedEtag(files: Files, path: string, warnings: string[]): Promise<string> {
  const text = await files.read(path).then(
    (bytes) => Buffer.from(bytes).toString('latin1'),
    () => {
      warnings.push(`Failed to open ${path}: No such file or directory`)
      return ''
    },
  )
  return text === '' ? '""' : text.replaceAll(/[\r\n\0]/g, '')
}

async function textOf(source: TextSource, read: Read): Promise<string> {
  return source.is === 'text' ? source.text : (await read(source)).toString()
}

/** The format of `-w`: that of a file has no line ends. */
async function formatOf(source: TextSource, read: Read): Promise<string> {
  const text = await textOf(source, read)
  return source.is === 'text' ? text : text.replaceAll(/[\r\n\0]/g, '')
}

async function readWhole(files: Files, { path, asked = '' }: FileSource): Promise<Buffer> {
  try {
    return Buffer.from(await files.read(path))
  } catch {
    throw new Unreadable(path, asked)
  }
}

/** The command line is UTF-8 and goes out byte by byte; a field's text is Latin-1, one character a byte. */
function fieldText(text: string): string {
  return Buffer.from(text).toString('latin1')
}
