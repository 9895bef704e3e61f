/**
 * From an `Operation` to the options that all its transfers share: reads the files it names, joins the pieces of
 * the body, and adds what the command sends by itself.
 */
import { TransferError, type EasyOptions, type MimePart } from '@trunkline/core'
import type { DataPiece, FormField, Operation, TextSource } from '../command.ts'
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

/** Reads and joins. Rejects with READ_ERROR for a file that cannot be read. */
export async function prepareRequest(
  operation: Operation,
  files: Files,
  surroundings: Pick<Surroundings, 'stdin' | 'env' | 'persona'>,
): Promise<Prepared> {
  const { env, persona = 'trunkline' } = surroundings
  const read = (path: string): Promise<Buffer> =>
    path === '-' ? drain(surroundings.stdin) : readWhole(files, path)
  const warnings: string[] = []
  const headers = firstHost(fieldLines(await headerLines(operation.headers, read)))
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
    headers.push(`If-None-Match: ${await savedEtag(files, operation.etagCompare)}`)
  const mimePost = operation.form.length === 0 ? undefined : await mimeParts(operation.form, read)
  const usualCaInfo = env['CURL_CA_BUNDLE'] ?? env['SSL_CERT_FILE']
  const caInfo = options.caInfo ?? usualCaInfo
  const proxyCaInfo = options.proxyCaInfo ?? usualCaInfo
  return {
    operation,
    options: {
      ...options,
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
      ...(proxyHeader.length === 0 ? {} : { proxyHeader }),
      proxyEnvironment: env,
      // Most users of a command would rather see the answer than be told that a connection had died.
      retryDeadReuse: 'always',
      tcpKeepAlive: options.tcpKeepAlive ?? true,
      ...netrcOf(options, env),
    },
    query,
    ipfsGateway: await ipfsGatewayOf(operation, files, env),
    writeOut: operation.writeOut === undefined ? undefined : await textOf(operation.writeOut, read),
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

/** The file that the environment names, where no flag does. */
function netrcOf({ netrc, netrcFile }: EasyOptions, env: Surroundings['env']): EasyOptions {
  const { NETRC: named } = env
  return netrc === undefined || netrcFile !== undefined || named === undefined ? {} : { netrcFile: named }
}

/**
 * A line without a colon is no field, and is left out; whoever gave it has been warned. So is one that takes away
 * what no field can be named: nothing of it would be sent.
 */
function fieldLines(lines: readonly string[]): string[] {
  return lines
    .filter((line) => line.includes(':') || line.endsWith(';'))
    .map(fieldText)
    .filter((line) => !/^[^:]*[^\w!#$%&'*+.^`|~:-][^:]*:[ \t]*$/.test(line))
}

/** curl's habit: of several Host fields the first one is sent. */
function firstHost(lines: readonly string[]): string[] {
  const first = lines.find((line) => HOST.test(line))
  return lines.filter((line) => line === first || !HOST.test(line))
}

const HOST = /^host[ \t]*:/i
const CONNECTION = /^connection[ \t]*[:;]/i

type Read = (path: string) => Promise<Buffer>

async function headerLines(sources: readonly TextSource[], read: Read): Promise<string[]> {
  const lines: string[] = []
  for (const source of sources) {
    if (source.is === 'text') lines.push(source.text)
    else lines.push(...(await textOf(source, read)).split(/\r?\n/).filter((line) => line !== ''))
  }
  return lines
}

/** Pieces joined by "&", as fields of a form are. */
async function joinData(pieces: readonly DataPiece[], read: Read): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const { source, isJoined, encodes, name = '', isGlued } of pieces) {
    if (parts.length > 0 && isGlued !== true) parts.push(Buffer.from('&'))
    const bytes = source.is === 'text' ? Buffer.from(source.text) : await read(source.path)
    if (encodes === true) parts.push(Buffer.from(`${name === '' ? '' : `${name}=`}${urlEncoded(bytes)}`))
    else if (source.is === 'file' && isJoined)
      parts.push(bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0) as Buffer)
    else parts.push(bytes)
  }
  return Buffer.concat(parts)
}

/** The fields of a form as parts; files are left to the engine, which reads them as they are sent. */
async function mimeParts(fields: readonly FormField[], read: Read): Promise<MimePart[]> {
  const parts: MimePart[] = []
  for (const { name, content, filename, contentType, encoder, headers } of fields) {
    parts.push({
      name,
      ...(await contentOf(content, filename, read)),
      contentType,
      encoder: encoder?.toLowerCase() as MimePart['encoder'],
      headers: (await headerLines(headers, read)).filter((line) => line.includes(':')),
    })
  }
  return parts
}

async function contentOf(
  content: FormField['content'],
  filename: string | undefined,
  read: Read,
): Promise<MimePart> {
  switch (content.is) {
    case 'text':
      return { data: content.text, filename }
    case 'parts':
      return { parts: await mimeParts(content.parts, read) }
    case 'file': {
      const { path, isUpload } = content
      if (path !== '-') return { file: path, filename: isUpload ? filename : '' }
      // Read ahead, as curl does: servers that want to know the length are more than large inputs are.
      return { data: await read('-'), filename: isUpload ? (filename ?? '-') : undefined }
    }
  }
}

/** The first line of a file that --etag-save wrote; a file that is not there is as good as an empty one. */
async function savedEtag(files: Files, path: string): Promise<string> {
  const text = await files.read(path).then(
    (bytes) => Buffer.from(bytes).toString('latin1'),
    () => '',
  )
  return /^[^\r\n]*/.exec(text)![0].trim() || '""'
}

async function textOf(source: TextSource, read: Read): Promise<string> {
  return source.is === 'text' ? source.text : (await read(source.path)).toString()
}

async function readWhole(files: Files, path: string): Promise<Buffer> {
  try {
    return Buffer.from(await files.read(path))
  } catch (cause) {
    throw new TransferError('READ_ERROR', `Failed to open ${path}`, { path }, { phase: 'setup', cause })
  }
}

/** The command line is UTF-8 and goes out byte by byte; a field's text is Latin-1, one character a byte. */
function fieldText(text: string): string {
  return Buffer.from(text).toString('latin1')
}
