/**
 * Options, servers, proxies, faults and interruptions drawn by chance, all features together: every transfer settles
 * once and in time, what is delivered is what was sent, nothing secret is told, nothing is left open. More of them:
 * CHANCE_FIRST=1000 CHANCE_COUNT=500.
 */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { TransferError, type EasyOptions } from '@trunkline/core'
import { SeededRandom, simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'

const SECRETS = ['sEcReT-pw', 'sEcReT-proxy', 'sEcReT-token', 'sEcReT-cookie', 'sEcReT-jar']
const TIMEOUT_MS = 120_000
const DIGEST = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256'
// A type 2 message of [MS-NLMP] without target information.
const NTLM_2 = 'TlRMTVNTUAACAAAAAAAAADgAAAAGggIAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAA'

/** `size` bytes that say where they stand. */
function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 0xff)
}

function isPattern(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, pattern(bytes.length)) === 0
}

/** A server of many moods. Good bodies are patterns of the size that X-Size tells. */
function moody(chance: SeededRandom, problems: string[], evil: number): SimHandler {
  return async (exchange) => {
    const mood = chance.below(evil)
    const { connection, request } = exchange
    const isH2 = connection.protocol === 'h2'
    const slow = chance.below(30)
    const reading = exchange.body().then(
      (body) => {
        const isForm = request.fields.first('content-type')?.startsWith('multipart/') === true
        const isPart = request.fields.has('content-range')
        if (!isForm && !isPart && !isPattern(body))
          problems.push(`upload of ${body.length} bytes is not what was given`)
      },
      () => undefined,
    )
    if (chance.below(3) > 0) await Promise.race([reading, exchange.sleep(3_000)])
    await exchange.sleep(slow)
    const extra: Record<string, string> = {}
    if (chance.below(4) === 0)
      extra['Set-Cookie'] = `c${chance.below(5)}=sEcReT-jar${chance.below(3) === 0 ? '; Secure' : ''}`
    if (chance.below(8) === 0) extra['Strict-Transport-Security'] = 'max-age=1000'
    if (chance.below(8) === 0) extra['Alt-Svc'] = chance.below(2) === 0 ? 'h2="alt.test:8443"' : 'h2=":444"'
    if (chance.below(8) === 0) exchange.informational(103, { 'Set-Cookie': 'early=sEcReT-jar' })
    const refuse = (status: number, headers: Record<string, string>): void =>
      exchange.respond({ status, headers: { ...extra, ...headers }, body: 'no '.repeat(chance.below(50)) })
    switch (mood) {
      case 0:
        return exchange.reset('REFUSED_STREAM')
      case 1:
        return connection.reset()
      case 2:
        return connection.close()
      case 3:
        return isH2 ? connection.goaway(Math.max(0, (exchange.stream ?? 1) - 2)) : connection.close()
      case 4:
        return // Never answers.
      case 5:
        return refuse(417, {})
      case 6:
        return refuse(421, {})
      case 7:
        return refuse(503, chance.below(2) === 0 ? { 'Retry-After': '2' } : {})
      case 8:
        return refuse(429, {})
      case 9:
      case 10:
        return refuse([301, 302, 303, 307, 308][chance.below(5)]!, {
          Location: [
            '/again',
            'http://a.test/x',
            'https://a.test/x',
            'http://b.test/y',
            'https://b.test/y',
            '//b.test',
          ][chance.below(6)]!,
        })
      case 11:
        if (request.fields.has('authorization') && chance.below(3) > 0) break
        return refuse(401, {
          'WWW-Authenticate': [DIGEST, 'Basic realm="r"', 'NTLM', 'Negotiate'][chance.below(4)]!,
        })
      case 12: {
        const given = request.fields.first('authorization') ?? ''
        if (given.startsWith('NTLM TlRMTVNTUAAD')) break
        return refuse(401, { 'WWW-Authenticate': given.startsWith('NTLM ') ? `NTLM ${NTLM_2}` : 'NTLM' })
      }
      case 13: {
        exchange.head({
          status: [200, 302, 401, 503, 404][chance.below(5)]!,
          headers: { ...extra, Location: '/again', 'Content-Length': '50000', 'WWW-Authenticate': DIGEST },
        })
        exchange.write(pattern(chance.below(50_000)))
        await exchange.sleep(chance.below(10))
        if (chance.below(2) === 0) exchange.reset()
        else connection.close()
        return
      }
      case 14: {
        const coded = gzipSync(pattern(chance.below(300_000)), { level: 1 })
        coded[Math.min(coded.length - 1, 12 + chance.below(2_000))]! ^= 0xff
        return exchange.respond({ headers: { ...extra, 'Content-Encoding': 'gzip' }, body: coded })
      }
      case 15:
        return exchange.respond({
          status: [204, 304, 404, 206, 416][chance.below(5)]!,
          headers: extra,
          body: 'x',
        })
      case 16:
        return refuse(407, { 'Proxy-Authenticate': 'Basic realm="p"' })
      case 17: {
        // Half of a body, and then nothing.
        exchange.head({ headers: { ...extra, 'Content-Length': '60000' } })
        exchange.write(pattern(30_000))
        return
      }
    }
    return good(exchange, chance, extra)
  }
}

async function good(
  exchange: SimExchange,
  chance: SeededRandom,
  extra: Record<string, string>,
): Promise<void> {
  const size = [0, 1, 500, 20_000, 200_000][chance.below(5)]!
  const bytes = pattern(size)
  const headers = { ...extra, 'X-Size': String(size) }
  if (chance.below(3) === 0 && size > 0) {
    const coded = gzipSync(bytes, { level: chance.below(2) })
    exchange.respond({ headers: { ...headers, 'Content-Encoding': 'gzip' }, body: coded })
  } else if (chance.below(2) === 0) exchange.respond({ headers, body: bytes })
  else {
    exchange.head({
      headers:
        exchange.connection.protocol === 'h2' ? headers : { ...headers, 'Transfer-Encoding': 'chunked' },
    })
    for (let at = 0; at < size; at += 30_000) {
      exchange.chunk(bytes.slice(at, at + 30_000))
      await exchange.sleep(chance.below(20))
    }
    exchange.end({ 'X-End': '1' })
  }
}

type Maker = (chance: SeededRandom) => EasyOptions
const pick = <T>(chance: SeededRandom, ...values: readonly T[]): T => values[chance.below(values.length)]!

/** Each is taken with some chance; later ones go before earlier ones. */
const SOME: readonly Maker[] = [
  (c) => ({ httpVersion: pick(c, '1.0', '1.1', '2', '2tls') }),
  (c) => ({ body: pattern(pick(c, 0, 10, 5_000, 700_000)) }),
  (c) => {
    const size = pick(c, 10, 100_000)
    return { body: () => [pattern(size)], ...(c.below(2) === 0 ? { inFileSize: size } : {}) }
  },
  (c) => ({ body: [pattern(c.below(1_000))][Symbol.iterator]() as never }),
  (c) => ({ body: { file: pick(c, '/data', '/pipe') } }),
  (c) => ({
    mimePost: [
      { name: 'f', file: '/data' },
      { name: 'g', data: 'x'.repeat(c.below(9_000)) },
    ],
  }),
  (c) => ({ upload: true, body: pattern(c.below(9_000)) }),
  (c) => ({ method: pick(c, 'GET', 'DELETE', 'PUT') }),
  () => ({ noBody: true }),
  () => ({ headers: { Expect: '100-continue' } }),
  (c) => ({ expect100TimeoutMs: c.below(2_000) }),
  () => ({ keepSendingOnError: true }),
  (c) => ({
    username: 'ada',
    password: 'sEcReT-pw',
    httpAuth: pick(c, ['basic'], ['digest'], ['ntlm'], ['any'], ['anysafe'], ['digest', 'basic']),
  }),
  () => ({ username: 'ada', password: 'sEcReT-pw', httpAuth: ['any'] }),
  (c) => ({ xoauth2Bearer: 'sEcReT-token', httpAuth: pick(c, ['bearer'], ['any']) }),
  () => ({ username: 'ada', password: 'sEcReT-pw', awsSigv4: 'aws:amz:eu:s3' }),
  (c) => ({
    negotiateFunction: () => pick<never>(c, 'dG9r' as never, Promise.resolve('dG9r') as never),
    httpAuth: ['negotiate'],
  }),
  () => ({ unrestrictedAuth: true }),
  (c) => ({ netrc: pick(c, 'optional', 'required'), netrcFile: '/netrc' }),
  () => ({ cookie: 'own=sEcReT-cookie' }),
  (c) => ({ cookieFile: pick(c, [''], ['/cookies']), cookieJar: '/jar' }),
  () => ({ cookieJar: '/jar' }),
  () => ({ hsts: '/hsts' }),
  () => ({ altSvc: '/altsvc' }),
  () => ({ followLocation: true }),
  (c) => ({
    followLocation: true,
    maxRedirs: pick(c, 0, 1, 5),
    post301: true,
    post302: true,
    autoReferer: true,
  }),
  () => ({ acceptEncoding: '' }),
  () => ({ acceptEncoding: '' }),
  (c) => ({ acceptEncoding: 'gzip', maxDecodedRatio: pick(c, 1, 2, 0) }),
  () => ({ transferEncoding: true }),
  () => ({ failOnError: true }),
  (c) => ({ maxFilesize: pick(c, 100, 30_000) }),
  (c) => ({ resumeFrom: pick(c, 1, 400) }),
  () => ({ range: '0-10' }),
  () => ({ timeCondition: 'if-modified-since', timeValueS: 1_000 }),
  (c) => ({ timeoutMs: 1 + c.below(5_000) }),
  (c) => ({ queueTimeoutMs: 1 + c.below(1_000) }),
  (c) => ({ connectTimeoutMs: 1 + c.below(100) }),
  (c) => ({ firstByteTimeoutMs: 1 + c.below(1_000) }),
  (c) => ({ idleTimeoutMs: 1 + c.below(2_000) }),
  (c) => ({ lowSpeedLimit: 1_000, lowSpeedTimeMs: 1_000 + c.below(3_000) }),
  (c) => ({ maxRecvSpeed: pick(c, 1_000, 30_000, 1_000_000) }),
  (c) => ({ maxSendSpeed: pick(c, 1_000, 30_000, 1_000_000) }),
  (c) => ({ retry: 1 + c.below(3), retryDelayMs: c.below(500) }),
  (c) => ({ retry: 1 + c.below(3), retryAllErrors: true, retryDelayMs: 10 }),
  (c) => ({ retry: 2, retryUnsafe: true, retryMaxTimeMs: c.below(9_000) }),
  (c) => ({
    retry: 3,
    retryUnsafe: true,
    retryAllErrors: true,
    idleTimeoutMs: 500,
    queueTimeoutMs: 1 + c.below(500),
  }),
  () => ({ freshConnect: true }),
  () => ({ forbidReuse: true }),
  (c) => ({ maxAgeConnMs: c.below(100) }),
  (c) => ({ pipeWait: c.below(2) === 0 }),
  (c) => ({ priority: c.below(5) }),
  () => ({ retryDeadReuse: 'never' as never }),
  () => ({ connectTo: ['a.test:80:b.test:80'] }),
  () => ({ resolve: ['a.test:80:10.9.9.9'] }),
  (c) => ({ proxy: pick(c, 'http://p.test:3128', 'https://q.test:3129', 'socks5h://s.test:1080') }),
  (c) => ({
    proxy: 'http://p.test:3128',
    proxyUsername: 'pat',
    proxyPassword: 'sEcReT-proxy',
    proxyAuth: pick(c, ['basic'], ['digest'], ['any']),
  }),
  () => ({
    proxyEnvironment: {
      http_proxy: 'http://pat:sEcReT-proxy@p.test:3128',
      https_proxy: 'http://pat:sEcReT-proxy@q2.test:3128',
    },
  }),
  () => ({ httpProxyTunnel: true }),
]

function drawOptions(chance: SeededRandom): EasyOptions {
  const options: Record<string, unknown> = {}
  for (let count = 1 + chance.below(9); count > 0; count -= 1)
    Object.assign(options, SOME[chance.below(SOME.length)]!(chance))
  // One body only.
  if (options['mimePost'] !== undefined) delete options['body']
  return { timeoutMs: TIMEOUT_MS, ...options } as EasyOptions
}

function texts(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null || seen.has(value)) return String(value)
  seen.add(value)
  if (value instanceof Error)
    return [
      value.message,
      value.stack ?? '',
      JSON.stringify(value),
      ...Object.values(value).map((one) => texts(one, seen)),
      texts(value.cause, seen),
    ].join('\n')
  return JSON.stringify(value)
}

async function run(world: SimWorld): Promise<string[]> {
  const problems: string[] = []
  const { environment, network, random: chance, disk, files } = world
  files.set('/data', pattern(pick(chance, 0, 3_000, 150_000)))
  files.set('/pipe', pattern(2_000), { isPipe: true })
  disk.files.set(
    '/netrc',
    'machine a.test login nan password sEcReT-pw\ndefault login def password sEcReT-pw\n',
  )
  disk.files.set('/cookies', 'a.test\tFALSE\t/\tFALSE\t0\tfromfile\tsEcReT-jar\n')
  const evil = pick(chance, 18, 25, 60, 200)
  for (const where of [
    'http://a.test',
    'https://a.test',
    'http://b.test',
    'https://b.test',
    'https://a.test:444',
    'https://alt.test:8443',
  ]) {
    world.origin(where, moody(chance.fork(), problems, evil), {
      http2: chance.below(3) > 0,
      keepAlive: { idleMs: 20 + chance.below(3_000), requests: 1 + chance.below(30) },
      ...(where.includes('alt')
        ? { tls: { certificateNames: pick(chance, ['a.test'], ['b.test', 'a.test'], ['other.test']) } }
        : {}),
    })
  }
  const users = { pat: 'sEcReT-proxy' }
  world.proxy(
    'http://p.test:3128',
    chance.below(2) === 0
      ? {}
      : { users, auth: pick(chance, 'basic', 'digest'), nonceUses: 1 + chance.below(4) },
  )
  world.proxy('https://q.test:3129', {})
  world.proxy('http://q2.test:3128', { users, auth: 'basic' })
  world.socks('s.test:1080', {})
  for (const host of ['a.test', 'b.test', 'p.test', 'alt.test'])
    network.link(host, { jitterMs: chance.below(5), chunkBytes: pick(chance, 50, 700, 5_000, 70_000) })
  if (chance.below(6) === 0) network.refuse('alt.test')

  const share =
    chance.below(3) === 0
      ? new Share({ environment, parts: ['cookies', 'hsts', 'altSvc', 'dns'] })
      : undefined
  const multi = new Multi({
    environment,
    maxTransfers: pick(chance, 0, 1, 2, 5),
    maxHostTransfers: pick(chance, 0, 1, 3),
    maxTotalConnections: pick(chance, 0, 1, 3),
    maxHostConnections: pick(chance, 0, 1, 2),
    maxConcurrentStreams: pick(chance, 1, 3, 100),
    explainReuse: true,
    ...(chance.below(3) === 0 ? { pipelining: 5 } : {}),
  })
  const tell = (value: unknown, what: string): void => {
    const text = texts(value)
    for (const secret of SECRETS)
      if (text.includes(secret)) problems.push(`${what} tells ${secret}: ${text.slice(0, 300)}`)
  }
  const runs: Promise<void>[] = []
  const easies: Easy[] = []
  for (let i = 0; i < 8; i += 1) {
    const options = drawOptions(chance)
    const url = `${pick(chance, 'http', 'https')}://${pick(chance, '', '', 'ada:sEcReT-pw@')}${pick(chance, 'a.test', 'a.test', 'b.test')}/${i}`
    let easy: Easy
    try {
      easy = new Easy({ environment, ...(share === undefined ? {} : { share }), ...options, url })
    } catch (error) {
      tell(error, 'options')
      if (!(error instanceof TransferError)) problems.push(`options threw ${String(error)}`)
      continue
    }
    easies.push(easy)
    runs.push(drive(easy, options, chance.fork()))
  }

  async function drive(easy: Easy, given: EasyOptions, lot: SeededRandom): Promise<void> {
    let options = given
    for (let round = 0; round < 3; round += 1) {
      await world.sleep(lot.below(200))
      const began = world.clock.now()
      const inMulti = lot.below(2) === 0
      const style = lot.below(4)
      let pieces: Uint8Array[] = []
      let isOver = false
      if (style === 1) {
        easy.set({
          writeFunction: (bytes) => {
            if (isOver) problems.push('a piece was delivered after the end')
            pieces.push(bytes.slice())
            return lot.below(4) === 0 ? 'pause' : undefined
          },
        })
      } else easy.set({ writeFunction: undefined })
      const abortAt = lot.below(3) === 0 ? lot.below(2_000) : -1
      if (abortAt >= 0)
        world.clock.at(began + abortAt, () => {
          if (abortAt % 10 > 0) easy.abort()
          else void easy.close().catch((error: unknown) => tell(error, 'closing'))
        })
      const wake = async (): Promise<void> => {
        for (;;) {
          await world.sleep(97)
          if (isOver) return
          if (style !== 3 || lot.below(2) === 0) easy.resume()
          else easy.pause()
        }
      }
      let isFailed: unknown
      const explainNow = (): void => {
        try {
          tell(String(easy.explain()) + JSON.stringify(easy.explain()), 'explain')
        } catch (error) {
          tell(error, 'explain')
        }
      }
      if (lot.below(4) === 0) explainNow()
      try {
        const watching = wake()
        let status: number
        let headers
        let body: Uint8Array
        try {
          if (style === 2) {
            const result = await (inMulti ? multi.stream(easy) : easy.stream())
            status = result.status
            headers = result.headers
            if (lot.below(5) > 0) for await (const piece of result.body) pieces.push(piece.slice())
            else easy.abort()
            await result.finished
            body = Buffer.concat(pieces)
          } else {
            const result = await (inMulti ? multi.add(easy) : easy.perform())
            status = result.status
            headers = result.headers
            body = style === 1 ? Buffer.concat(pieces) : result.body
          }
        } finally {
          isOver = true
        }
        void watching
        const size = Number(headers.first('x-size') ?? -1)
        const isWhole =
          status === 200 &&
          size >= 0 &&
          !options.noBody &&
          options.range === undefined &&
          options.resumeFrom === undefined &&
          options.timeCondition === undefined &&
          options.method !== 'HEAD'
        const isCoded = headers.has('content-encoding') && options.acceptEncoding === undefined
        if (isWhole && !isCoded && style !== 1 && (body.length !== size || !isPattern(body)))
          problems.push(
            `the body of ${size} bytes came as ${body.length}, ${isPattern(body) ? 'cut' : 'spoilt'}`,
          )
        if (
          isWhole &&
          !isCoded &&
          style === 1 &&
          options.retry === undefined &&
          (body.length !== size || !isPattern(body))
        )
          problems.push(
            `the body of ${size} bytes was written as ${body.length}, ${isPattern(body) ? 'cut' : 'spoilt'}`,
          )
        if (easy.info === undefined) problems.push('no info')
        else tell(easy.info.verdict ?? '', 'verdict')
      } catch (error) {
        isFailed = error
        if (!(error instanceof TransferError))
          problems.push(`threw ${String((error as Error).stack ?? error)}`)
        tell(error, 'an error')
      }
      if (easy.handle.isRunning) problems.push('the handle still runs after the end')
      tell(
        `${easy.info?.totalTimeUs} ${easy.info?.queueTimeUs} ${easy.info?.retryCount} ${JSON.stringify(easy.info)} ${String(easy.handle)}`,
        'info',
      )
      const spent = world.clock.now() - began
      if (spent > (options.timeoutMs ?? TIMEOUT_MS) + 1_000)
        problems.push(
          `it took ${spent} ms, style ${style} ${isFailed} ${easy.info?.totalTimeUs} ${easy.info?.queueTimeUs} ${easy.info?.retryCount} ${JSON.stringify(options)}`,
        )
      // As it is used again.
      if (lot.below(4) === 0) {
        const copy = easy.duplicate().set({ writeFunction: undefined })
        if (lot.below(2) === 0)
          await copy.perform().then(
            () => undefined,
            (error: unknown) => tell(error, 'a copy'),
          )
        await copy.close().catch((error: unknown) => tell(error, 'closing'))
      }
      if (lot.below(6) === 0) {
        options = drawOptions(lot)
        easy.reset().set({ ...options, url: 'http://a.test/new' })
      }
      pieces = []
    }
  }
  await Promise.all(runs)
  for (const { active, text } of multi.connections())
    if (active > 0) problems.push(`leased for ever: ${text}`)
  await multi.close()
  for (const easy of easies) await easy.close().catch((error: unknown) => tell(error, 'closing'))
  if (share !== undefined) await share.close()
  await world.sleep(10_000)
  if (network.openConnections !== 0) problems.push(`${network.openConnections} connections are still open`)
  if (files.open !== 0) problems.push(`${files.open} files are still open`)
  return problems
}

const FIRST = Number(process.env['CHANCE_FIRST'] ?? 1)
const COUNT = Number(process.env['CHANCE_COUNT'] ?? 30)
/** Those that showed something: 14 and 70 a transfer that was tried again while it stood in line. */
const FOUND = process.env['CHANCE_FIRST'] === undefined ? [70] : []

describe('everything by chance', () => {
  test.each([...Array.from({ length: COUNT }, (_, at) => FIRST + at), ...FOUND])(
    'seed %i',
    { timeout: 60_000 },
    async (seed) => {
      const { value } = await simulate(seed, run, { maxVirtualMs: 20_000_000 })
      expect(value).toEqual([])
    },
  )
})
