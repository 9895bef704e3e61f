/** The files of cookies, HSTS and Alt-Svc are those of curl: what one writes the other reads. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'

const features = spawnSync('curl', ['-V']).stdout?.toString() ?? ''
const authority = makeAuthority()

describe.runIf(features.startsWith('curl '))('files of curl', () => {
  let folder: string
  let clear: Server
  let secure: SecureServer
  const seen: { readonly secure: boolean; readonly url: string; readonly cookie: string | undefined }[] = []

  const answer = (isSecure: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    seen.push({ secure: isSecure, url: request.url!, cookie: request.headers.cookie })
    response.setHeader('Set-Cookie', [
      'session=1; Path=/',
      'lasting=two; Path=/; Max-Age=10000; HttpOnly',
      'deep=3; Path=/deep; Max-Age=10000',
    ])
    if (isSecure) {
      response.setHeader('Strict-Transport-Security', 'max-age=10000; includeSubDomains')
      response.setHeader('Alt-Svc', 'h2="other.test:8443"; ma=1000, h3=":443"; persist=1')
    }
    response.end('ok')
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-state-'))
    clear = createServer(answer(false)).listen(0, '127.0.0.1')
    secure = createSecureServer(authority.issue({ names: ['a.test'] }), answer(true)).listen(0, '127.0.0.1')
    await Promise.all([once(clear, 'listening'), once(secure, 'listening')])
    writeFileSync(join(folder, 'ca.pem'), authority.cert)
  })
  afterAll(() => {
    clear?.close()
    secure?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const portOf = (server: Server | SecureServer): number => (server.address() as AddressInfo).port
  const path = (name: string): string => join(folder, name)

  async function curl(...args: string[]): Promise<void> {
    const child = spawn('curl', ['-sS', '--cacert', path('ca.pem'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let problem = ''
    child.stderr.on('data', (text: Buffer) => (problem += text.toString()))
    const [code] = (await once(child, 'exit')) as [number]
    expect([code, problem]).toEqual([0, ''])
  }

  test('cookies go from us to curl and back', async () => {
    const url = `http://127.0.0.1:${portOf(clear)}`
    const easy = new Easy({ url: `${url}/`, cookieJar: path('jar') })
    await easy.perform()
    await easy.close()
    seen.length = 0
    await curl('-b', path('jar'), '-c', path('jar2'), `${url}/deep/x`)
    expect(seen[0]!.cookie?.split('; ').sort()).toEqual(['deep=3', 'lasting=two', 'session=1'])
    const other = new Easy({ url: `${url}/deep/x`, cookieFile: [path('jar2')] })
    await other.perform()
    await other.close()
    expect(seen[1]!.cookie?.split('; ').sort()).toEqual(seen[0]!.cookie?.split('; ').sort())
    expect(readFileSync(path('jar2'), 'utf8').includes('#HttpOnly_127.0.0.1')).toBe(true)
  })

  test.runIf(features.includes('HSTS'))('HSTS goes from us to curl and back', async () => {
    const [from, to] = [portOf(clear), portOf(secure)]
    const connectTo = [`:${from}:127.0.0.1:${to}`, `:${to}:127.0.0.1:${to}`]
    const easy = new Easy({
      url: `https://a.test:${to}/`,
      hsts: path('hsts'),
      caInfoBlob: authority.cert,
      connectTo,
    })
    await easy.perform()
    await easy.close()
    seen.length = 0
    await curl('--hsts', path('hsts'), '--connect-to', connectTo[0]!, `http://a.test:${from}/by-curl`)
    await curl('--hsts', path('hsts2'), '--connect-to', connectTo[1]!, `https://a.test:${to}/`)
    const other = new Easy({
      url: `http://a.test:${from}/by-us`,
      hsts: path('hsts2'),
      caInfoBlob: authority.cert,
      connectTo,
    })
    await other.perform()
    await other.close()
    expect(seen.map(({ url, secure: isSecure }) => [url, isSecure])).toEqual([
      ['/by-curl', true],
      ['/', true],
      ['/by-us', true],
    ])
  })

  test.runIf(features.includes('alt-svc'))('Alt-Svc of curl is read, ours has the same lines', async () => {
    const port = portOf(secure)
    const connectTo = `:${port}:127.0.0.1:${port}`
    await curl('--alt-svc', path('alt1'), '--connect-to', connectTo, `https://a.test:${port}/`)
    const easy = new Easy({
      url: `https://a.test:${port}/`,
      altSvc: path('alt2'),
      caInfoBlob: authority.cert,
      connectTo: [connectTo],
    })
    await easy.perform()
    await easy.close()
    const lines = (name: string): string[] =>
      readFileSync(path(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.replace(/"[^"]*"/, '"date"'))
        .sort()
    expect(lines('alt2')).toEqual(lines('alt1'))
    expect(lines('alt1')).toHaveLength(2)
  })
})
