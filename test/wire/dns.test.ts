/** Names looked up at servers that nobody here wrote: unbound by DNS over HTTPS, unbound and dnsmasq by DNS. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { areDnsServersInstalled, startDnsServers, type DnsServers } from '../support/servers/dns.ts'

const authority = makeAuthority()
const isInstalled = areDnsServersInstalled()
if (!isInstalled) console.warn('unbound and dnsmasq are not installed: names are not looked up at them')

describe.runIf(isInstalled)('names at unbound and dnsmasq', () => {
  let dns: DnsServers
  let web: Server
  let port: number
  beforeAll(async () => {
    dns = await startDnsServers(authority.issue({ addresses: ['127.0.0.1'] }))
    web = createServer((request, response) => response.end(request.headers.host)).listen(0, '0.0.0.0')
    await new Promise((resolve) => web.once('listening', resolve))
    port = (web.address() as AddressInfo).port
  })
  afterAll(async () => {
    await dns?.stop()
    web?.closeAllConnections()
    web?.close()
  })

  interface Told {
    readonly text: string
    readonly message: string
    readonly ip: string
  }
  async function ask(host: string, options: EasyOptions): Promise<Told> {
    await using easy = new Easy({
      url: `http://${host}:${port}/`,
      caInfoBlob: authority.cert,
      connectTimeoutMs: 20_000,
      ...options,
    })
    const told = await easy.perform().then(
      (result) => ({ text: result.text().split(':')[0]!, message: '' }),
      (error: TransferError) => ({ text: error.code, message: error.message }),
    )
    return { ...told, ip: easy.info!.primaryIp }
  }

  const WAYS: readonly (readonly [string, () => EasyOptions])[] = [
    ['unbound over HTTPS', () => ({ dohUrl: dns.doh })],
    ['unbound', () => ({ dnsServers: [dns.unbound] })],
    ['dnsmasq', () => ({ dnsServers: [dns.dnsmasq] })],
    ['dnsmasq behind one that is not there', () => ({ dnsServers: ['127.0.0.1:9', dns.dnsmasq] })],
    ['dnsmasq from a chosen address', () => ({ dnsServers: [dns.dnsmasq], dnsLocalIp4: '127.0.0.7' })],
    ['dnsmasq from an interface', () => ({ dnsServers: [dns.dnsmasq], dnsInterface: 'lo' })],
  ]
  describe.each(WAYS)('%s', (_name, way) => {
    test.each([
      ['one.fwd.test', /^127\.0\.0\.1$/],
      ['alias.fwd.test', /^127\.0\.0\.1$/],
      // The servers themselves change the order of many.
      ['many.fwd.test', /^127\.0\.0\.[1-9]$/],
    ])('%s', async (host, ip) => {
      expect(await ask(host, way())).toEqual({ text: host, message: '', ip: expect.stringMatching(ip) })
    })

    test('a name that does not exist', async () => {
      expect(await ask('none.fwd.test', way())).toMatchObject({
        text: 'COULDNT_RESOLVE_HOST',
        message: expect.stringContaining('none.fwd.test'),
      })
    })

    test('a name without addresses of the kind that is wanted', async () => {
      expect(await ask('six.fwd.test', { ...way(), ipResolve: 'v4' })).toMatchObject({
        text: 'COULDNT_RESOLVE_HOST',
      })
    })

    test('an IPv6 address is found', async () => {
      // Nobody listens there; that it was tried is told.
      expect(await ask('six.fwd.test', way())).toMatchObject({
        text: 'COULDNT_CONNECT',
        message: expect.stringContaining('[::1]'),
      })
    })
  })

  test('each connection begins with the next of many', async () => {
    await using easy = new Easy({
      url: `http://many.fwd.test:${port}/`,
      dohUrl: dns.doh,
      caInfoBlob: authority.cert,
      dnsRoundRobin: true,
      forbidReuse: true,
    })
    const seen: string[] = []
    for (let i = 0; i < 9; i += 1) seen.push((await easy.perform()).info.primaryIp)
    expect(seen.toSorted()).toEqual(Array.from({ length: 9 }, (_, i) => `127.0.0.${i + 1}`))
  })

  test('the chosen address is where the question comes from', async () => {
    await ask('one.fwd.test', { dnsServers: [dns.dnsmasq], dnsLocalIp4: '127.0.0.8' })
    expect(dns.log()).toContain('one.fwd.test from 127.0.0.8')
    expect(await ask('one.fwd.test', { dnsServers: [dns.dnsmasq], dnsInterface: 'none0' })).toMatchObject({
      text: 'INTERFACE_FAILED',
      message: expect.stringContaining('none0'),
    })
  })

  test('what a server refuses is a failure', async () => {
    expect(await ask('refused.test', { dohUrl: dns.doh })).toMatchObject({
      text: 'COULDNT_RESOLVE_HOST',
      message: expect.stringContaining('REFUSED'),
    })
    expect(await ask('refused.test', { dnsServers: [dns.unbound] })).toMatchObject({
      text: 'COULDNT_RESOLVE_HOST',
      message: expect.stringContaining('EREFUSED'),
    })
  })

  test("a server's certificate counts, and dohSslVerify options are its own", async () => {
    const told = await ask('own.test', { dohUrl: dns.doh, caInfoBlob: makeAuthority().cert })
    expect(told.text).toBe('COULDNT_RESOLVE_HOST')
    expect(told.message).toContain('could not be asked')
    expect(told.message).toContain('certificate')
    const trusting = await ask('own.test', {
      dohUrl: dns.doh,
      caInfoBlob: makeAuthority().cert,
      dohSslVerifyPeer: false,
      dohSslVerifyHost: false,
    })
    expect(trusting.text).toBe('own.test')
  })

  test('a path that is no DNS, and a server that is not there', async () => {
    expect(await ask('own.test', { dohUrl: dns.doh.replace('dns-query', 'other') })).toMatchObject({
      text: 'COULDNT_RESOLVE_HOST',
      message: expect.stringMatching(/answered 404/),
    })
    expect(await ask('own.test', { dohUrl: 'https://127.0.0.1:9/' })).toMatchObject({
      text: 'COULDNT_RESOLVE_HOST',
      message: expect.stringContaining('could not be asked'),
    })
    expect(await ask('own.test', { dnsServers: ['127.0.0.1:9'] })).toMatchObject({
      text: 'COULDNT_RESOLVE_HOST',
    })
  })

  test('fifty names at once, with one connection allowed, ask over one connection', async () => {
    await using multi = new Multi({ maxTotalConnections: 3 })
    let opened = 0
    multi.events.on('connection-opened', ({ origin }) => {
      if (origin.startsWith('https:')) opened += 1
    })
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        multi.add(
          new Easy({
            url: `http://${i % 2 === 0 ? 'one' : 'alias'}.fwd.test:${port}/${i}`,
            dohUrl: dns.doh,
            caInfoBlob: authority.cert,
          }),
        ),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200))
    expect(opened).toBeLessThanOrEqual(2)
  })

  test('the system does not know these names', async () => {
    expect(await ask('one.fwd.test', {})).toMatchObject({ text: 'COULDNT_RESOLVE_HOST' })
  })
})
