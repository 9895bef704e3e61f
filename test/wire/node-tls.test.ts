import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import {
  connect as connectTo,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type {
  ByteSink,
  ByteStream,
  SecureStream,
  TlsRequest,
  TlsSettings,
} from '../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import { makeNodeEnvironment } from '../../packages/core/src/node/index.ts'
import { makeAuthority, pinOfKey, selfSigned } from '../support/certificates.ts'
import { record } from '../support/recording-sink.ts'

const { dialer, tls } = makeNodeEnvironment()
const authority = makeAuthority()
const site = authority.issue({ names: ['site.test', '*.wild.test'], addresses: ['127.0.0.1', '::1'] })
const expired = authority.issue({ names: ['site.test'], notAfter: new Date(Date.now() - 86_400_000) })
const visitor = authority.issue({ client: true, names: ['visitor'] })
const sitePin = pinOfKey(new X509Certificate(site.cert).publicKey)
const otherPin = pinOfKey(new X509Certificate(visitor.cert).publicKey)
const folder = mkdtempSync(join(tmpdir(), 'trunkline-tls-'))
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The three ways to a secure stream. Each must do the same. */
const WAYS = ['dialled for TLS', 'over a plain stream', 'over a foreign stream'] as const
type Way = (typeof WAYS)[number]

describe.each(WAYS)('TLS %s', (way) => {
  test('carries bytes both ways once the peer is verified, and says what was settled', async () => {
    const port = await serve({ ALPNProtocols: ['h2', 'http/1.1'] }, echo)
    const stream = await secure(way, port, { alpn: ['http/1.1'] })
    const sink = record(stream)
    stream.write('hello ')
    stream.write(Buffer.from('world'))
    stream.end()
    await sink.until((it) => it.hasEnded)
    expect(sink.text).toBe('hello world')
    expect(sink.calls.at(-1)).toBe('ended')
    expect(stream.tls).toMatchObject({
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      alpn: 'http/1.1',
      resumed: false,
      verifyProblem: undefined,
    })
    expect(stream.remote).toEqual({ family: 4, address: '127.0.0.1', port })
    expect(stream.local).toMatchObject({ family: 4, address: '127.0.0.1' })
  })

  test('gives the certificate chain in DER, leaf first', async () => {
    const port = await serve({ cert: site.cert + authority.cert })
    const stream = await secure(way, port)
    const chain = stream.tls.certificates().map((der) => new X509Certificate(der).subject)
    expect(chain).toEqual(['CN=site.test', 'CN=Trunkline test authority'])
  })

  test('sends the name as SNI, without its dot, and no SNI for an address', async () => {
    const names: (string | false)[] = []
    const port = await serve({}, (peer) => {
      names.push((peer as TLSSocket & { servername: string | false }).servername)
      peer.end()
    })
    await heard(await secure(way, port, { serverName: 'site.test.' }))
    await heard(await secure(way, port, { serverName: '127.0.0.1' }))
    expect(names).toEqual(['site.test', false])
  })

  const refusals: {
    name: string
    server?: TlsOptions
    settings?: Partial<TlsSettings>
    serverName?: string
    code: string
    message: RegExp
  }[] = [
    {
      name: 'an expired certificate',
      server: expired,
      code: 'PEER_FAILED_VERIFICATION',
      message: /^the certificate of site\.test was refused: a certificate has expired \(CERT_HAS_EXPIRED\)$/,
    },
    {
      name: 'a self-signed certificate',
      server: selfSigned({ names: ['site.test'] }),
      code: 'PEER_FAILED_VERIFICATION',
      message: /the certificate is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    },
    {
      name: 'a certificate of an authority that is not trusted',
      server: makeAuthority().issue({ names: ['site.test'] }),
      code: 'PEER_FAILED_VERIFICATION',
      message: /the issuer of the certificate is not known \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$|signature/,
    },
    {
      name: 'a certificate for another name',
      serverName: 'other.test',
      code: 'PEER_FAILED_VERIFICATION',
      message:
        /^the certificate of other\.test was refused: the certificate is for another name \(ERR_TLS_CERT_ALTNAME_INVALID\): Host: other\.test\. is not in the cert's altnames/,
    },
    {
      name: 'a certificate for another address',
      serverName: '127.0.0.2',
      code: 'PEER_FAILED_VERIFICATION',
      message: /ERR_TLS_CERT_ALTNAME_INVALID/,
    },
    {
      name: 'another name even when the chain is not asked about',
      settings: { verifyPeer: false },
      serverName: 'other.test',
      code: 'PEER_FAILED_VERIFICATION',
      message: /ERR_TLS_CERT_ALTNAME_INVALID/,
    },
    {
      name: 'a key that is not pinned',
      settings: { pinnedPublicKeys: [otherPin] },
      code: 'SSL_PINNEDPUBKEYNOTMATCH',
      message: /^the public key of site\.test is not a pinned one: it is sha256\/\/.{44}$/,
    },
    {
      name: 'a key that is not pinned even when nothing else is asked about',
      settings: { pinnedPublicKeys: [otherPin], verifyPeer: false, verifyHost: false },
      code: 'SSL_PINNEDPUBKEYNOTMATCH',
      message: /not a pinned one/,
    },
    {
      name: 'a revoked certificate',
      settings: { crlFile: file('revoked.pem', authority.revoke(site.cert)) },
      code: 'PEER_FAILED_VERIFICATION',
      message: /a certificate was revoked \(CERT_REVOKED\)$/,
    },
    {
      name: 'a peer that speaks only older versions',
      server: { maxVersion: 'TLSv1.2' },
      settings: { minVersion: 'TLSv1.3' },
      code: 'SSL_CONNECT_ERROR',
      message: /^the TLS handshake with site\.test failed: .*protocol version/,
    },
    {
      name: 'a peer that shares no protocol',
      server: { ALPNProtocols: ['spdy/1'] },
      code: 'SSL_CONNECT_ERROR',
      message: /no application protocol/,
    },
  ]

  test.each(refusals)(
    'refuses $name before a byte is sent',
    async ({ server, settings, serverName, code, message }) => {
      let received = 0
      const port = await serve(server ?? {}, (peer) => peer.on('data', () => (received += 1)))
      const sessions: Uint8Array[] = []
      const request = requestFor({ ...settings }, { serverName: serverName ?? 'site.test', alpn: ['h2'] })
      const error = await failureOf(open(way, port, { ...request, onSession: (it) => sessions.push(it) }))
      expect(error).toMatchObject({ code, phase: 'tls' })
      expect(error.message).toMatch(message)
      expect(sessions).toEqual([])
      expect(received).toBe(0)
    },
  )

  const acceptances: {
    name: string
    server?: TlsOptions
    settings?: Partial<TlsSettings>
    serverName?: string
    problem?: RegExp
  }[] = [
    { name: 'a name that a wildcard covers', serverName: 'any.wild.test' },
    { name: 'an IPv4 address in the certificate', serverName: '127.0.0.1' },
    { name: 'an IPv6 address in the certificate', serverName: '::1' },
    { name: 'one pinned key of several', settings: { pinnedPublicKeys: [otherPin, sitePin] } },
    { name: 'a pinned key in a PEM file', settings: { pinnedPublicKeyFile: publicKeyFile('pem') } },
    { name: 'a pinned key in a DER file', settings: { pinnedPublicKeyFile: publicKeyFile('der') } },
    {
      name: 'a certificate that a revocation list does not name',
      settings: { crlFile: file('other.crl', authority.revoke(visitor.cert)) },
    },
    {
      name: 'an expired certificate when the chain is not asked about',
      server: expired,
      settings: { verifyPeer: false },
      problem: /a certificate has expired \(CERT_HAS_EXPIRED\)/,
    },
    {
      name: 'another name when the name is not asked about',
      serverName: 'other.test',
      settings: { verifyHost: false },
      problem: /the certificate is for another name/,
    },
    {
      name: 'trust by file and directory',
      settings: {
        caBytes: undefined,
        caFile: file('ca.pem', `# ours\n${authority.cert}`),
        caPath: folder,
      } as never,
    },
  ]

  test.each(acceptances)('accepts $name', async ({ server, settings, serverName, problem }) => {
    const port = await serve(server ?? {})
    const request = requestFor({ ...settings }, { serverName: serverName ?? 'site.test' })
    const stream = await open(way, port, request)
    expect(stream.tls.verifyProblem ?? '').toMatch(problem ?? /^$/)
    expect(await heard(stream)).toBe('welcome')
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes a session of %s', async (version) => {
    const port = await serve({ minVersion: version, maxVersion: version })
    const sessions: Uint8Array[] = []
    const onSession = (session: Uint8Array): void => void sessions.push(session)
    const settings = { pinnedPublicKeys: [sitePin] }
    const first = await open(way, port, requestFor(settings, { onSession }))
    await heard(first)
    expect(first.tls.resumed).toBe(false)
    expect(sessions.length).toBeGreaterThan(0)
    const again = await open(way, port, requestFor(settings, { session: sessions[0]! }))
    await heard(again)
    expect(again.tls).toMatchObject({ resumed: true, version, verifyProblem: undefined })
    expect(again.tls.certificates().length).toBeGreaterThan(0)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'judges the peer of a resumed session of %s anew',
    async (version) => {
      const port = await serve({ minVersion: version, maxVersion: version })
      const sessions: Uint8Array[] = []
      await heard(await open(way, port, requestFor({}, { onSession: (it) => sessions.push(it) })))
      const session = sessions[0]!
      const pinned = await failureOf(
        open(way, port, requestFor({ pinnedPublicKeys: [otherPin] }, { session })),
      )
      expect(pinned.code).toBe('SSL_PINNEDPUBKEYNOTMATCH')
      const named = await failureOf(open(way, port, requestFor({}, { session, serverName: 'other.test' })))
      expect(named.code).toBe('PEER_FAILED_VERIFICATION')
    },
  )

  test('shows a client certificate, from bytes, from files, and key beside certificate', async () => {
    const port = await serve({ ca: authority.cert, requestCert: true, rejectUnauthorized: true }, (peer) => {
      peer.end(String((peer as TLSSocket).getPeerCertificate().subject.CN))
    })
    const both = file('both.pem', visitor.cert + visitor.key)
    const settings: Partial<TlsSettings>[] = [
      { certBytes: Buffer.from(visitor.cert), keyBytes: Buffer.from(visitor.key) },
      { certFile: file('cert.pem', visitor.cert), keyFile: file('key.pem', visitor.key) },
      { certFile: both },
    ]
    for (const one of settings) expect(await heard(await open(way, port, requestFor(one)))).toBe('visitor')
  })

  test('fails with RECV_ERROR when the peer wants a client certificate and gets none', async () => {
    const port = await serve({ ca: authority.cert, requestCert: true, rejectUnauthorized: true })
    const sink = record(await secure(way, port))
    await sink.until((it) => it.failure !== undefined)
    expect(sink.failure).toMatchObject({ code: 'RECV_ERROR', phase: 'receive' })
  })

  test('tells nothing while paused, and everything in order after', async () => {
    const sent = randomBytes(8 * 1024 * 1024)
    const stream = await secure(way, await serve({}, (peer) => peer.end(sent)))
    let paused = false
    const parts: Buffer[] = []
    await new Promise<void>((done, failed) => {
      stream.sink = {
        bytes: (view) => {
          expect(paused).toBe(false)
          parts.push(Buffer.from(view))
          paused = true
          stream.pause()
          setImmediate(() => {
            paused = false
            stream.resume()
          })
        },
        ended: () => {
          expect(paused).toBe(false)
          done()
        },
        failed,
        drained: () => {},
      }
    })
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
  })

  test('asks for a rest when too much is queued, and says when it has drained', async () => {
    let received = 0
    const port = await serve({}, (peer) =>
      peer.on('data', (bytes) => (received += bytes.length)).on('end', () => peer.end()),
    )
    const stream = await secure(way, port)
    const sink = record(stream)
    const block = Buffer.alloc(1024 * 1024)
    let written = 1
    while (stream.write(block)) written += 1
    await sink.until((it) => it.drains > 0)
    stream.end()
    await sink.until((it) => it.hasEnded)
    expect(received).toBe(written * block.length)
  })

  test('fails when the peer resets, and says nothing once aborted', async () => {
    const port = await serve({}, (peer) => peer.once('data', () => peer.destroy()))
    const stream = await secure(way, port)
    stream.abort()
    const other = await secure(way, port)
    const sink = record(other)
    other.write('go')
    await sink.until((it) => it.hasEnded || it.failure !== undefined)
    const silent = record(stream)
    expect(silent.calls).toEqual([])
    expect(stream.write('unheard')).toBe(true)
  })

  test('rejects with the reason of a signal that aborts during the handshake, and closes the socket', async () => {
    let gone!: () => void
    const closed = new Promise<void>((done) => (gone = done))
    let accept!: () => void
    const accepted = new Promise<void>((done) => (accept = done))
    const mute = createTcpServer((peer) => {
      peer.on('error', () => {})
      peer.on('close', gone)
      peer.resume()
      accept()
    }).listen(0, '127.0.0.1')
    closing.push(() => mute.close())
    await once(mute, 'listening')
    const stop = new AbortController()
    const reason = new Error('enough')
    const opening = open(way, (mute.address() as AddressInfo).port, requestFor({}), stop.signal)
    await accepted
    stop.abort(reason)
    await expect(opening).rejects.toBe(reason)
    await closed
  })

  test('rejects when the peer closes during the handshake', async () => {
    const rude = createTcpServer((peer) => peer.on('error', () => {}).once('data', () => peer.destroy()))
    rude.listen(0, '127.0.0.1')
    closing.push(() => rude.close())
    await once(rude, 'listening')
    const error = await failureOf(open(way, (rude.address() as AddressInfo).port, requestFor({})))
    expect(error).toMatchObject({ code: 'SSL_CONNECT_ERROR', phase: 'tls' })
  })

  test('keeps the bytes of many connections apart', async () => {
    const bodies = Array.from({ length: 60 }, () =>
      randomBytes(200_000 + Math.floor(Math.random() * 300_000)),
    )
    const port = await serve({}, (peer) =>
      peer.once('data', (asked) => peer.end(bodies[Number(asked.toString())]!)),
    )
    const digests = await Promise.all(
      bodies.map(async (_, index) => {
        const stream = await secure(way, port)
        const hash = createHash('sha256')
        const done = new Promise<string>((resolve, reject) => {
          stream.sink = {
            bytes: (view) => void hash.update(view),
            ended: () => resolve(hash.digest('hex')),
            failed: reject,
            drained: () => {},
          }
        })
        stream.write(String(index))
        return done
      }),
    )
    expect(digests).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
  })
})

describe('TLS', () => {
  test('runs inside TLS, as to an origin behind a secure proxy', async () => {
    const inner = await serve({ ALPNProtocols: ['h2'] }, echo)
    const outer = await serve({}, (peer) => {
      const onward = connectTo(inner, '127.0.0.1')
      peer.pipe(onward).pipe(peer)
    })
    const proxy = await secure('dialled for TLS', outer)
    const stream = await tls.secure(proxy, requestFor({}, { alpn: ['h2'] }), never())
    const sink = record(stream)
    stream.write('through both')
    stream.end()
    await sink.until((it) => it.hasEnded)
    expect(sink.text).toBe('through both')
    expect(stream.tls.alpn).toBe('h2')
  })

  test('does not begin over a stream on which bytes came in clear', async () => {
    const chatty = createTcpServer((peer) => peer.on('error', () => {}).write('220 hello')).listen(
      0,
      '127.0.0.1',
    )
    closing.push(() => chatty.close())
    await once(chatty, 'listening')
    const below = await dial((chatty.address() as AddressInfo).port)
    const { clock } = makeNodeEnvironment()
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((done) => clock.afterPendingInput(done))
    const error = await failureOf(tls.secure(below, requestFor({}), never()))
    expect(error.message).toBe('the TLS handshake cannot begin: 9 bytes came before it')
  })

  const unusable: { name: string; settings: Partial<TlsSettings>; code: string; message: RegExp }[] = [
    {
      name: 'a CA file that is not there',
      settings: { caBytes: undefined, caFile: join(folder, 'none.pem') } as never,
      code: 'SSL_CACERT_BADFILE',
      message: /^the file .*none\.pem cannot be used: no such file \(ENOENT\)$/,
    },
    {
      name: 'a CA file without a certificate',
      settings: { caBytes: undefined, caFile: file('empty.pem', 'nothing') } as never,
      code: 'SSL_CACERT_BADFILE',
      message: /empty\.pem cannot be used: it holds no PEM certificate$/,
    },
    {
      name: 'a CA file with a broken certificate',
      settings: {
        caBytes: undefined,
        caFile: file(
          'broken.pem',
          authority.cert + authority.cert.replace('MII', 'AII').replace(/\nMI/, '\nAA'),
        ),
      } as never,
      code: 'SSL_CACERT_BADFILE',
      message: /broken\.pem cannot be used: certificate 2 of 2 is broken$/,
    },
    {
      name: 'a CA directory that is not there',
      settings: { caBytes: undefined, caPath: join(folder, 'none') } as never,
      code: 'SSL_CACERT_BADFILE',
      message: /^the CA directory .*none cannot be used: no such file \(ENOENT\)$/,
    },
    {
      name: 'a revocation list that is not there',
      settings: { crlFile: join(folder, 'none.crl') },
      code: 'SSL_CRL_BADFILE',
      message: /none\.crl cannot be used/,
    },
    {
      name: 'a revocation list that is none',
      settings: { crlFile: file('bad.crl', authority.cert) },
      code: 'SSL_CRL_BADFILE',
      message: /bad\.crl cannot be used: it holds no PEM revocation list/,
    },
    {
      name: 'a client certificate that is not there',
      settings: { certFile: join(folder, 'none.crt') },
      code: 'SSL_CERTPROBLEM',
      message: /none\.crt cannot be used: no such file/,
    },
    {
      name: 'a client certificate with the key of another',
      settings: { certBytes: Buffer.from(visitor.cert), keyBytes: Buffer.from(site.key) },
      code: 'SSL_CERTPROBLEM',
      message: /^the client certificate or its key cannot be used: .*key values mismatch/,
    },
    {
      name: 'PKCS#12 with a wrong password',
      settings: { certFile: file('bad.p12', 'not PKCS#12'), keyPassword: 'secret' },
      code: 'SSL_CERTPROBLEM',
      message: /bad\.p12 cannot be used/,
    },
    {
      name: 'ciphers that nobody knows',
      settings: { ciphers: 'NONESUCH' },
      code: 'SSL_CIPHER',
      message: /^the wanted ciphers/,
    },
    {
      name: 'TLS 1.3 suites that nobody knows',
      settings: { tls13Ciphers: 'TLS_NONESUCH' },
      code: 'SSL_CIPHER',
      message: /ciphers/,
    },
    {
      name: 'curves that nobody knows',
      settings: { curves: 'P-0' },
      code: 'SSL_CIPHER',
      message: /^the wanted curves/,
    },
    {
      name: 'signature algorithms that nobody knows',
      settings: { signatureAlgorithms: 'rot13' },
      code: 'SSL_CIPHER',
      message: /^the wanted signature algorithms/,
    },
    {
      name: 'a pinned key file that is not there',
      settings: { pinnedPublicKeyFile: join(folder, 'none.pub') },
      code: 'SSL_PINNEDPUBKEYNOTMATCH',
      message: /none\.pub cannot be read: no such file/,
    },
  ]

  test.each(unusable)('refuses $name', async ({ settings, code, message }) => {
    const port = await serve({})
    const error = await failureOf(open('dialled for TLS', port, requestFor(settings)))
    expect(error).toMatchObject({ code, phase: 'tls' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret')
  })

  test('passes over an unusable CA file when the chain is not asked about', async () => {
    const settings = { caBytes: undefined, caFile: join(folder, 'none.pem'), verifyPeer: false } as never
    const stream = await open('over a plain stream', await serve({}), requestFor(settings))
    expect(stream.tls.verifyProblem).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/)
  })

  test('offers the wanted ciphers of both kinds', async () => {
    const wish = { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', tls13Ciphers: 'TLS_AES_128_GCM_SHA256' }
    const newer = await open('dialled for TLS', await serve({}), requestFor(wish))
    const older = await open('dialled for TLS', await serve({ maxVersion: 'TLSv1.2' }), requestFor(wish))
    expect(newer.tls.cipher).toBe('TLS_AES_128_GCM_SHA256')
    expect(older.tls.cipher).toBe('ECDHE-ECDSA-CHACHA20-POLY1305')
  })

  test('looks at a directory of certificates once for each, links and other files aside', async () => {
    const path = mkdtempSync(join(folder, 'authorities-'))
    writeFileSync(join(path, 'a.pem'), authority.cert)
    writeFileSync(join(path, 'README'), 'not a certificate')
    symlinkSync('a.pem', join(path, '1234abcd.0'))
    symlinkSync('nowhere', join(path, 'dangling.pem'))
    const settings = { caBytes: undefined, caPath: path } as never
    const stream = await open('dialled for TLS', await serve({}), requestFor(settings))
    expect(stream.tls.verifyProblem).toBeUndefined()
  })

  test('trusts the roots of Node when no authority is named', async () => {
    const error = await failureOf(
      open('dialled for TLS', await serve({}), requestFor({ caBytes: undefined } as never)),
    )
    expect(error.code).toBe('PEER_FAILED_VERIFICATION')
  })
})

function never(): AbortSignal {
  return new AbortController().signal
}

function echo(peer: Socket): void {
  peer.pipe(peer)
}

async function serve(
  options: TlsOptions,
  welcome = (peer: Socket): unknown => peer.end('welcome'),
): Promise<number> {
  const server = createServer({ ...site, allowHalfOpen: true, ...options } as TlsOptions, (peer) => {
    peer.on('error', () => {})
    closing.push(() => peer.destroy())
    welcome(peer)
    if (!peer.writableEnded) peer.once('data', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

let settingsMade = 0

function requestFor(settings: Partial<TlsSettings>, request: Partial<TlsRequest> = {}): TlsRequest {
  settingsMade += 1
  const defaults = { minVersion: 'TLSv1.2', verifyPeer: true, verifyHost: true } as const
  return {
    settings: {
      ...defaults,
      caBytes: Buffer.from(authority.cert),
      key: `settings ${settingsMade}`,
      ...settings,
    },
    serverName: 'site.test',
    alpn: [],
    ...request,
  }
}

function secure(way: Way, port: number, request: Partial<TlsRequest> = {}): Promise<SecureStream> {
  return open(way, port, requestFor({}, request))
}

async function open(way: Way, port: number, request: TlsRequest, signal = never()): Promise<SecureStream> {
  const below = await dial(port, way === 'dialled for TLS' ? request : undefined)
  const stream = await tls.secure(way === 'over a foreign stream' ? foreign(below) : below, request, signal)
  closing.push(() => stream.abort())
  return stream
}

function dial(port: number, thenTls?: TlsRequest): Promise<ByteStream> {
  const to = { family: 4, address: '127.0.0.1', port } as const
  return dialer.dial(to, { noDelay: true, ...(thenTls !== undefined && { thenTls }) }, never())
}

/** A stream that is not one of Node's own: the same calls, passed on. */
function foreign(below: ByteStream): ByteStream {
  return {
    get sink(): ByteSink | undefined {
      return below.sink
    },
    set sink(sink: ByteSink | undefined) {
      below.sink = sink
    },
    write: (bytes) => below.write(bytes),
    pause: () => below.pause(),
    resume: () => below.resume(),
    end: () => below.end(),
    abort: () => below.abort(),
    hold: (awake) => below.hold(awake),
    local: below.local,
    remote: below.remote,
  }
}

async function heard(stream: ByteStream): Promise<string> {
  const sink = record(stream)
  await sink.until((it) => it.hasEnded)
  stream.end()
  return sink.text
}

async function failureOf(work: Promise<unknown>): Promise<TransferError> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as TransferError,
  )
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function publicKeyFile(format: 'pem' | 'der'): string {
  const key = new X509Certificate(site.cert).publicKey
  return format === 'pem'
    ? file('pinned.pem', key.export({ type: 'spki', format: 'pem' }))
    : file('pinned.der', key.export({ type: 'spki', format: 'der' }))
}
