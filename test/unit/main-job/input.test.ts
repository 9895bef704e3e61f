/** What the main job reads: its command line, manifests, links of pages. */
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../../examples/main-job/command-line.ts'
import { linksOf } from '../../../examples/main-job/links.ts'
import { parseManifest } from '../../../examples/main-job/manifest.ts'
import { pageAt, pathOf } from '../../../examples/main-job/site.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

describe('the manifest', () => {
  test.each([
    { name: 'by path', line: `${A}  dir/file.bin`, url: 'http://h.test/dir/file.bin' },
    { name: 'by path from the current folder', line: `${A}  ./file.bin`, url: 'http://h.test/file.bin' },
    { name: 'by path of a binary file', line: `${A} *file.bin`, url: 'http://h.test/file.bin' },
    { name: 'below any folder', line: `${A}  dir/file.bin`, url: 'http://h.test/mirror/dir/file.bin' },
    { name: 'by percent-encoded path', line: `${A}  one file.bin`, url: 'http://h.test/one%20file.bin' },
    { name: 'by whole URL, with its query', line: `${A}  http://h.test/x?y=1`, url: 'http://h.test/x?y=1' },
    { name: 'by name with escapes', line: `\\${A}  back\\\\slash`, url: 'http://h.test/back%5Cslash' },
    { name: 'in upper case', line: `${A.toUpperCase()}  file`, url: 'http://h.test/file' },
  ])('knows a hash $name', ({ line, url }) => {
    expect(parseManifest(`${line}\r\n\n`).hashOf(url)).toBe(A)
  })

  test('prefers the longer path', () => {
    const manifest = parseManifest(`${A}  file\n${B}  dir/file\n`)
    expect(manifest.hashOf('http://h.test/dir/file')).toBe(B)
    expect(manifest.hashOf('http://h.test/other/file')).toBe(A)
    expect(manifest.hashOf('http://h.test/profile')).toBeUndefined()
  })

  test('refuses a line that is none', () => {
    expect(() => parseManifest(`${A}  file\nnonsense\n`)).toThrow(
      'line 2 of the manifest is not "SHA256  NAME": nonsense',
    )
  })
})

describe('links', () => {
  test.each([
    { name: 'in double quotes', html: '<a href="/x">', links: ['http://h.test/x'] },
    { name: 'in single quotes', html: "<a href='x'>", links: ['http://h.test/dir/x'] },
    { name: 'without quotes', html: '<a href=x>', links: ['http://h.test/dir/x'] },
    {
      name: 'after other attributes, in capitals',
      html: '<A CLASS="b" HREF="/x">',
      links: ['http://h.test/x'],
    },
    { name: 'with entities', html: '<a href="?a=1&amp;b=2">', links: ['http://h.test/dir/page?a=1&b=2'] },
    { name: 'once, without fragments', html: '<a href="/x#1"><a href="/x#2">', links: ['http://h.test/x'] },
    { name: 'not of other origins', html: '<a href="https://h.test/x"><a href="//i.test/">', links: [] },
    { name: 'not of other schemes', html: '<a href="mailto:x@h.test"><a href="http://[">', links: [] },
    { name: 'not of other elements', html: '<link href="/x"><abbr href="/y">', links: [] },
  ])('$name', ({ html, links }) => {
    expect(linksOf(html, 'http://h.test/dir/page')).toEqual(links)
  })
})

describe('the command line', () => {
  test('takes URLs and options in any order', () => {
    const args = [
      'http://h.test',
      '--insecure',
      '--cacert',
      'ca.pem',
      'https://h.test/a#b',
      '--manifest',
      'sums',
    ]
    expect(parseCommandLine(args)).toEqual({
      urls: ['http://h.test/', 'https://h.test/a'],
      isQuick: false,
      isInsecure: true,
      caFile: 'ca.pem',
      manifestFile: 'sums',
    })
  })

  test.each([
    { name: 'an unknown option', args: ['--fast'], message: /--fast/ },
    { name: 'an option without its value', args: ['--manifest'], message: /--manifest/ },
    { name: 'a URL of another scheme', args: ['ftp://h.test/'], message: /not an http or https URL: ftp:/ },
    { name: 'something that is no URL', args: ['h.test'], message: /not an http or https URL: h.test/ },
  ])('refuses $name', ({ args, message }) => {
    expect(() => parseCommandLine(args)).toThrow(message)
  })
})

test('all pages of the site can be reached from the first by links, and nothing else', () => {
  const found = new Set(['http://h.test/'])
  for (const url of found)
    for (const link of linksOf(pageAt(new URL(url).pathname, 100) ?? '', url)) found.add(link)
  expect([...found].sort()).toEqual(
    Array.from({ length: 100 }, (_, page) => `http://h.test${pathOf(page)}`).sort(),
  )
  expect(pageAt('/page/100', 100)).toBeUndefined()
  expect(pageAt('/page/01', 100)).toBeUndefined()
})
