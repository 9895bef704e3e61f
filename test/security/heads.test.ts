/** Lines that somebody wants to have in a head, and hosts that a path wants to be: what is written is checked in one place. */
import { describe, expect, test } from 'vitest'
import { EASY_OPTIONS, type EasyOptions, type OptionRow } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { VERSIONS, witness } from '../support/witnesses.ts'

const CUTS = ['\r\n', '\n', '\r', '\0', '\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n']

/** An option's value with `cut` and a field behind it, wherever text can stand; undefined: it takes no text. */
function poisoned(name: string, row: OptionRow, cut: string): EasyOptions | undefined {
  const text = `a${cut}Injected: yes`
  if (name === 'url') return { url: `http://a.test/${text}` }
  if (row.kind === 'text') return { [name]: text, ...HELPERS[name] } as EasyOptions
  if (row.kind === 'headers') return { [name]: { 'X-One': text } } as EasyOptions
  if (row.kind === 'list' && row.choices === undefined) return { [name]: [text] } as EasyOptions
  if (row.kind === 'proxy') return { [name]: `http://${text}:3128` } as EasyOptions
  return undefined
}

/** What else an option needs to be heeded. */
const HELPERS: Readonly<Record<string, EasyOptions>> = {
  password: { username: 'ada' },
  awsSigv4: { username: 'ada' },
}

const TEXTUAL = Object.entries(EASY_OPTIONS as Record<string, OptionRow>)
  .filter(([name, row]) => poisoned(name, row, '') !== undefined)
  .map(([name]) => name)

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  // Whatever is added to the table and takes text is tried from then on.
  test.each(TEXTUAL)('CVE-2022-31150, CVE-2023-23936: no line comes in by option %s', async (name) => {
    for (const cut of CUTS)
      await witness(undefined, async ({ make, multi, seen }) => {
        const outcome = await (async () => {
          const options = poisoned(name, (EASY_OPTIONS as Record<string, OptionRow>)[name]!, cut)!
          return multi.add(make({ httpVersion, ...options }))
        })().then(
          () => 'sent',
          (error: { code: string }) => error.code,
        )
        for (const { lines, url } of seen) {
          expect(lines.map(([field]) => field.toLowerCase())).not.toContain('injected')
          expect(lines.map(([, value]) => value).join()).not.toMatch(/[\r\n\0]/)
          expect(url).not.toContain('smuggled')
        }
        const isRefused = outcome === 'BAD_FUNCTION_ARGUMENT' || outcome === 'URL_MALFORMAT'
        expect(isRefused ? seen : []).toEqual([])
      })
  })

  test.each([
    ['CVE-2022-31150: the method', { method: 'GET / HTTP/1.1\r\nInjected: yes\r\n\r\n' }],
    ['CVE-2022-31150: the name of a field', { headers: [['X\r\nInjected', 'yes']] as const }],
    [
      'CVE-2022-35948: Content-Type',
      { headers: { 'Content-Type': 'text/plain\r\nInjected: yes' }, body: 'x' },
    ],
    ['CVE-2023-23936: Host', { headers: { Host: 'a.test\r\nInjected: yes' } }],
    ['CVE-2026-1527: Upgrade', { headers: { Connection: 'Upgrade', Upgrade: 'x\r\nInjected: yes' } }],
    ['CVE-2022-31150: User-Agent', { userAgent: 'x\nInjected: yes' }],
  ])('%s cannot hold a line end', async (_name, options) => {
    await witness(undefined, async ({ ask, seen }) => {
      expect(await ask({ httpVersion, ...options } as EasyOptions)).toBe('BAD_FUNCTION_ARGUMENT')
      expect(seen).toEqual([])
    })
  })

  test.each([
    [{ 'Content-Length': '1', 'content-length': '2' }],
    [
      [
        ['Content-Length', '3'],
        ['CONTENT-LENGTH', '4'],
      ] as const,
    ],
    [{ 'Content-Length': '3', 'Transfer-Encoding': 'chunked' }],
  ])('CVE-2026-1525: a request has one length, and that is its own: %j', async (headers) => {
    await witness(undefined, async ({ ask, seen }) => {
      expect(await ask({ httpVersion, body: 'abc', headers })).toBe('BAD_FUNCTION_ARGUMENT')
      expect(seen).toEqual([])
      await ask({
        httpVersion,
        body: 'abc',
        headers: [
          ['content-LENGTH', '3'],
          ['Content-Length', '3'],
        ],
      })
      expect(seen[0]!.lines.filter(([name]) => name.toLowerCase() === 'content-length')).toHaveLength(1)
      expect(seen[0]!.body).toBe('abc')
    })
  })

  test.each([
    ['http://a.test//b.test/x', 'http://a.test//b.test/x'],
    ['http://a.test/http://b.test/x', 'http://a.test/http://b.test/x'],
    ['http://a.test/@b.test/x', 'http://a.test/@b.test/x'],
    ['http://a.test?@b.test/x', 'http://a.test/?@b.test/x'],
    ['http://a.test/..//b.test/', 'http://a.test//b.test/'],
  ])('CVE-2022-35949: a path leads to no other host: %s', async (url, asked) => {
    await witness(undefined, async ({ ask, seen }) => {
      await ask({ httpVersion, url })
      expect(seen.map((one) => [one.url, one.fields['host']])).toEqual([[asked, 'a.test']])
    })
  })
})

test.each([
  'content-length: 4',
  'CONTENT-LENGTH: 4',
  'Content-Length: 5, 4',
  'Content-Length: +5',
  'Content-Length : 4',
])(
  'CVE-2026-1525: a response whose lengths differ is refused, however they are spelled: %s',
  async (second) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', ({ connection }) => {
        connection.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${second}\r\n\r\nhello`)
      })
      const easy = new Easy({ environment: world.environment, url: 'http://a.test/', timeoutMs: 1_000 })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'WEIRD_SERVER_REPLY' })
    })
  },
)
