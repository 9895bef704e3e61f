/** Forms and files as request bodies, over both versions: what is sent, sent again, and not sent at all. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, MimePart, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import { logConnections } from '../support/engine-log.ts'
import { readDisposition, readMultipart } from '../support/multipart-parser.ts'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const

interface Seen {
  readonly method: string
  readonly target: string
  readonly type: string
  readonly length: string | undefined
  readonly body: Buffer
}

/** Keeps what comes and says so. */
function keeper(seen: Seen[]): SimHandler {
  return async (exchange) => {
    const { method, target, fields } = exchange.request
    if (fields.has('expect')) exchange.informational(100)
    const body = Buffer.from(await exchange.body())
    const type = fields.first('content-type') ?? ''
    seen.push({ method, target, type, length: fields.first('content-length'), body })
    if (target === '/moved') exchange.respond({ status: 307, headers: { Location: '/end' }, body: 'moved' })
    else exchange.respond({ body: 'thanks' })
  }
}

/** Name, file name and text of each part. */
function told({ type, body }: Seen): string[] {
  return readMultipart(type, body).map(({ headers, body: content }) => {
    const { name, filename } = readDisposition(headers['content-disposition']!)
    const text = content.length > 40 ? `${content.length} bytes` : content.toString()
    return `${name} ${filename} ${text}`
  })
}

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  async function post(
    options: EasyOptions,
    scene: (world: SimWorld, easy: Easy) => Promise<void> | void = () => undefined,
    handler: (seen: Seen[]) => SimHandler = keeper,
  ): Promise<{
    world: SimWorld
    seen: Seen[]
    outcome: string
    easy: Easy
    error: TransferError | undefined
    lines: string[]
  }> {
    const { value } = await simulate(1, async (world) => {
      const seen: Seen[] = []
      world.origin('http://a.test', handler(seen), { http2: true })
      const easy = new Easy({
        url: 'http://a.test/',
        httpVersion,
        environment: world.environment,
        ...options,
      })
      const lines = logConnections(easy.events)
      await scene(world, easy)
      let error: TransferError | undefined
      const outcome = await easy.perform().then(
        (result) => `${result.status} ${result.text()}`,
        (thrown: TransferError) => {
          error = thrown
          return thrown.code
        },
      )
      expect(world.files.open).toBe(0)
      return { world, seen, outcome, easy, error, lines }
    })
    return value
  }

  const PARTS: readonly MimePart[] = [
    { name: 'text', data: 'h\u00e9llo' },
    { name: 'file', file: '/data/a.bin' },
    { name: 'made', stream: () => ['so', 'me'], size: 4 },
  ]
  const FILE = new Uint8Array(200_000).fill(7)
  const withFile = (world: SimWorld): void => world.files.set('/data/a.bin', FILE, { pieceBytes: 30_000 })

  test('a form of data leaves in one piece with its length', async () => {
    const { seen, outcome, easy } = await post({ mimePost: [PARTS[0]!] })
    expect(outcome).toBe('200 thanks')
    expect(seen[0]!.method).toBe('POST')
    expect(seen[0]!.length).toBe(String(seen[0]!.body.length))
    expect(told(seen[0]!)).toEqual(['text undefined h\u00e9llo'])
    expect(easy.info!.contentLengthUpload).toBe(seen[0]!.body.length)
  })

  test('files and streams are read as they are sent, and the length is known', async () => {
    const { seen } = await post({ mimePost: PARTS }, withFile)
    expect(told(seen[0]!)).toEqual([
      'text undefined h\u00e9llo',
      'file a.bin 200000 bytes',
      'made undefined some',
    ])
    expect(seen[0]!.length).toBe(String(seen[0]!.body.length))
  })

  test('what does not know its length is sent without', async () => {
    const { seen } = await post(
      {
        mimePost: [
          { name: 'a', stream: ['x', 'y'] },
          { name: 'b', file: 'pipe' },
        ],
      },
      (world) => world.files.set('pipe', 'piped', { isPipe: true }),
    )
    expect(told(seen[0]!)).toEqual(['a undefined xy', 'b pipe piped'])
    expect(seen[0]!.length).toBeUndefined()
  })

  test('each run has a boundary of its own', async () => {
    const { seen, easy, world } = await post({ mimePost: PARTS }, withFile)
    void easy
    const boundary = /boundary=(-{24}[0-9A-Za-z]{22})$/.exec(seen[0]!.type)?.[1]
    expect(boundary).toBeDefined()
    const { value: again } = await simulate(2, async (other) => {
      const more: Seen[] = []
      other.origin('http://a.test', keeper(more), { http2: true })
      const handle = new Easy({
        url: 'http://a.test/',
        httpVersion,
        environment: other.environment,
        mimePost: [{}],
      })
      await handle.perform()
      await handle.perform()
      return more.map(({ type }) => type)
    })
    expect(new Set([seen[0]!.type, ...again]).size).toBe(3)
    expect(world.files.reads).toBe(1)
  })

  test('a form goes on after 307, whole', async () => {
    const { seen, outcome } = await post(
      { url: 'http://a.test/moved', followLocation: true, mimePost: PARTS },
      withFile,
    )
    expect(outcome).toBe('200 thanks')
    expect(seen.map(({ target }) => target)).toEqual(['/moved', '/end'])
    expect(seen[1]!.body.equals(seen[0]!.body)).toBe(true)
    expect(seen[1]!.type).toBe(seen[0]!.type)
  })

  test('a stream that can be read once does not, and says what would', async () => {
    const once = (function* () {
      yield 'once'
    })()
    const { seen, error } = await post({
      url: 'http://a.test/moved',
      followLocation: true,
      mimePost: [{ name: 'a', stream: once }],
    })
    expect(seen).toHaveLength(1)
    expect(error).toMatchObject({
      code: 'SEND_FAIL_REWIND',
      message: expect.stringMatching(/give a function/),
    })
  })

  test('a form is sent again when a reused connection turns out dead', async () => {
    let count = 0
    const { seen, outcome, easy } = await post(
      { mimePost: PARTS, retryDeadReuse: 'always' },
      async (world, handle) => {
        withFile(world)
        await handle.perform()
      },
      (all) => async (exchange) => {
        count += 1
        if (count === 2) {
          exchange.connection.reset()
          return
        }
        await keeper(all)(exchange)
      },
    )
    expect(outcome).toBe('200 thanks')
    expect(easy.info!.numRetries).toBe(1)
    expect(told(seen[1]!)).toEqual(told(seen[0]!))
  })

  test.each<readonly [string, EasyOptions]>([
    ['in a form', { mimePost: [{ data: 'x' }, { file: '/data/gone' }] }],
    ['in a part of a part', { mimePost: [{ parts: [{ file: '/data/gone' }] }] }],
    ['as a body', { body: { file: '/data/gone' }, upload: true }],
  ])('a file that is not there ends the transfer before anything is opened: %s', async (_case, options) => {
    const { seen, error, lines } = await post(options)
    expect(error).toMatchObject({ code: 'READ_ERROR', curlNumber: 26, details: { path: '/data/gone' } })
    expect(error!.message).toContain('"/data/gone"')
    expect([seen, lines]).toEqual([[], []])
  })

  test.each([
    ['grows', 300_000, /changed while it was sent: 200000 bytes were announced, and it has more now/],
    ['shrinks', 100_000, /changed while it was sent: 200000 bytes were announced, and it ended after 100000/],
  ])('a file that %s while it is sent is told of', async (_case, size, message) => {
    for (const options of [{ mimePost: PARTS }, { body: { file: '/data/a.bin' } }] as EasyOptions[]) {
      const { seen, error } = await post(options, (world) => {
        withFile(world)
        const { sizeOf } = world.files
        world.files.sizeOf = async (path) => {
          const before = await sizeOf.call(world.files, path)
          world.files.set(path, new Uint8Array(size))
          return before
        }
      })
      expect(error).toMatchObject({ code: 'READ_ERROR', message: expect.stringMatching(message) })
      expect(error!.message).toContain('"/data/a.bin"')
      expect(seen).toEqual([])
    }
  })

  test('a disk that breaks is told of, and the next transfer is not harmed', async () => {
    const { error, easy, world } = await post({ mimePost: PARTS }, (where) =>
      where.files.set('/data/a.bin', FILE, { breaksAt: 70_000 }),
    )
    expect(error).toMatchObject({ code: 'READ_ERROR', details: { system: 'EIO' } })
    expect([easy.handle.isRunning, world.files.open]).toEqual([false, 0])
  })

  test('data that its encoder cannot carry is refused before anything is opened', async () => {
    const { error, lines } = await post({ mimePost: [{ name: 'a', data: '\u00e9', encoder: '7bit' }] })
    expect(error).toMatchObject({ code: 'READ_ERROR', message: expect.stringMatching(/mimePost\[0\]/) })
    expect(lines).toEqual([])
    const { error: later } = await post({ mimePost: [{ stream: ['ok', '\u00e9'], encoder: '7bit' }] })
    expect(later).toMatchObject({ code: 'READ_ERROR', message: expect.stringMatching(/offset 2/) })
  })

  test.each([
    ['base64', 'aGVsbG8gd29ybGQ='],
    ['quoted-printable', 'hello world'],
  ] as const)('a file is sent in %s', async (encoder, text) => {
    const { seen } = await post({ mimePost: [{ name: 'f', file: 'f', encoder }] }, (world) =>
      world.files.set('f', 'hello world', { pieceBytes: 2 }),
    )
    const [part] = readMultipart(seen[0]!.type, seen[0]!.body)
    expect([part!.body.toString(), part!.headers['content-transfer-encoding']]).toEqual([text, encoder])
  })

  test('several handles of a multi and a share send the same parts', async () => {
    await simulate(1, async (world) => {
      withFile(world)
      const seen: Seen[] = []
      world.origin('http://a.test', keeper(seen), { http2: true })
      const { environment } = world
      const multi = new Multi({ environment })
      const share = new Share({ environment })
      const init = { url: 'http://a.test/', httpVersion, environment, share, mimePost: PARTS }
      const handles = [1, 2, 3].map(() => new Easy(init))
      await Promise.all(handles.map((handle) => multi.add(handle)))
      await new Easy(init).perform()
      expect(seen.map(told)).toEqual(Array(4).fill(told(seen[0]!)))
      expect(new Set(seen.map(({ type }) => type)).size).toBe(4)
      await multi.close()
    })
  })

  test('cancelled at every step, it leaves no file open and the handle as good as new', async () => {
    let last = 1
    for (let steps = 0; steps <= last + 2; steps += 1) {
      await simulate(1, async (world) => {
        world.files.set('/data/a.bin', FILE, { pieceBytes: 20_000 })
        const seen: Seen[] = []
        world.origin('http://a.test', keeper(seen), { http2: true })
        world.network.link('a.test', { delayMs: 1, bytesPerSecond: 20_000_000 })
        const easy = new Easy({
          url: 'http://a.test/',
          httpVersion,
          environment: world.environment,
          mimePost: PARTS,
        })
        let isStopped = false
        let isFirst = true
        void world.sleep(steps).then(() => {
          isStopped = isFirst && easy.handle.isRunning
          if (isStopped) easy.abort()
        })
        const outcome = await easy.perform().then(
          ({ status }) => String(status),
          ({ code }: TransferError) => code,
        )
        isFirst = false
        expect(outcome).toBe(isStopped ? 'ABORTED_BY_CALLBACK' : '200')
        await world.sleep(5)
        expect(world.files.open).toBe(0)
        const startedAt = world.clock.now()
        expect((await easy.perform()).text()).toBe('thanks')
        last = Math.max(last, Math.ceil(world.clock.now() - startedAt))
        expect(told(seen.at(-1)!)[1]).toBe('file a.bin 200000 bytes')
        await easy.close()
      })
    }
    expect(last).toBeGreaterThan(8)
  })

  test('cancelled while its files are looked at, it opens nothing', async () => {
    await simulate(1, async (world) => {
      withFile(world)
      const seen: Seen[] = []
      world.origin('http://a.test', keeper(seen), { http2: true })
      const easy = new Easy({
        url: 'http://a.test/',
        httpVersion,
        environment: world.environment,
        mimePost: PARTS,
      })
      const lines = logConnections(easy.events)
      const run = easy.perform()
      easy.abort('enough')
      await expect(run).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      await world.sleep(10)
      expect([lines, seen, world.files.reads]).toEqual([[], [], 0])
      expect((await easy.perform()).text()).toBe('thanks')
    })
  })
})
