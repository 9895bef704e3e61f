/** `file:` URLs: read and written through the files of the world, without a connection. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, ResponseHead, TransferError } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const TEXT = 'hello world\n'
const CHANGED = Date.UTC(2000, 0, 1)

function at(world: SimWorld, options: EasyOptions = {}): Easy {
  return new Easy({ environment: world.environment, url: 'file:///dir/f.txt', ...options })
}

function told(easy: Easy): Promise<string> {
  return easy.perform().then(
    (result) => result.text(),
    (error: TransferError) => error.code,
  )
}

/** A world with some files, in which nothing may be connected to. */
async function inWorld<T>(run: (world: SimWorld) => Promise<T>): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    world.files.set('/dir/f.txt', TEXT, { changedMs: CHANGED, pieceBytes: 5 })
    world.files.set('/dir', '', { isFolder: true })
    const result = await run(world)
    expect([world.files.open, world.network.openConnections]).toEqual([0, 0])
    return result
  })
  return value
}

describe('reading', () => {
  test.each<readonly [EasyOptions, string]>([
    [{}, TEXT],
    [{ url: 'file://localhost/dir/f.txt' }, TEXT],
    [{ url: 'file://LocalHost/dir/f.txt' }, TEXT],
    [{ url: 'FILE:/dir/f.txt' }, TEXT],
    [{ url: 'file:///dir/x/../%66.txt?query#fragment' }, TEXT],
    [{ range: '2-4' }, 'llo'],
    [{ range: '-4' }, 'rld\n'],
    [{ resumeFrom: 6 }, 'world\n'],
    [{ resumeFrom: 12 }, ''],
    [{ noBody: true }, ''],
    [{ postFields: 'a=b', headers: ['X: y'], username: 'u', password: 'p', httpAuth: ['digest'] }, TEXT],
    [{ proxy: 'http://p.test', proxyEnvironment: { all_proxy: 'socks5h://q.test' } }, TEXT],
    [{ acceptEncoding: '', followLocation: true, retry: 3, cookieFile: [], httpVersion: '2' }, TEXT],
    [{ timeCondition: 'if-modified-since', timeValueS: CHANGED / 1_000 - 1 }, TEXT],
    [{ timeCondition: 'if-modified-since', timeValueS: CHANGED / 1_000 }, ''],
    [{ timeCondition: 'if-unmodified-since', timeValueS: CHANGED / 1_000 }, TEXT],
    [{ resumeFrom: 13 }, 'BAD_DOWNLOAD_RESUME'],
    [{ url: 'file:///nowhere' }, 'FILE_COULDNT_READ_FILE'],
    [{ url: 'file:///dir' }, 'f.txt\n'],
    [{ url: 'file:///' }, 'FILE_COULDNT_READ_FILE'],
    [{ url: 'file:///dir', noBody: true }, ''],
    [{ url: 'file:///dir', range: '0-1' }, 'BAD_DOWNLOAD_RESUME'],
    [{ url: 'file:///dir/f.txt%00.html' }, 'URL_MALFORMAT'],
    [{ url: 'file://elsewhere.test/dir/f.txt' }, 'URL_MALFORMAT'],
    [{ url: 'file://u:p@localhost/dir/f.txt' }, 'URL_MALFORMAT'],
    [{ url: 'file://localhost:80/dir/f.txt' }, 'URL_MALFORMAT'],
    [{ url: 'file:dir/f.txt' }, 'URL_MALFORMAT'],
    [{ protocols: ['http', 'https'] }, 'UNSUPPORTED_PROTOCOL'],
    [{ maxFilesize: 11 }, 'FILESIZE_EXCEEDED'],
    [{ connectOnly: true }, 'BAD_FUNCTION_ARGUMENT'],
  ])('%j gives %j', async (options, expected) => {
    await inWorld(async (world) => expect(await told(at(world, options))).toBe(expected))
  })

  test('tells a head without a status, and what there is to know', async () => {
    await inWorld(async (world) => {
      const heads: ResponseHead[] = []
      const easy = at(world, { range: '6-', headerFunction: (head) => void heads.push(head) })
      const result = await easy.perform()
      expect([result.status, result.httpVersion, result.text()]).toEqual([0, '', 'world\n'])
      expect(heads.map(({ raw }) => raw)).toEqual([
        'Content-Length: 12\r\nAccept-ranges: bytes\r\nLast-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n\r\n',
      ])
      expect(result.info).toMatchObject({
        scheme: 'file',
        effectiveUrl: 'file:///dir/f.txt',
        responseCode: 0,
        httpVersion: '',
        sizeDownload: 6,
        contentLengthDownload: 6,
        fileTime: CHANGED / 1_000,
        numConnects: 0,
        connId: -1,
        primaryIp: '',
        verdict: undefined,
      })
    })
  })

  test('of a folder the names are told, but those that begin with a dot', async () => {
    await inWorld(async (world) => {
      for (const name of ['b', 'a', '.hidden', 'sub', 'sub/c']) world.files.set(`/dir/${name}`, '')
      expect(await told(at(world, { url: 'file:///dir' }))).toBe('a\nb\nf.txt\nsub\n')
    })
  })

  test('of what is not newer nothing is told', async () => {
    await inWorld(async (world) => {
      let heads = 0
      const easy = at(world, {
        timeCondition: 'if-modified-since',
        timeValueS: CHANGED / 1_000,
        headerFunction: () => void (heads += 1),
      })
      await easy.perform()
      expect([heads, easy.info!.conditionUnmet, easy.info!.responseCode]).toEqual([0, true, 0])
    })
  })

  test('a file that changes or breaks while it is read', async () => {
    await inWorld(async (world) => {
      world.files.set('/breaks', TEXT, { breaksAt: 7, pieceBytes: 5 })
      expect(await told(at(world, { url: 'file:///breaks' }))).toBe('READ_ERROR')
      world.files.set('/grows', TEXT, { pieceBytes: 5 })
      const { environment } = world
      const changing = (bytes: string): Easy =>
        new Easy({
          url: 'file:///grows',
          environment: {
            ...environment,
            files: {
              factsOf: async () => ({ size: TEXT.length, changedMs: 0, isFolder: false }),
              namesIn: environment.files.namesIn,
              openToWrite: environment.files.openToWrite,
              sizeOf: environment.files.sizeOf,
              homePath: environment.files.homePath,
              async *read() {
                yield new TextEncoder().encode(bytes)
              },
            },
          },
        })
      expect(await told(changing(`${TEXT}and more`))).toBe(TEXT)
      expect(await told(changing('hello'))).toBe('PARTIAL_FILE')
    })
  })

  test('what has no size is read to its end', async () => {
    await inWorld(async (world) => {
      world.files.set('/pipe', TEXT, { isPipe: true })
      expect(await told(at(world, { url: 'file:///pipe' }))).toBe(TEXT)
      expect(await told(at(world, { url: 'file:///pipe', resumeFrom: 1 }))).toBe('BAD_DOWNLOAD_RESUME')
      world.files.set('/empty', '')
      expect(await told(at(world, { url: 'file:///empty' }))).toBe('')
    })
  })

  test('pausing holds it up, and it comes no faster than it is taken', async () => {
    await inWorld(async (world) => {
      const got: string[] = []
      let isDone = false
      const easy = at(world, {
        writeFunction: (bytes) => {
          got.push(new TextDecoder().decode(bytes))
          return 'pause'
        },
      })
      const ending = easy.perform().then(() => (isDone = true))
      for (const expected of [['hello'], ['hello', ' worl'], ['hello', ' worl', 'd\n']]) {
        await world.sleep(10)
        expect([got, isDone]).toEqual([expected, false])
        easy.resume()
      }
      await ending
      const { body } = await at(world).stream()
      let text = ''
      for await (const piece of body) {
        text += new TextDecoder().decode(piece)
        await world.sleep(5)
      }
      expect(text).toBe(TEXT)
    })
  })

  test('a rate is kept', async () => {
    await inWorld(async (world) => {
      const before = world.clock.now()
      expect(await told(at(world, { maxRecvSpeed: 6 }))).toBe(TEXT)
      expect(world.clock.now() - before).toBeGreaterThan(500)
    })
  })

  test('a transfer that is paused, aborted or late leaves no file open', async () => {
    await inWorld(async (world) => {
      const paused = { writeFunction: () => 'pause' as const }
      expect(await told(at(world, { ...paused, timeoutMs: 50 }))).toBe('OPERATION_TIMEDOUT')
      const easy = at(world, paused)
      const ending = told(easy)
      await world.sleep(10)
      easy.abort()
      expect(await ending).toBe('ABORTED_BY_CALLBACK')
      const throwing = at(world, {
        writeFunction: () => {
          throw new Error('no')
        },
      })
      expect(await told(throwing)).toBe('WRITE_ERROR')
      const closed = at(world, paused)
      const cut = told(closed)
      await closed.close()
      expect(await cut).toBe('ABORTED_BY_CALLBACK')
      await world.sleep(1)
    })
  })
})

describe('writing', () => {
  const up = (world: SimWorld, url: string, options: EasyOptions = {}): Easy =>
    at(world, { url, upload: true, body: 'new text', ...options })

  test.each<readonly [string, string, EasyOptions, string]>([
    ['a new file', '/dir/new', {}, 'new text'],
    ['what was there is gone', '/dir/f.txt', {}, 'new text'],
    ['from a byte on', '/dir/f.txt', { resumeFrom: 4 }, `${TEXT}text`],
    ['what is there already is left out', '/dir/part', { resumeFrom: -1 }, 'new text'],
    ['of what is not there all is missing', '/dir/new', { resumeFrom: -1 }, 'new text'],
    ['a body of unknown length', '/dir/new', { body: () => ['one ', 'two'] }, 'one two'],
    ['no body', '/dir/new', { body: undefined }, ''],
    ['a file', '/dir/new', { body: { file: '/dir/f.txt' } }, TEXT],
    ['a large body', '/dir/new', { body: 'x'.repeat(1_000_000) }, 'x'.repeat(1_000_000)],
  ])('%s', async (_name, path, options, expected) => {
    await inWorld(async (world) => {
      world.files.set('/dir/part', 'new ')
      let heads = 0
      const easy = up(world, `file://${path}`, { headerFunction: () => void (heads += 1), ...options })
      expect(await told(easy)).toBe('')
      expect([world.files.text(path), heads]).toEqual([expected, 0])
      expect(easy.info!.responseCode).toBe(0)
    })
  })

  test.each<readonly [string, EasyOptions, string]>([
    ['/dir', {}, 'WRITE_ERROR'],
    ['/dir/fixed', {}, 'WRITE_ERROR'],
    ['/dir/small', {}, 'WRITE_ERROR'],
    ['/dir/x%00', {}, 'URL_MALFORMAT'],
    ['/dir/x', { body: { file: '/nowhere' } }, 'READ_ERROR'],
  ])('%s fails', async (path, options, code) => {
    await inWorld(async (world) => {
      world.files.set('/dir/fixed', 'old', { isReadOnly: true })
      world.files.set('/dir/small', 'old', { fullAt: 5 })
      expect(await told(up(world, `file://${path}`, options))).toBe(code)
      expect(world.files.text('/dir/fixed')).toBe('old')
    })
  })

  test('a body that fails, and one that is given up, leave the file closed', async () => {
    await inWorld(async (world) => {
      const failing = up(world, 'file:///dir/new', {
        body: () =>
          (function* pieces() {
            yield 'first'
            throw new Error('no')
          })(),
      })
      expect(await told(failing)).toBe('READ_ERROR')
      expect(world.files.text('/dir/new')).toBe('first')
      const slow = up(world, 'file:///dir/slow', {
        body: async function* pieces() {
          yield 'first'
          await world.sleep(1_000)
          yield 'second'
        },
        timeoutMs: 10,
      })
      expect(await told(slow)).toBe('OPERATION_TIMEDOUT')
      await world.sleep(2_000)
      expect(world.files.text('/dir/slow')).toBe('first')
    })
  })
})

describe('redirects', () => {
  const redirecting = (world: SimWorld, status = 302): void =>
    void world.origin('http://a.test', (exchange) =>
      exchange.respond({ status, headers: { Location: 'file:///dir/f.txt' } }),
    )

  test('lead to files only where that is asked for', async () => {
    await simulate(1, async (world) => {
      world.files.set('/dir/f.txt', TEXT)
      redirecting(world)
      const options: EasyOptions = { url: 'http://a.test/', followLocation: true }
      expect(await told(at(world, options))).toBe('UNSUPPORTED_PROTOCOL')
      expect(await told(at(world, { ...options, protocols: ['http', 'file'] }))).toBe('UNSUPPORTED_PROTOCOL')
      expect(world.files.reads).toBe(0)
      const easy = at(world, { ...options, redirProtocols: ['file'] })
      expect(await told(easy)).toBe(TEXT)
      expect(easy.info).toMatchObject({
        redirectCount: 1,
        effectiveUrl: 'file:///dir/f.txt',
        responseCode: 0,
      })
      const limited: EasyOptions = { ...options, redirProtocols: ['file'], protocols: ['http'] }
      expect(await told(at(world, limited))).toBe('UNSUPPORTED_PROTOCOL')
    })
  })

  test('never write one', async () => {
    await simulate(1, async (world) => {
      world.files.set('/dir/f.txt', TEXT)
      redirecting(world, 307)
      const easy = at(world, {
        url: 'http://a.test/',
        followLocation: true,
        redirProtocols: ['file'],
        upload: true,
        body: 'evil',
      })
      expect(await told(easy)).toBe('UNSUPPORTED_PROTOCOL')
      expect(world.files.text('/dir/f.txt')).toBe(TEXT)
    })
  })
})

test('in a Multi they need no place, and stand beside others', async () => {
  await simulate(1, async (world) => {
    world.files.set('/dir/f.txt', TEXT)
    world.origin('http://a.test', (exchange) => exchange.respond({ body: 'http' }))
    await using multi = new Multi({ environment: world.environment, maxTotalConnections: 1, maxTransfers: 2 })
    const urls = [
      'http://a.test/',
      'file:///dir/f.txt',
      'file:///nowhere',
      'http://a.test/',
      'file:///dir/f.txt',
    ]
    const results = await Promise.all(
      urls.map((url) =>
        multi.add(at(world, { url })).then(
          (result) => result.text(),
          (error: TransferError) => error.code,
        ),
      ),
    )
    expect(results).toEqual(['http', TEXT, 'FILE_COULDNT_READ_FILE', 'http', TEXT])
  })
})
