/** Which hosts a domain covers, and what a public suffix forbids. */
import { describe, expect, test } from 'vitest'
import { canonicalHost } from '../../../packages/core/src/cookie/cookie.ts'
import { defaultPath, pathCovers } from '../../../packages/core/src/cookie/cookie-path.ts'
import { domainCovers, isIpHost, siteOf, suffixVerdict } from '../../../packages/core/src/cookie/domain.ts'
import { isPublicSuffix } from './jars.ts'

test.each([
  ['127.0.0.1', true],
  ['255.255.255.255', true],
  ['::1', true],
  ['fe80::1%eth0', true],
  ['256.0.0.1', false],
  ['1.2.3', false],
  ['1.2.3.4.', false],
  ['a.2.3.4', false],
  ['example.com', false],
])('isIpHost %s', (host, is) => expect(isIpHost(host)).toBe(is))

test.each([
  ['ExAmple.COM.', 'example.com'],
  ['example.com', 'example.com'],
  ['a..', 'a.'],
  ['.', ''],
  ['\u212aelvin.test', '\u212aelvin.test'],
])('canonicalHost %s', (host, canonical) => expect(canonicalHost(host)).toBe(canonical))

test.each([
  ['example.com', 'example.com', true],
  ['example.com', 'www.example.com', true],
  ['ample.com', 'example.com', false],
  ['www.example.com', 'example.com', false],
  ['0.0.1', '127.0.0.1', false],
  ['127.0.0.1', '127.0.0.1', true],
  ['', 'example.com', false],
  ['.com', 'example.com', false],
])('domainCovers %s %s', (domain, host, covers) => expect(domainCovers(domain, host)).toBe(covers))

test.each([
  ['example.com', 'www.example.com', 'domain'],
  ['example.com', 'example.com', 'domain'],
  ['com', 'example.com', 'refused'],
  ['co.uk', 'a.co.uk', 'refused'],
  ['uk', 'a.co.uk', 'refused'],
  ['co.uk', 'co.uk', 'host-only'],
  ['uk', 'co.uk', 'refused'],
  ['localhost', 'localhost', 'host-only'],
  // A part of a suffix that is not one itself.
  ['cloud.test', 'mine.eu.cloud.test', 'refused'],
  ['mine.eu.cloud.test', 'www.mine.eu.cloud.test', 'domain'],
] as const)('suffixVerdict %s by %s', (domain, host, verdict) => {
  expect(suffixVerdict(domain, host, isPublicSuffix)).toBe(verdict)
})

test.each([
  ['www.example.com', 'example.com'],
  ['a.b.example.co.uk', 'example.co.uk'],
  ['co.uk', 'co.uk'],
  ['moo', 'moo'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['a.b.mine.eu.cloud.test', 'mine.eu.cloud.test'],
])('siteOf %s', (host, site) => {
  expect(siteOf(host, isPublicSuffix)).toBe(site)
})

test('a list that knows nothing leaves two labels as the site', () => {
  expect(siteOf('a.b.c.d', () => false)).toBe('c.d')
  expect(siteOf('d', () => false)).toBe('d')
})

describe('paths', () => {
  test.each([
    ['/', '/anything?x=/y', true],
    ['/a', '/a', true],
    ['/a', '/a/', true],
    ['/a', '/a/b', true],
    ['/a', '/a?b', true],
    ['/a', '/ab', false],
    ['/a', '/A', false],
    ['/a/b', '/a', false],
    ['/a', '/?/a', false],
  ])('%s covers %s: %s', (path, target, covers) => expect(pathCovers(path, target)).toBe(covers))

  test.each([
    ['/', '/'],
    ['/file', '/'],
    ['/dir/file', '/dir'],
    ['/dir/sub/', '/dir/sub'],
    ['/dir/file?q=/x/y', '/dir'],
    ['*', '/'],
  ])('of %s is %s by default', (target, path) => expect(defaultPath(target)).toBe(path))
})
