/**
 * From a `Command` to the options that all its transfers share: reads the files it names, joins the pieces of
 * the body, and adds what the command sends by itself.
 */
import { TransferError, type EasyOptions, type MimePart } from '@trunkline/core'
import type { Command, DataPiece, FormField, TextSource } from './command.ts'
import type { Files, Surroundings } from './surroundings.ts'
import { urlEncoded } from './url-query.ts'
import { userAgentOf } from './version.ts'

/** What is read before the first transfer. */
export interface Prepared {
  readonly options: EasyOptions
  /** What is added to the query of each URL. */
  readonly query: string | undefined
  /** The format of `-w`. */
  readonly writeOut: string | undefined
  readonly warnings: readonly string[]
}

/** Reads and joins. Rejects with READ_ERROR for a file that cannot be read. */
export async function prepareRequest(
  command: Command,
  files: Files,
  { stdin, env, persona = 'trunkline' }: Pick<Surroundings, 'stdin' | 'env' | 'persona'>,
): Promise<Prepared> {
  const read = (path: string): Promise<Buffer> => (path === '-' ? drain(stdin) : readWhole(files, path))
  const warnings: string[] = []
  const headers = fieldLines(await headerLines(command.headers, read), warnings)
  const proxyHeader = fieldLines(await headerLines(command.proxyHeaders, read), warnings)
  const { options, usesGet } = command
  const data = command.data.length === 0 ? undefined : await joinData(command.data, read)
  const query =
    usesGet && data !== undefined
      ? Buffer.from(data).toString()
      : command.query.length === 0
        ? undefined
        : Buffer.from(await joinData(command.query, read)).toString()
  if (command.etagCompare !== undefined)
    headers.push(`If-None-Match: ${await savedEtag(files, command.etagCompare)}`)
  const mimePost = command.form.length === 0 ? undefined : await mimeParts(command.form, read)
  const usualCaInfo = env['CURL_CA_BUNDLE'] ?? env['SSL_CERT_FILE']
  const caInfo = options.caInfo ?? usualCaInfo
  const proxyCaInfo = options.proxyCaInfo ?? usualCaInfo
  return {
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
        : command.isJson
          ? { json: data.toString() }
          : { postFields: data }),
      ...(mimePost === undefined ? {} : { mimePost }),
      headers,
      ...(proxyHeader.length === 0 ? {} : { proxyHeader }),
      proxyEnvironment: env,
      // Most users of a command would rather see the answer than be told that a connection had died.
      retryDeadReuse: 'always',
    },
    query,
    writeOut: command.writeOut === undefined ? undefined : await textOf(command.writeOut, read),
    warnings,
  }
}

/** curl's rule: a line without a colon is no field, and is left out. */
function fieldLines(lines: readonly string[], warnings: string[]): string[] {
  const fields: string[] = []
  for (const line of lines) {
    if (line.includes(':') || line.endsWith(';')) fields.push(fieldText(line))
    else warnings.push(`The provided HTTP header '${line}' does not look like a header?`)
  }
  return fields
}

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

async function drain(stdin: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stdin) pieces.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(pieces)
}

/** The command line is UTF-8 and goes out byte by byte; a field's text is Latin-1, one character a byte. */
function fieldText(text: string): string {
  return Buffer.from(text).toString('latin1')
}
