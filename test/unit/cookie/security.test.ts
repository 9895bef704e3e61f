/** What went wrong with cookies elsewhere, by the names it has there. */
import { expect, test } from 'vitest'
import { cookieSite } from '../../../packages/core/src/cookie/cookie-field.ts'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'
import { at, fate, fileLines, makeJar, sent } from './jars.ts'

test('CVE-2013-1944: a domain matches at labels', () => {
  const jar = makeJar()
  jar.set('a=1; domain=ample.com', at('http://www.ample.com/'))
  expect(sent(jar, 'http://ample.com/')).toBe('a=1')
  expect(sent(jar, 'http://example.com/')).toBe('')
  expect(fate(jar, 'b=1; domain=ample.com', 'http://example.com/')).toBe('domain')
})

test('CVE-2014-3613: an address is host-only, and a part of one no domain', () => {
  const jar = makeJar()
  expect(fate(jar, 'a=1; domain=.0.0.1', 'http://127.0.0.1/')).toBe('domain')
  expect(fate(jar, 'a=1; domain=1', 'http://127.0.0.1/')).toBe('domain')
  expect(fate(jar, 'a=1; domain=127.0.0.1', 'http://127.0.0.1/')).toBe('kept')
  jar.load('0.0.1\tTRUE\t/\tFALSE\t0\tb\t1', { keepSession: true })
  expect(sent(jar, 'http://127.0.0.1/')).toBe('a=1')
  expect(sent(jar, 'http://27.0.0.1/')).toBe('')
})

test.each([
  ['CVE-2014-3620: a top-level domain', 'http://www.example.com/', 'com'],
  ['CVE-2022-27779: with a trailing dot in the host', 'http://www.example.com./', 'com'],
  ['CVE-2022-27779: with trailing dots in both', 'http://www.example.com./', 'com.'],
  ['CVE-2026-8924: with a trailing dot in the domain', 'http://www.example.com/', 'com.'],
  ['CVE-2026-8924: below the top', 'http://a.co.uk/', '.co.uk.'],
  ['CVE-2023-46218: in mixed case', 'http://a.co.uk/', 'Co.UK'],
  ['CVE-2023-46218: with a host in mixed case', 'http://a.CO.uk/', 'co.uk'],
])('%s is refused', (_, url, domain) => {
  const jar = makeJar()
  expect(fate(jar, `a=1; domain=${domain}`, url)).toBe('public-suffix')
  const line = `${domain.startsWith('.') ? '' : '.'}${domain}\tTRUE\t/\tFALSE\t0\ta\t1`
  expect(jar.addLine(line)).toEqual({ is: 'refused', why: 'public-suffix' })
  expect(sent(jar, 'http://b.co.uk/') + sent(jar, 'http://other.com/')).toBe('')
})

test('CVE-2016-8615: a long line of a file is refused whole', () => {
  const jar = makeJar()
  const injected = 'victim.test\tFALSE\t/\tFALSE\t0\tinjected\t1'
  for (let length = 4_900; length < 5_100; length += 1) {
    jar.load(`x.test\tFALSE\t/\tFALSE\t0\ta\t${'v'.repeat(length)}${injected}`, { keepSession: true })
    jar.load(`#${'v'.repeat(length)}${injected}`, { keepSession: true })
  }
  expect(jar.size).toBe(0)
})

test('CVE-2016-8623: the jar hands out copies', () => {
  const jar = makeJar()
  const verdict = jar.set('a=1', at('http://x.test/'))
  const handedOut = [...jar.match(at('http://x.test/')), ...jar.cookies()]
  if (verdict.is !== 'refused') handedOut.push(verdict.cookie)
  expect(handedOut).toHaveLength(3)
  for (const cookie of handedOut) Object.assign(cookie, { value: 'changed', domain: 'evil.test' })
  expect(fileLines(jar)).toEqual(['x.test\tFALSE\t/\tFALSE\t0\ta\t1'])
  const other = makeJar()
  other.merge(jar)
  jar.clear()
  expect(sent(other, 'http://x.test/')).toBe('a=1')
})

test('CVE-2022-32205: a server cannot fill the jar, nor a request', () => {
  const jar = makeJar()
  for (let response = 0; response < 30; response += 1) {
    const values = Array.from({ length: 200 }, (_, i) => `n${response}-${i}=${'v'.repeat(100)}`)
    expect(jar.receive(values, at(`http://h${response}.x.test/`))).toBe(50)
  }
  expect(jar.size).toBe(1_000)
})

test('CVE-2022-35252: no control byte comes in, from heads, files or users', () => {
  for (let code = 0; code < 0x100; code += 1) {
    const char = String.fromCharCode(code)
    const isControl = code < 0x20 || code === 0x7f
    const jar = makeJar()
    expect(fate(jar, `a=b${char}c`, 'http://x.test/') === 'control-byte').toBe(isControl)
    jar.clear()
    // A line feed ends a line of a file: what stands before it is a line of its own.
    const name = char === '\n' ? '\r' : char
    jar.load(`x.test\tFALSE\t/\tFALSE\t0\tn${name}ame\tv`, { keepSession: true })
    jar.addLine(`x.test\tFALSE\t/\tFALSE\t0\tb${char}\tv${char}v`)
    jar.addLine(`Set-Cookie: c=b${char}c; domain=x.test`)
    expect(jar.size).toBe(isControl ? 0 : 3)
  }
})

test('CVE-2025-9086: http does not overlay a secure cookie, at path "/" neither', () => {
  const jar = makeJar()
  jar.set('a=safe; path=/; secure', at('https://x.test/'))
  expect(fate(jar, 'a=bad; path="/', 'http://x.test/')).toBe('overlay')
  expect(fate(jar, 'a=bad; path=/', 'http://x.test/')).toBe('overlay')
  expect(fate(jar, 'a=bad', 'http://x.test/deep/down')).toBe('overlay')
  expect(fate(jar, 'a=; max-age=0', 'http://x.test/')).toBe('overlay')
  expect(sent(jar, 'https://x.test/')).toBe('a=safe')
})

test('CVE-2026-6276: the Host that counts is that of this request', () => {
  const jar = makeJar()
  const { origin, target } = parseUrl('http://x.test/')
  const custom = cookieSite(origin, target, { hostField: 'secret.test', viaProxy: false })
  jar.set('a=1', custom)
  expect(jar.match(custom)).toHaveLength(1)
  expect(jar.match(cookieSite(origin, target, { hostField: undefined, viaProxy: false }))).toEqual([])
})
