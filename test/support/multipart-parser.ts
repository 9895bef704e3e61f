/**
 * A strict reader of multipart bodies (RFC 2046 5.1.1), for tests. It takes nothing that the RFC does not say:
 * lines end with CRLF, a boundary stands at the beginning of a line, nothing stands before the first one or
 * behind the last.
 */

/** One part as it stands in the body. */
export interface ReadPart {
  /** Lower-case names; a name that comes twice is an error. */
  readonly headers: Readonly<Record<string, string>>
  /** Names of the headers in order. */
  readonly order: readonly string[]
  readonly body: Buffer
}

/** The parts of a body of this Content-Type. Throws for anything that is not well formed. */
export function readMultipart(contentType: string, body: Uint8Array): ReadPart[] {
  const boundary = /^multipart\/[a-z-]+(?:;.*)?; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})$/.exec(
    contentType,
  )?.[1]
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`)
  const text = Buffer.from(body).toString('latin1')
  const end = `--${boundary}--\r\n`
  if (text === end) return []
  if (!text.startsWith(`--${boundary}\r\n`)) throw new Error('it does not begin with its boundary')
  if (!text.endsWith(`\r\n${end}`)) throw new Error('it does not end with its boundary')
  const inner = text.slice(`--${boundary}\r\n`.length, -`\r\n${end}`.length)
  return inner.split(`\r\n--${boundary}\r\n`).map(readPart)
}

function readPart(text: string): ReadPart {
  const gap = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n')
  if (gap < 0) throw new Error('a part has no empty line behind its headers')
  const headers: Record<string, string> = Object.create(null)
  const order: string[] = []
  for (const line of gap === 0 ? [] : text.slice(0, gap).split('\r\n')) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line)
    if (match === null) throw new Error(`no header: ${JSON.stringify(line)}`)
    const name = match[1]!.toLowerCase()
    if (name in headers) throw new Error(`twice: ${name}`)
    headers[name] = match[2]!
    order.push(match[1]!)
  }
  return { headers, order, body: Buffer.from(text.slice(gap === 0 ? 2 : gap + 4), 'latin1') }
}

/** Name and file name of a Content-Disposition whose quotes hold percent signs, as browsers write it. */
export function readDisposition(text: string): {
  kind: string
  name: string | undefined
  filename: string | undefined
} {
  const match = /^([a-z-]+)((?:; [a-z]+="[^"\r\n]*")*)$/.exec(text)
  if (match === null) throw new Error(`no disposition: ${JSON.stringify(text)}`)
  const parameters = new Map(
    Array.from(
      match[2]!.matchAll(/; ([a-z]+)="([^"]*)"/g),
      ([, key, value]) => [key!, unescaped(value!)] as const,
    ),
  )
  return { kind: match[1]!, name: parameters.get('name'), filename: parameters.get('filename') }
}

function unescaped(text: string): string {
  const bytes = text.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n')
  return Buffer.from(bytes, 'latin1').toString()
}
