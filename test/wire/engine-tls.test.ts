/** The engine over TLS, against Node's own https server: trust, identity, sessions, pins. */
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { makeAuthority, pinOfKey } from '../support/certificates.ts'

const authority = makeAuthority()
const leaf = authority.issue({ names: ['localhost'], addresses: ['127.0.0.1'] })
const client = authority.issue({ names: ['client one'], client: true })
const other = authority.issue({ names: ['client two'], client: true })
const TRUST: EasyOptions = { caInfoBlob: authority.cert }
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Seen {
  readonly server: Server
  readonly url: string
  /** The client certificate's name, or `none`, for each handshake. */
  readonly handshakes: string[]
}

async function start(options: ServerOptions = {}): Promise<Seen> {
  const server = createServer({ ...leaf, ...options }, (_, response) => response.end('hello'))
  const handshakes: string[] = []
  server.on('secureConnection', (socket: TLSSocket) =>
    handshakes.push(String(socket.getPeerCertificate().subject?.CN ?? 'none')),
  )
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
    return once(server, 'close')
  })
  return { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, handshakes }
}

function open(options: EasyOptions): Easy {
  const easy = new Easy(options)
  closing.push(() => easy.close())
  return easy
}

describe('https', () => {
  test('one handshake serves many requests', async () => {
    const { url, handshakes } = await start()
    const easy = open({ ...TRUST, url })
    for (let i = 0; i < 5; i += 1) expect((await easy.perform()).text()).toBe('hello')
    expect(handshakes).toEqual(['none'])
    expect(easy.info).toMatchObject({
      tlsVersion: 'TLSv1.3',
      alpn: 'http/1.1',
      connRequests: 5,
      sslVerifyResult: '',
    })
    expect(easy.info!.certInfo[0]).toBeInstanceOf(Uint8Array)
  })

  test('a new connection resumes the session of an earlier one, and says so', async () => {
    const { url } = await start()
    const easy = open({ ...TRUST, url, forbidReuse: true })
    expect((await easy.perform()).info.tlsResumed).toBe(false)
    expect((await easy.perform()).info.tlsResumed).toBe(true)
  })

  test.each<[string, EasyOptions]>([
    ['an unknown authority', {}],
    ['another authority', { caInfoBlob: makeAuthority('another').cert }],
    ['a wrong pin', { ...TRUST, pinnedPublicKey: 'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
  ])('%s is refused before a byte of the request is sent', async (_name, options) => {
    const { server, url } = await start()
    let requests = 0
    server.on('request', () => (requests += 1))
    await expect(open({ ...options, url }).perform()).rejects.toMatchObject({
      code: expect.stringMatching(/^PEER_FAILED_VERIFICATION$|^SSL_PINNEDPUBKEYNOTMATCH$/),
      phase: 'tls',
    })
    expect(requests).toBe(0)
  })

  test('the right pin is taken', async () => {
    const { url } = await start()
    const pin = pinOfKey(createPublicKey(leaf.cert))
    expect((await open({ ...TRUST, url, pinnedPublicKey: pin }).perform()).status).toBe(200)
  })

  test('a certificate for another name is refused, unless the name does not matter', async () => {
    const wrong = authority.issue({ names: ['elsewhere.test'] })
    const { url } = await start(wrong)
    await expect(open({ ...TRUST, url }).perform()).rejects.toMatchObject({
      code: 'PEER_FAILED_VERIFICATION',
    })
    expect((await open({ ...TRUST, url, sslVerifyHost: false }).perform()).status).toBe(200)
  })

  test('a connection made without verification never serves one who asks for it', async () => {
    const { url, handshakes } = await start()
    const easy = open({ url, sslVerifyPeer: false })
    const loose = await easy.perform()
    expect(loose.info.sslVerifyResult).not.toBe('')
    await expect(easy.set({ sslVerifyPeer: true }).perform()).rejects.toMatchObject({
      code: 'PEER_FAILED_VERIFICATION',
    })
    expect(handshakes.length).toBeGreaterThanOrEqual(1)
  })

  test('client certificates separate connections and sessions (CVE-2016-5420, CVE-2016-5419, CVE-2026-8932)', async () => {
    const { url, handshakes } = await start({
      requestCert: true,
      ca: authority.cert,
      rejectUnauthorized: false,
    })
    const easy = open({ ...TRUST, url })
    for (const certificate of [client, other, undefined, client]) {
      const result = await easy
        .set({ sslCertBlob: certificate?.cert, sslKeyBlob: certificate?.key })
        .perform()
      expect(result.info.tlsResumed).toBe(false)
    }
    expect(handshakes).toEqual(['client one', 'client two', 'none'])
  })

  test('settings that cannot be used fail by name', async () => {
    const { url } = await start()
    await expect(open({ url, caInfo: '/nowhere/ca.pem' }).perform()).rejects.toMatchObject({
      code: 'SSL_CACERT_BADFILE',
    })
    await expect(open({ ...TRUST, url, sslCipherList: 'NO-SUCH-CIPHER' }).perform()).rejects.toMatchObject({
      code: 'SSL_CIPHER',
    })
    await expect(open({ ...TRUST, url, sslCert: '/nowhere/cert.pem' }).perform()).rejects.toMatchObject({
      code: 'SSL_CERTPROBLEM',
    })
  })

  test('a server below the minimum version is refused', async () => {
    const { url } = await start({ maxVersion: 'TLSv1.2' })
    await expect(open({ ...TRUST, url, sslVersion: 'TLSv1.3' }).perform()).rejects.toMatchObject({
      code: 'SSL_CONNECT_ERROR',
    })
    expect((await open({ ...TRUST, url }).perform()).info.tlsVersion).toBe('TLSv1.2')
  })
})
