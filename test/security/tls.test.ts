/**
 * TLS sessions and verification: what went wrong elsewhere, one test per advisory. Real handshakes where trust,
 * names and tickets are looked at; the simulator where it matters which session is offered to whom.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import {
  EASY_OPTIONS,
  LIMITS,
  type EasyOptions,
  type Environment,
  type OptionRow,
  type TransferError,
} from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { buildPackages } from '../support/built-packages.ts'
import { makeAuthority, type Credentials } from '../support/certificates.ts'
import { otherValue, WITHOUT_A_RUN } from '../support/option-values.ts'

const authority = makeAuthority()
const leaf = authority.issue({ names: ['localhost'], addresses: ['127.0.0.1'] })
const TRUST: EasyOptions = { caInfoBlob: authority.cert }
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** What the server saw of one handshake. */
interface Handshake {
  /** The name in the client's certificate, or `none`. */
  readonly client: string
  readonly isResumed: boolean
  readonly cipher: string
  readonly alpn: string
}

interface Seen {
  readonly port: number
  readonly url: string
  readonly handshakes: Handshake[]
  /** Requests that got through. */
  readonly requests: string[]
}

/** Speaks both versions of HTTP, and writes down handshakes and requests. */
async function start(options: TlsOptions = {}): Promise<Seen> {
  const server = createSecureServer({ ...leaf, allowHTTP1: true, ...options })
  const handshakes: Handshake[] = []
  const requests: string[] = []
  const sockets = new Set<TLSSocket>()
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    handshakes.push({
      client: String(socket.getPeerCertificate().subject?.CN ?? 'none'),
      isResumed: socket.isSessionReused(),
      cipher: socket.getCipher().name,
      alpn: String(socket.alpnProtocol),
    })
  })
  server.on('tlsClientError', () => undefined)
  server.on('sessionError', () => undefined)
  server.on('request', (request, response) => {
    requests.push(request.url)
    response.end('hello')
  })
  const port = await listen(server)
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  return { port, url: `https://127.0.0.1:${port}/`, handshakes, requests }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function open(options: EasyOptions): Easy {
  const easy = new Easy(options)
  closing.push(() => easy.close())
  return easy
}

function outcome(easy: Easy): Promise<string> {
  return easy.perform().then(
    (result) => result.text(),
    ({ code }: TransferError) => code,
  )
}

describe.each([
  ['1.1', 'TLSv1.2'],
  ['1.1', 'TLSv1.3'],
  ['2tls', 'TLSv1.2'],
  ['2tls', 'TLSv1.3'],
] as const)('HTTP/%s over %s', (httpVersion, sslVersionMax) => {
  const BASE: EasyOptions = { ...TRUST, httpVersion, sslVersionMax }
  const one = authority.issue({ names: ['client one'], client: true })
  const two = authority.issue({ names: ['client two'], client: true })
  const as = (who: Credentials | undefined): EasyOptions => ({ sslCertBlob: who?.cert, sslKeyBlob: who?.key })
  const ASKING: TlsOptions = { requestCert: true, ca: authority.cert, rejectUnauthorized: false }

  test('CVE-2016-5420, CVE-2016-7141: each client certificate has its connections, and none is shown unasked', async () => {
    const { url, handshakes, requests } = await start(ASKING)
    const easy = open({ ...BASE, url })
    for (const who of [one, two, undefined, one, undefined])
      expect(await outcome(easy.set(as(who)))).toBe('hello')
    expect(handshakes.map(({ client }) => client)).toEqual(['client one', 'client two', 'none'])
    expect(requests).toHaveLength(5)
  })

  test('CVE-2016-5419, CVE-2017-7468: and its sessions: with another one the handshake is a full one', async () => {
    const { url, handshakes } = await start(ASKING)
    const easy = open({ ...BASE, url, forbidReuse: true })
    for (const who of [one, two, undefined, one, two, undefined])
      expect(await outcome(easy.set(as(who)))).toBe('hello')
    expect(handshakes.slice(0, 3).map(({ isResumed }) => isResumed)).toEqual([false, false, false])
    // A session speaks for who made it.
    expect(handshakes.slice(3).map(({ client, isResumed }) => [client, isResumed])).toEqual([
      ['client one', true],
      ['client two', true],
      ['none', true],
    ])
  })

  test('CVE-2026-8932: a key that is another one by its bytes is another one', async () => {
    const { url, handshakes } = await start(ASKING)
    const easy = open({ ...BASE, url })
    for (const end of ['', '\n', ''])
      expect(await outcome(easy.set({ sslCertBlob: one.cert, sslKeyBlob: one.key + end }))).toBe('hello')
    expect(handshakes.map(({ isResumed }) => isResumed)).toEqual([false, false])
  })

  test('CVE-2024-0853: a session of a peer that was refused is not kept', async () => {
    const wrongName = authority.issue({ names: ['elsewhere.test'] })
    const refusals: readonly (readonly [EasyOptions, TlsOptions, string])[] = [
      [{ caInfoBlob: makeAuthority('another').cert }, {}, 'PEER_FAILED_VERIFICATION'],
      [{}, wrongName, 'PEER_FAILED_VERIFICATION'],
      [{ pinnedPublicKey: `sha256//${'A'.repeat(43)}=` }, {}, 'SSL_PINNEDPUBKEYNOTMATCH'],
    ]
    for (const [options, server, code] of refusals) {
      const { url, handshakes, requests } = await start(server)
      const easy = open({ ...BASE, url, ...options })
      for (let i = 0; i < 3; i += 1) expect(await outcome(easy)).toBe(code)
      expect(easy.tlsSessions.size).toBe(0)
      expect(handshakes.filter(({ isResumed }) => isResumed)).toEqual([])
      expect(requests).toEqual([])
    }
  })

  test('CVE-2016-5419: a session made without verification is no proof for who verifies', async () => {
    const { url, handshakes, requests } = await start()
    const easy = open({ httpVersion, sslVersionMax, url, sslVerifyPeer: false, forbidReuse: true })
    expect(await outcome(easy)).toBe('hello')
    expect(await outcome(easy.set({ sslVerifyPeer: true }))).toBe('PEER_FAILED_VERIFICATION')
    expect(await outcome(easy.set({ sslVerifyPeer: false }))).toBe('hello')
    expect(handshakes.at(-1)!.isResumed).toBe(true)
    expect(requests).toHaveLength(2)
  })

  test('CVE-2026-9545: nothing is said before the server has proved who it is: no early data', async () => {
    const { port, handshakes } = await start()
    const hellos: Buffer[] = []
    const relay = createServer((socket) => {
      let said = Buffer.alloc(0)
      let isAnswered = false
      const there = connect(port, '127.0.0.1')
      socket.on('data', (bytes) => {
        if (!isAnswered) said = Buffer.concat([said, bytes])
        there.write(bytes)
      })
      there.once('data', () => {
        isAnswered = true
        hellos.push(said)
      })
      there.on('data', (bytes) => socket.write(bytes))
      for (const [from, to] of [
        [socket, there],
        [there, socket],
      ] as const)
        from.on('close', () => to.destroy()).on('error', () => to.destroy())
    })
    const url = `https://127.0.0.1:${await listen(relay)}/`
    const easy = open({ ...BASE, url, forbidReuse: true, username: 'ada', password: 'love' })
    for (let i = 0; i < 3; i += 1) expect(await outcome(easy)).toBe('hello')
    expect(handshakes.map(({ isResumed }) => isResumed)).toEqual([false, true, true])
    expect(hellos).toHaveLength(3)
    for (const hello of hellos) {
      // One record of a handshake (22) and nothing behind it.
      expect(recordTypes(hello)).toEqual([22])
      expect(extensionsOf(hello)).not.toContain(EARLY_DATA)
    }
    expect(extensionsOf(hellos[1]!).includes(PRE_SHARED_KEY)).toBe(sslVersionMax === 'TLSv1.3')
  })

  test('CVE-2021-22946, CVE-2021-22947: what comes before TLS ends the connection, and there is no way back to clear text', async () => {
    const heard: Buffer[] = []
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => heard.push(bytes))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
    })
    const url = `https://127.0.0.1:${await listen(server)}/`
    expect(await outcome(open({ ...BASE, url, username: 'ada', password: 'love' }))).toBe('SSL_CONNECT_ERROR')
    expect(heard.length).toBeLessThanOrEqual(1)
    for (const bytes of heard) expect(bytes[0]).toBe(22)
  })

  test('CVE-2025-14819: what trust depends on is part of what it is kept under: a revocation list counts at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-crl-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const { url, handshakes } = await start()
    for (const [name, list] of [
      ['none.pem', authority.revoke()],
      ['leaf.pem', authority.revoke(leaf.cert)],
    ] as const)
      writeFileSync(join(folder, name), list)
    const easy = open({ ...BASE, url })
    expect(await outcome(easy)).toBe('hello')
    expect(await outcome(easy.set({ crlFile: join(folder, 'none.pem') }))).toBe('hello')
    expect(await outcome(easy.set({ crlFile: join(folder, 'leaf.pem') }))).toBe('PEER_FAILED_VERIFICATION')
    expect(await outcome(easy.set({ crlFile: undefined }))).toBe('hello')
    expect(handshakes.length).toBeGreaterThanOrEqual(2)
  })
})

test('CVE-2021-22897: transfers at the same time have each their own ciphers', async () => {
  const { url, handshakes } = await start({ maxVersion: 'TLSv1.2' })
  const ciphers = [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ]
  const told = await Promise.all(
    [...ciphers, ...ciphers].map((sslCipherList) => outcome(open({ ...TRUST, url, sslCipherList }))),
  )
  expect(told).toEqual(Array(6).fill('hello'))
  expect(handshakes.map(({ cipher }) => cipher).sort()).toEqual([...ciphers, ...ciphers].sort())
})

test('CVE-2024-8096, CVE-2017-2629: what is not done is not pretended: stapled status cannot be required', () => {
  expect(() => new Easy().setopt('CURLOPT_SSL_VERIFYSTATUS', 1)).toThrow(/no option/)
})

describe('names', () => {
  /** One transfer to `host`, which a server answers for with a certificate of these names. */
  async function meet(
    host: string,
    names: readonly string[],
    addresses: readonly string[] = [],
  ): Promise<string> {
    const { port } = await start(authority.issue({ names, addresses }))
    const isAddress = /^[\d.]+$/.test(host)
    return await outcome(
      open({
        ...TRUST,
        url: `https://${host}:${port}/`,
        ...(isAddress ? {} : { resolve: [`${host}:${port}:127.0.0.1`] }),
      }),
    )
  }

  test.each([
    ['CVE-2014-0139: a wildcard is for no address', '127.0.0.1', ['*.0.0.1']],
    ['CVE-2014-0139: nor is a name', '127.0.0.1', ['127.0.0.1']],
    ['CVE-2009-2417: a name does not end at a NUL', 'bank.test', ['bank.test\0.evil.test']],
    ['CVE-2009-2417: nor does one begin there', 'bank.test', ['evil.test\0bank.test']],
    [
      'CVE-2023-28321: a wildcard is a whole label, not the rest of an encoded one',
      'xn--bcher-kva.test',
      ['x*.test'],
    ],
    ['CVE-2023-28321: nor behind a dot', 'xn--bcher-kva.bank.test', ['x*.bank.test']],
    ['CVE-2023-28321: nor with another', 'a.b.bank.test', ['*.*.bank.test']],
    ['CVE-2023-28321: nor the end of any', 'www.bank.test', ['w*.bank.test']],
    ['CVE-2023-28321: nor its middle', 'xn--bcher-kva.test', ['xn--*-kva.test']],
    ['a wildcard is one label', 'a.b.bank.test', ['*.bank.test']],
    ['and not none', 'bank.test', ['*.bank.test']],
    ['and not all', 'bank.test', ['*']],
    ['nor everything under the top', 'bank.test', ['*.test']],
  ])('%s', async (_name, host, names) => {
    expect(await meet(host, names)).toBe('PEER_FAILED_VERIFICATION')
  })

  test.each([
    ['127.0.0.1', ['other.test'], ['127.0.0.1']],
    ['bank.test', ['BANK.test'], []],
    ['www.bank.test', ['*.bank.test'], []],
    ['xn--bcher-kva.bank.test', ['*.bank.test'], []],
  ])('%s is one that %j or %j names', async (host, names, addresses) => {
    expect(await meet(host, names, addresses)).toBe('hello')
  })
})

test('CVE-2026-11564: an authority of the user takes the place of the built-in ones, whatever was used before', async () => {
  // What the system trusts can only be said to a new process.
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-roots-'))
  const built = buildPackages()
  closing.push(() => {
    built.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  const { url } = await start()
  writeFileSync(join(folder, 'system.pem'), authority.cert)
  writeFileSync(join(folder, 'own.pem'), makeAuthority('another').cert)
  const script = join(built.folder, 'roots.js')
  writeFileSync(
    script,
    `import { Easy } from '@trunkline/easy'
     const [url, own] = process.argv.slice(2)
     const easy = new Easy({ url })
     for (const caInfo of [undefined, own, undefined, own])
       await easy.set({ caInfo }).perform().then((result) => console.log(result.text()), ({ code }) => console.log(code))
     await easy.close()`,
  )
  const child = spawn(process.execPath, [script, url, join(folder, 'own.pem')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'system.pem') },
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  await once(child, 'close')
  expect(said.trim().split('\n')).toEqual([
    'hello',
    'PEER_FAILED_VERIFICATION',
    'hello',
    'PEER_FAILED_VERIFICATION',
  ])
}, 60_000)

// ---- Which session is offered to whom, in the simulator ---------------------------------------------

/** A session offered in a handshake, and to whom. Simulated sessions name the server that issued them. */
interface Offer {
  readonly serverName: string
  readonly session: string | undefined
}

interface Stage {
  readonly world: SimWorld
  readonly offers: Offer[]
  make(options: EasyOptions): Easy
  /** Lets sessions that came meanwhile be told. */
  deliver(): void
}

/** A world whose handshakes are written down; `late`: sessions are held back until `deliver`. */
async function offered(late: boolean, run: (stage: Stage) => Promise<void>, hours = 1): Promise<void> {
  await simulate(
    1,
    async (world) => {
      const offers: Offer[] = []
      const held: (() => void)[] = []
      const inner = world.environment.tls
      const environment: Environment = {
        ...world.environment,
        tls: {
          secure: (below, request, signal) => {
            const { serverName, session, onSession } = request
            offers.push({ serverName, session: session && String.fromCharCode(...session) })
            return inner.secure(
              below,
              {
                ...request,
                ...(onSession === undefined || !late
                  ? {}
                  : { onSession: (issued: Uint8Array) => void held.push(() => onSession(issued)) }),
              },
              signal,
            )
          },
        },
      }
      for (const host of ['a.test', 'b.test', 'other.test', '10.9.9.9'])
        world.origin(`https://${host}`, (exchange) => exchange.respond({ body: 'ok' }), { http2: true })
      await run({
        world,
        offers,
        make: (options) => new Easy({ environment, url: 'https://a.test/', forbidReuse: true, ...options }),
        deliver: () => {
          for (const tell of held.splice(0)) tell()
        },
      })
    },
    { maxVirtualMs: hours * 3_600_000 },
  )
}

const ISSUER = /^session \d+ of (.*)$/

describe('sessions', () => {
  test('CVE-2021-22901: one that comes after its transfer, its connection or its handle is over harms nobody', async () => {
    await offered(true, async ({ make, offers, deliver, world }) => {
      const easy = make({})
      await easy.perform()
      await world.sleep(100)
      // The connection is closed by now; its session is of use all the same.
      deliver()
      await easy.perform()
      expect(offers.map(({ session }) => session)).toEqual([undefined, 'session 1 of a.test'])
      const aborted = make({ timeoutMs: 1 })
      expect(await outcome(aborted)).toBe('OPERATION_TIMEDOUT')
      await aborted.close()
      await easy.close()
      await world.sleep(100)
      deliver()
      const other = make({})
      expect(await outcome(other)).toBe('ok')
      expect(offers.at(-1)!.session).toBeUndefined()
    })
  })

  test('CVE-2021-22890: what a proxy issued is offered to that proxy, what the origin behind it issued to that', async () => {
    await offered(false, async ({ make, offers, world }) => {
      // Both at one port, and with certificates that name both.
      world.proxy('https://s.test:443', {
        tls: { certificateNames: ['s.test', 'a.test'] },
        answer: ({ target }) => (target.startsWith('/') ? { body: 'as an origin' } : undefined),
      })
      const easy = make({ proxy: 'https://s.test:443' })
      for (const options of [
        {},
        {},
        { url: 'https://b.test/' },
        { url: 'https://s.test/' },
        { url: 'https://a.test/', proxy: undefined },
      ])
        await outcome(easy.set(options))
      const resumed = offers
        .filter(({ session }) => session !== undefined)
        .map(({ serverName, session }) => {
          expect(ISSUER.exec(session!)?.[1]).toBe(serverName)
          return serverName
        })
      expect(resumed).toContain('s.test')
      expect(resumed).toContain('a.test')
      // The direct way to a.test shares nothing with the one through the proxy.
      expect(offers.at(-1)).toEqual({ serverName: 'a.test', session: undefined })
    })
  })

  const SHAPING = Object.entries(EASY_OPTIONS as Record<string, OptionRow>).filter(
    ([name, row]) =>
      row.identity !== 'no' && row.identity !== ('proxy' as string) && !WITHOUT_A_RUN.has(name),
  )

  test.each(SHAPING)(
    'CVE-2016-5419, CVE-2017-7468: are not taken across a difference in %s',
    async (name, row) => {
      await offered(false, async ({ make, offers }) => {
        const easy = make({})
        await easy.perform()
        const plain = (EASY_OPTIONS as Record<string, OptionRow>)[name]!.default
        await outcome(easy.set({ [name]: otherValue(name, row) } as EasyOptions))
        const between = offers.length
        await outcome(easy.set({ [name]: plain } as EasyOptions))
        expect(offers.slice(1, between).map(({ session }) => session)).toEqual(
          Array(between - 1).fill(undefined),
        )
        expect(offers.at(-1)!.session).toBe('session 1 of a.test')
      })
    },
  )

  test('are offered once (RFC 8446 C.4), and not when they are older than seven days', async () => {
    expect(LIMITS.tlsSessionMs).toBeLessThanOrEqual(7 * 24 * 3_600_000)
    await offered(
      false,
      async ({ make, offers, world }) => {
        const easy = make({})
        await easy.perform()
        await Promise.all([1, 2, 3].map(() => outcome(easy.duplicate())))
        for (let i = 0; i < 4; i += 1) await easy.perform()
        const used = offers.flatMap(({ session }) => session ?? [])
        expect(used.length).toBeGreaterThanOrEqual(4)
        expect(new Set(used).size).toBe(used.length)
        await world.sleep(LIMITS.tlsSessionMs + 1)
        await easy.perform()
        expect(offers.at(-1)!.session).toBeUndefined()
      },
      24 * 8,
    )
  })
})

// ---- What a client's first flight says --------------------------------------------------------------

const PRE_SHARED_KEY = 41
const EARLY_DATA = 42

/** Content types of TLS records (RFC 8446 5.1). */
function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at]!)
  return types
}

/** Extensions of a ClientHello (RFC 8446 4.1.2), by number. */
function extensionsOf(bytes: Buffer): number[] {
  // Record head 5, message head 4, version 2, random 32.
  let at = 43
  at += 1 + bytes[at]!
  at += 2 + bytes.readUInt16BE(at)
  at += 1 + bytes[at]!
  const end = at + 2 + bytes.readUInt16BE(at)
  const found: number[] = []
  for (at += 2; at < end; at += 4 + bytes.readUInt16BE(at + 2)) found.push(bytes.readUInt16BE(at))
  return found
}
