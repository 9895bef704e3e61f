/** What the command sends: forms, data, JSON, files, queries, ETags; in a simulated world. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { KeptFiles, stdinOf, trunkline, type CommandRun } from '../support/command-line.ts'
import { readMultipart } from '../support/multipart-parser.ts'

interface Seen {
  readonly line: string
  readonly fields: Record<string, string | string[]>
  readonly body: string
}

interface Ran extends CommandRun {
  readonly seen: Seen[]
  readonly files: KeptFiles
}

async function run(
  argv: readonly string[],
  given: { files?: Record<string, string>; stdin?: string; etag?: string; status?: number } = {},
): Promise<Ran> {
  const { value } = await simulate(1, async (world: SimWorld) => {
    const seen: Seen[] = []
    world.origin('http://a.test', async (exchange) => {
      const { method, target, fields } = exchange.request
      if (fields.has('expect')) exchange.informational(100)
      const body = Buffer.from(await exchange.body()).toString()
      seen.push({ line: `${method} ${target}`, fields: fields.toObject(), body })
      const { etag, status = 200 } = given
      exchange.respond({ status, body: 'ok', ...(etag === undefined ? {} : { headers: { ETag: etag } }) })
    })
    for (const [path, content] of Object.entries(given.files ?? {})) world.files.set(path, content)
    const files = new KeptFiles(given.files)
    const { environment } = world
    const stdin = stdinOf(given.stdin ?? '')
    return { ...(await trunkline(argv, { environment, files, stdin })), seen, files }
  })
  return value
}

const URL_ENCODED = 'application/x-www-form-urlencoded'

describe('data', () => {
  test.each<readonly [string, readonly string[], string, string | undefined]>([
    ['joined', ['-d', 'a=1', '--data-ascii', 'b=2', '--data-raw', '@c'], 'a=1&b=2&@c', URL_ENCODED],
    ['of files', ['-d', '@f', '--data-binary', '@f'], 'onetwo&one\r\ntwo\n', URL_ENCODED],
    [
      'encoded',
      ['--data-urlencode', 'a b', '--data-urlencode', 'c=d e', '--data-urlencode', 'f@f'],
      'a+b&c=d+e&f=one%0D%0Atwo%0A',
      URL_ENCODED,
    ],
    ['as JSON', ['--json', '{"a":', '--json', '1}'], '{"a":1}', 'application/json'],
    ['of another type', ['-d', 'x', '-H', 'Content-Type: a/b'], 'x', 'a/b'],
    ['of standard input', ['-d', '@-'], 'in', URL_ENCODED],
  ])('is sent %s', async (_case, argv, body, type) => {
    const { seen, exitCode } = await run([...argv, 'http://a.test/'], {
      files: { f: 'one\r\ntwo\n' },
      stdin: 'in',
    })
    expect(exitCode).toBe(0)
    expect([seen[0]!.line, seen[0]!.body, seen[0]!.fields['content-type']]).toEqual(['POST /', body, type])
  })

  test.each<readonly [string, readonly string[], string]>([
    ['-G', ['-G', '-d', 'a=1', '-d', 'b'], 'GET /?a=1&b'],
    ['-G with -I', ['-G', '-I', '-d', 'a=1'], 'HEAD /?a=1'],
    ['-G with -X', ['-G', '-X', 'DELETE', '-d', 'a=1'], 'DELETE /?a=1'],
    ['--url-query', ['--url-query', 'a=c d', '--url-query', '+%3d'], 'GET /?a=c+d&%3D'],
  ])('goes into the URL with %s', async (_case, argv, line) => {
    const { seen } = await run([...argv, 'http://a.test/'])
    expect([seen[0]!.line, seen[0]!.body]).toEqual([line, ''])
  })
})

describe('a form', () => {
  test('has its fields, files and standard input', async () => {
    const { seen } = await run(
      [
        '-F',
        'a=1',
        '-F',
        'f=@dir/f.txt',
        '-F',
        'g=<dir/f.txt',
        '-F',
        's=@-',
        '-F',
        'e=x;encoder=base64;headers=@h',
        'http://a.test/',
      ],
      { files: { 'dir/f.txt': 'a file', h: 'X-One: 1\nX-Two: 2\n' }, stdin: 'in' },
    )
    const { fields, body } = seen[0]!
    const parts = readMultipart(fields['content-type'] as string, Buffer.from(body))
    expect(parts.map((part) => [...Object.values(part.headers), part.body.toString()])).toEqual([
      ['form-data; name="a"', '1'],
      ['form-data; name="f"; filename="f.txt"', 'text/plain', 'a file'],
      ['form-data; name="g"', 'a file'],
      ['form-data; name="s"; filename="-"', 'in'],
      ['form-data; name="e"', 'base64', '1', '2', 'eA=='],
    ])
  })

  test.each<readonly [string, readonly string[], number, RegExp]>([
    [
      'of a file that is not there',
      ['-F', 'a=@gone'],
      26,
      /\(26\) Failed to open\/read local data from file\/application: the file "gone" cannot be read/,
    ],
    [
      'of no shape',
      ['-F', 'a'],
      2,
      /^Warning: Illegally formatted input field\ntrunkline: option -F: is badly used here/,
    ],
    [
      'beside data',
      ['-F', 'a=b', '-d', 'c'],
      2,
      /^Warning: You can only select one HTTP request method![^]*(-d, --data)/,
    ],
    [
      'beside a file',
      ['-T', 'f', '-d', 'c'],
      2,
      /^Warning: You can only select one HTTP request method![^]*(-T, --upload-file)/,
    ],
  ])('%s is refused', async (_case, argv, code, message) => {
    const { seen, exitCode, stderr } = await run([...argv, 'http://a.test/'])
    expect([exitCode, seen]).toEqual([code, []])
    expect(stderr).toMatch(message)
  })
})

describe('an upload', () => {
  test('goes to the URL of its place, with the name of its file where that ends in a folder', async () => {
    const { seen, exitCode } = await run(
      ['-T', 'd/one', 'http://a.test/x', '-T', '{d/one,d/two}', 'http://a.test/y/', 'http://a.test/z'],
      { files: { 'd/one': '1', 'd/two': '22' } },
    )
    expect(exitCode).toBe(0)
    expect(seen.map(({ line, body, fields }) => `${line} ${body} ${fields['content-length']}`)).toEqual([
      'PUT /x 1 1',
      'PUT /y/one 1 1',
      'PUT /y/two 22 2',
      'GET /z  undefined',
    ])
  })

  test('of standard input is sent in chunks', async () => {
    const { seen } = await run(['-T', '-', 'http://a.test/x'], { stdin: 'in' })
    expect([seen[0]!.line, seen[0]!.body, seen[0]!.fields['transfer-encoding']]).toEqual([
      'PUT /x',
      'in',
      'chunked',
    ])
  })

  test('goes on where it is told to', async () => {
    const files = { f: '0123456789' }
    const { seen } = await run(['-C', '4', '-T', 'f', 'http://a.test/x'], { files })
    expect([seen[0]!.body, seen[0]!.fields['content-range']]).toEqual(['456789', 'bytes 4-9/10'])
    const { seen: whole } = await run(['-C', '-', '-T', 'f', 'http://a.test/x'], { files })
    expect([whole[0]!.body, whole[0]!.fields['content-range']]).toEqual(['0123456789', 'bytes 0-9/10'])
  })

  test('of a file that is not there fails with 26', async () => {
    const { exitCode, seen } = await run(['-T', 'gone', 'http://a.test/'])
    expect([exitCode, seen]).toEqual([26, []])
  })
})

describe('a download', () => {
  test('goes on where its file ends', async () => {
    const { value } = await simulate(1, async (world) => {
      let range: string | undefined
      world.origin('http://a.test', (exchange) => {
        range = exchange.request.fields.first('range')
        exchange.respond({ status: 206, headers: { 'Content-Range': 'bytes 3-5/6' }, body: 'def' })
      })
      const files = new KeptFiles({ out: 'abc' })
      const argv = ['-C', '-', '-o', 'out', 'http://a.test/']
      const { exitCode } = await trunkline(argv, { environment: world.environment, files })
      return { exitCode, range, texts: files.texts }
    })
    expect(value).toEqual({ exitCode: 0, range: 'bytes=3-', texts: { out: 'abcdef' } })
  })
})

describe('ETags', () => {
  test('are saved and compared', async () => {
    const { files, seen } = await run(
      ['--etag-compare', 'old', '--etag-save', 'new', '-o', 'body', 'http://a.test/'],
      { files: { old: 'W/"1"\n' }, etag: '"2"' },
    )
    expect(seen[0]!.fields['if-none-match']).toBe('W/"1"')
    expect(files.texts).toEqual({ new: '"2"\n', body: 'ok' })
  })

  test('that are not there are empty', async () => {
    const { files, seen } = await run(['--etag-compare', 'old', '--etag-save', 'new', 'http://a.test/'])
    expect([seen[0]!.fields['if-none-match'], files.texts]).toEqual(['""', { new: '' }])
  })

  test('stay when nothing has changed', async () => {
    const { files } = await run(['--etag-compare', 'same', '--etag-save', 'same', 'http://a.test/'], {
      files: { same: '"1"\n' },
      status: 304,
    })
    expect(files.texts).toEqual({ same: '"1"\n' })
  })

  test('are for one URL', async () => {
    const { exitCode, stderr } = await run(['--etag-save', 'x', 'http://a.test/1', 'http://a.test/2'])
    expect([exitCode, stderr.split('\n')[0]]).toEqual([
      2,
      'trunkline: The etag options only work on a single URL',
    ])
  })
})
