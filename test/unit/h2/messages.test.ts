/** Field sections as messages (RFC 9113 8.2, 8.3), as tables of what is taken and what is malformed. */
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import {
  CONNECTION_FIELDS,
  readRequest,
  readResponse,
  readTrailers,
  requestList,
  responseList,
  trailerList,
} from '../../../packages/core/src/h2/messages.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'

/** How `make` refuses, with what a stream error of type PROTOCOL_ERROR must say; undefined: it does not. */
function refusal(make: () => unknown): string | undefined {
  try {
    make()
    return undefined
  } catch (error) {
    if (!isTransferError(error)) throw error
    return `${error.code} ${error.details['h2']} ${error.phase}: ${error.message}`
  }
}

const MALFORMED = 'HTTP2_STREAM PROTOCOL_ERROR receive: a malformed message'
const line = (text: string): string[] =>
  text === '' ? [] : text.split('; ').flatMap((pair) => pair.split('|'))

describe('fields', () => {
  const BAD: readonly (readonly [name: string, value: string])[] = [
    ['', 'x'],
    ['X-Upper', 'x'],
    ['x-uppeR', 'x'],
    ['x y', 'x'],
    ['x:y', 'x'],
    [':pseudo', 'x'],
    [':status', '200'],
    ['x\0', 'x'],
    ['x\r\n', 'x'],
    ['x\x7f', 'x'],
    ['x\xe9', 'x'],
    ['x', 'a\0b'],
    ['x', 'a\nb'],
    ['x', 'a\rb'],
    ['x', '\r\nset-cookie: a'],
    ['x', 'a\x7fb'],
    ['connection', 'close'],
    ['keep-alive', 'timeout=5'],
    ['proxy-connection', 'keep-alive'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['te', 'gzip'],
    ['te', 'trailers, gzip'],
    ['te', ''],
  ]
  test.each(BAD)('%j: %j is malformed, in heads and in trailers', (name, value) => {
    expect(refusal(() => readResponse([':status', '200', name, value]))).toContain(MALFORMED)
    expect(refusal(() => readTrailers(['a', 'b', name, value]))).toContain(MALFORMED)
    const request = [':method', 'GET', ':scheme', 'http', ':authority', 'a', ':path', '/']
    expect(refusal(() => readRequest([...request, 'a', 'b', name, value]))).toContain(MALFORMED)
  })

  const GOOD: readonly (readonly [name: string, value: string, kept?: string])[] = [
    ['x', ''],
    ['x', 'a\tb'],
    ['x', '\xe9\x80\xff'],
    ['x', ' a ', 'a'],
    ['x', '\t', ''],
    ["!#$%&'*+-.^_`|~09", 'x'],
    ['te', 'trailers'],
    ['te', 'Trailers'],
    ['http2-settings', 'x'],
  ]
  const taken = GOOD.map(([name, value, kept = value]) => [name, value, kept] as const)
  test.each(taken)('%j: %j is taken', (name, value, kept) => {
    const pairs = Object.freeze([':status', '200', 'a', 'b', name, value])
    const { fields } = readResponse(pairs).head
    expect([...fields]).toEqual([
      ['a', 'b'],
      [name, kept],
    ])
    expect([...readTrailers(Object.freeze([name, value]))]).toEqual([[name, kept]])
  })

  test('what was received is not changed by whoever changes the fields', () => {
    const pairs = [':status', '200', 'a', 'b']
    readResponse(pairs).head.fields.set('a', 'c')
    const trailers = ['a', 'b']
    readTrailers(trailers).append('c', 'd')
    expect([pairs, trailers]).toEqual([
      [':status', '200', 'a', 'b'],
      ['a', 'b'],
    ])
  })
})

describe('responses', () => {
  test.each([
    '',
    'a|b',
    'a|b; :status|200',
    ':status|200; :status|200',
    ':status|200; :path|/',
    ':path|/; :status|200',
    ':status|200; a|b; :status|200',
    ':status|20',
    ':status|2000',
    ':status|099',
    ':status|+99',
    ':status|2 0',
    ':status|',
    ':status|OK!',
  ])('%j is malformed', (text) => {
    expect(refusal(() => readResponse(line(text)))).toContain(MALFORMED)
  })

  test.each([100, 199, 200, 404, 599, 999])('status %d', (status) => {
    expect(readResponse([':status', String(status)]).head).toMatchObject({ version: '2', status, reason: '' })
  })

  test.each([
    ['content-length|0', 0],
    ['content-length|5', 5],
    ['content-length| 5 ', 5],
    ['content-length|5; content-length|5', 5],
    ['content-length|5, 5', 5],
    ['content-length|9007199254740991', 2 ** 53 - 1],
    ['a|b', -1],
  ])('%j: %d bytes', (text, length) => {
    expect(readResponse([':status', '200', ...line(text)]).length).toBe(length)
  })

  test.each([
    'content-length|',
    'content-length|-1',
    'content-length|+1',
    'content-length|1.0',
    'content-length|0x1',
    'content-length|5; content-length|6',
    'content-length|5, 6',
    'content-length|9007199254740992',
  ])('%j is malformed', (text) => {
    expect(refusal(() => readResponse([':status', '200', ...line(text)]))).toContain(MALFORMED)
  })
})

describe('requests', () => {
  test.each([
    '',
    ':scheme|http; :path|/',
    ':method|GET; :path|/',
    ':method|GET; :scheme|http',
    ':method|GET; :scheme|http; :path|',
    ':method|; :scheme|http; :path|/',
    ':method|G T; :scheme|http; :path|/',
    ':method|GET; :scheme|http; :path|/ HTTP/1.1\r\nx: y',
    ':method|GET; :scheme|http; :path|/; :path|/',
    ':method|GET; :method|GET; :scheme|http; :path|/',
    ':method|GET; :scheme|http; :path|/; :status|200',
    ':method|GET; :scheme|http; :path|/; :unknown|x',
    ':method|GET; :scheme|http; a|b; :path|/',
    ':method|CONNECT',
    ':method|CONNECT; :scheme|http; :authority|a:1; :path|/',
    ':method|CONNECT; :authority|a:1; :path|/',
    ':method|CONNECT; :authority|',
    ':method|POST; :scheme|http; :path|/; content-length|x',
  ])('%j is malformed', (text) => {
    expect(refusal(() => readRequest(line(text)))).toContain(MALFORMED)
  })

  test('pseudo fields come in any order; the authority becomes Host', () => {
    const request = readRequest(
      line(':path|/x; :authority|a.test; :scheme|https; :method|PUT; content-length|3'),
    )
    expect(request.head).toMatchObject({ method: 'PUT', target: '/x', version: '2' })
    expect([...request.head.fields]).toEqual([
      ['host', 'a.test'],
      ['content-length', '3'],
    ])
    expect([request.scheme, request.length]).toEqual(['https', 3])
  })

  test('a Host that came stays', () => {
    const { head } = readRequest(line(':method|GET; :scheme|http; :authority|a; :path|/; host|b'))
    expect(head.fields.all('host')).toEqual(['b'])
  })

  test('CONNECT, and OPTIONS of everything', () => {
    expect(readRequest(line(':method|CONNECT; :authority|a:1')).head).toMatchObject({ target: 'a:1' })
    expect(readRequest(line(':method|OPTIONS; :scheme|http; :path|*')).head).toMatchObject({ target: '*' })
  })
})

describe('what is sent', () => {
  const head = (fields: readonly (readonly [string, string])[]) =>
    ({ method: 'GET', target: '/p?q', version: '1.1', fields: Fields.of(fields) }) as const

  test('pseudo fields first, names in lower case, Host as :authority', () => {
    const list = requestList(head([['X-A', 'B'], ['Host', 'a.test'], ['Accept', '*/*']]), 'https') // prettier-ignore
    expect(list.pairs).toEqual([
      ':method',
      'GET',
      ':scheme',
      'https',
      ':authority',
      'a.test',
      ':path',
      '/p?q',
      'x-a',
      'B',
      'accept',
      '*/*',
    ])
  })

  test.each([[], [['Host', '']]] as const)('without a host there is no :authority: %j', (...fields) => {
    const { pairs } = requestList(head(fields as unknown as [string, string][]), 'http')
    expect(pairs).toEqual([':method', 'GET', ':scheme', 'http', ':path', '/p?q'])
  })

  test('fields of the connection stay behind, and so does what te must not say', () => {
    const spelt = [...CONNECTION_FIELDS].map((name) => [name.toUpperCase(), 'x'] as const)
    const fields = [['host', 'a'], ...spelt, ['TE', 'gzip'], ['te', 'trailers'], ['a', 'b']] as const
    expect(requestList(head(fields), 'http').pairs.slice(8)).toEqual(['te', 'trailers', 'a', 'b'])
    expect(responseList(200, Fields.of([...spelt, ['A', 'b']])).pairs).toEqual([':status', '200', 'a', 'b'])
    expect(trailerList(Fields.of([...spelt, ['A', 'b']])).pairs).toEqual(['a', 'b'])
  })

  test('what is sent is taken', () => {
    const { pairs } = requestList(head([['Host', 'a.test'], ['Accept', '*/*']]), 'https') // prettier-ignore
    expect(readRequest(pairs).head).toMatchObject({ method: 'GET', target: '/p?q' })
  })
})
