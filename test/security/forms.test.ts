/** What went wrong elsewhere with forms and bodies, and must not here. One test for each number. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, MimePart, TransferError } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { logConnections } from '../support/engine-log.ts'
import { readMultipart } from '../support/multipart-parser.ts'

interface Seen {
  readonly method: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
}

/** Runs `scene` against http://a.test, which keeps what it is asked. */
async function world<T>(scene: (easy: Easy, seen: Seen[], world: SimWorld) => Promise<T>): Promise<T> {
  const { value } = await simulate(1, async (where) => {
    const seen: Seen[] = []
    where.origin('http://a.test', async (exchange) => {
      const { method, fields } = exchange.request
      if (fields.has('expect')) exchange.informational(100)
      const body = Buffer.from(await exchange.body()).toString('latin1')
      seen.push({ method, fields: Array.from(fields), body })
      exchange.respond()
    })
    return await scene(new Easy({ url: 'http://a.test/', environment: where.environment }), seen, where)
  })
  return value
}

/** The code with which a request of these options is refused, before anything is opened. */
async function refusal(options: EasyOptions): Promise<string> {
  return await world(async (easy, seen) => {
    const lines = logConnections(easy.events)
    let code = 'sent'
    try {
      await easy.set(options).perform()
    } catch (error) {
      code = (error as TransferError).code
    }
    expect([lines, seen]).toEqual([[], []])
    return code
  })
}

function valuesOf(seen: Seen, name: string): string[] {
  return seen.fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

test('CVE-2026-15157: a line end in a type, whatever says so, adds no field', async () => {
  const evil = 'text/plain\r\nX-Evil: 1'
  const blob = { size: 1, type: evil, stream: () => new Blob(['x']).stream() } as unknown as Blob
  expect(await refusal({ body: blob })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ mimePost: [{ contentType: evil }] })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ mimePost: [{ headers: [evil] }] })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ mimePost: [{ headers: ['X-A: b\r\n\r\nbody'] }] })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ mimePost: [{}], headers: { 'Content-Type': evil } })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ body: 'x', trailers: { 'X-A': evil } })).toBe('BAD_FUNCTION_ARGUMENT')
})

test('no name, file name, type or header of a part adds a field or a part (CWE-93)', async () => {
  const nasty = fc
    .array(
      fc.constantFrom('\r\n', '\n', '\r', '"', '\\', '--', ':', ';', ' ', 'X-Evil: 1', 'a', '\u00e9', '%0D'),
      { maxLength: 8 },
    )
    .map((all) => all.join(''))
  const part = fc.record({
    name: nasty,
    filename: nasty,
    contentType: nasty,
    headers: fc.array(nasty, { maxLength: 1 }),
    data: nasty,
  })
  let sent = 0
  await fc.assert(
    fc.asyncProperty(part, fc.boolean(), async (given, formEscape) => {
      await world(async (easy, seen) => {
        let outcome = 'sent'
        try {
          await easy.set({ mimePost: [given as MimePart, { name: 'last' }], formEscape }).perform()
        } catch (error) {
          outcome = (error as TransferError).code
        }
        expect(['sent', 'BAD_FUNCTION_ARGUMENT']).toContain(outcome)
        if (outcome !== 'sent') return
        sent += 1
        const { body } = seen[0]!
        const parts = readMultipart(valuesOf(seen[0]!, 'content-type')[0]!, Buffer.from(body, 'latin1'))
        expect(parts).toHaveLength(2)
        expect(parts[0]!.body.toString()).toBe(given.data)
        const own = given.headers.map((line) => line.trim().split(':')[0]!.toLowerCase())
        for (const name of Object.keys(parts[0]!.headers))
          expect(['content-disposition', 'content-type', ...own]).toContain(name)
      })
    }),
    { numRuns: 300 },
  )
  // Most are refused; those that are not have to be some.
  expect(sent).toBeGreaterThan(0)
})

test('CVE-2025-22150: boundaries are of unpredictable bytes, and new for each request', async () => {
  await world(async (_easy, seen, { environment }) => {
    let drawn = 0
    const random = {
      bytes(count: number) {
        drawn += count
        return environment.random.bytes(count)
      },
      fraction(): number {
        throw new Error('a fraction is no secret')
      },
    }
    const easy = new Easy({
      url: 'http://a.test/',
      environment: { ...environment, random },
      mimePost: [{ parts: [{}] }],
    })
    for (let i = 0; i < 20; i += 1) await easy.perform()
    const found = seen.flatMap(({ body, fields }) => [
      ...body.matchAll(/boundary=(\S+)/g),
      ...fields.flatMap(([, value]) => [...value.matchAll(/boundary=(\S+)/g)]),
    ])
    const boundaries = new Set(found.map(([, boundary]) => boundary!))
    expect(boundaries.size).toBe(40)
    for (const boundary of boundaries) expect(boundary).toMatch(/^-{24}[0-9A-Za-z]{22}$/)
    // 22 of 62 characters are 131 bits: no fewer bytes can make them.
    expect(drawn).toBeGreaterThanOrEqual(40 * 17)
  })
})

describe('what was sent before is not sent again', () => {
  const BODIES: readonly EasyOptions[] = [
    { body: () => ['secret stream'], upload: true },
    { body: 'secret text', upload: true },
    { body: { file: 'secret' }, upload: true },
    { postFields: 'secret=1' },
    { json: { secret: 1 } },
    { mimePost: [{ name: 'secret', data: 'secret' }] },
    { body: 'secret', trailers: { 'X-Secret': 'secret' }, resumeFrom: 1 },
  ]
  const NONE: EasyOptions = {
    body: undefined,
    postFields: undefined,
    json: undefined,
    mimePost: undefined,
    upload: undefined,
    trailers: undefined,
    resumeFrom: undefined,
  }

  test.each([
    [
      'CVE-2022-32221: a PUT from a stream, then a POST of fields',
      { ...NONE, postFields: 'open=1' },
      'POST',
      'open=1',
    ],
    ['CVE-2023-28322: an upload, then a POST of text', { ...NONE, body: 'open' }, 'POST', 'open'],
    ['an upload, then no body at all', NONE, 'GET', ''],
  ] as const)('%s', async (_case, next, method, body) => {
    for (const before of BODIES) {
      await world(async (easy, seen, { files }) => {
        files.set('secret', 'secret file')
        await easy.set(before).perform()
        expect(seen[0]!.body.length).toBeGreaterThan(3)
        await easy.set(next).perform()
        expect([seen[1]!.method, seen[1]!.body]).toEqual([method, body])
        expect(JSON.stringify(seen[1])).not.toMatch(/secret|json|multipart|trailer|range/i)
      })
    }
  })

  test('and a reset handle has no body', async () => {
    for (const before of BODIES) {
      await world(async (easy, seen, { files }) => {
        files.set('secret', 'secret file')
        await easy.set(before).perform()
        await easy.reset().set({ url: 'http://a.test/' }).perform()
        expect([seen[1]!.method, seen[1]!.body]).toEqual(['GET', ''])
      })
    }
  })
})

test('CVE-2026-1525: there is one Content-Length, however its name is spelt', async () => {
  expect(
    await refusal({ postFields: 'abc', headers: { 'content-length': '3', 'CONTENT-LENGTH': '4' } }),
  ).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ mimePost: [{}], headers: { 'cOnTeNt-LeNgTh': '0' } })).toBe('BAD_FUNCTION_ARGUMENT')
  expect(await refusal({ postFields: 'abc', trailers: {}, headers: { 'Content-Length': '3' } })).toBe(
    'BAD_FUNCTION_ARGUMENT',
  )
  await world(async (easy, seen) => {
    await easy.set({ postFields: 'abc', headers: { 'content-LENGTH': '3' } }).perform()
    expect(valuesOf(seen[0]!, 'content-length')).toEqual(['3'])
  })
})

test('CVE-2023-23936, CVE-2022-35948: a line end in a value of a body adds no field', async () => {
  await world(async (easy, seen) => {
    const value = 'a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n\r\n'
    await easy.set({ postFields: new URLSearchParams({ a: value }) }).perform()
    await easy.set({ postFields: undefined, mimePost: [{ name: value, data: value }] }).perform()
    expect(seen).toHaveLength(2)
    expect(seen.flatMap((one) => valuesOf(one, 'x-evil'))).toEqual([])
    const [part] = readMultipart(valuesOf(seen[1]!, 'content-type')[0]!, Buffer.from(seen[1]!.body, 'latin1'))
    expect(Object.keys(part!.headers)).toEqual(['content-disposition'])
    expect(part!.body.toString()).toBe(value)
  })
})
