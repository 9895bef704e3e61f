/** Ranges, resumed downloads and time conditions, over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimResponse } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const BODY = '0123456789'
const SEPTEMBER = 'Sat, 05 Sep 2026 12:00:00 GMT'
const SEPTEMBER_S = Date.parse(SEPTEMBER) / 1_000

interface Told {
  readonly status: number | string
  readonly text: string
  readonly isUnmet: boolean
  readonly asked: Record<string, string | string[]>
  readonly connections: number
}

/** Two requests, the second to see what became of the connection. */
async function ask(
  options: EasyOptions,
  answer: SimResponse,
  httpVersion: '1.1' | '2-prior-knowledge',
): Promise<Told> {
  const { value } = await simulate(1, async (world) => {
    const asked: Record<string, string | string[]>[] = []
    const handler: SimHandler = (exchange) => {
      asked.push(exchange.request.fields.toObject())
      exchange.respond(answer)
    }
    const origin = world.origin('http://a.test', handler, { http2: true })
    await using easy = new Easy({
      url: 'http://a.test/',
      httpVersion,
      environment: world.environment,
      ...options,
    })
    const told = await easy.perform().then(
      (result) => ({ status: result.status, text: result.text() }),
      (error: TransferError) => ({ status: error.code, text: error.message }),
    )
    const isUnmet = easy.info!.conditionUnmet
    await easy.perform().catch(() => undefined)
    return { ...told, isUnmet, asked: asked[0]!, connections: origin.connectionsAccepted }
  })
  return value
}

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (version) => {
  test.each([
    ['0-3', 'bytes=0-3'],
    ['4-', 'bytes=4-'],
    ['-2', 'bytes=-2'],
    ['0-1,4-5', 'bytes=0-1,4-5'],
  ])('range %j asks for it', async (range, field) => {
    const { asked, status } = await ask({ range }, { status: 206, body: BODY.slice(0, 4) }, version)
    expect([asked['range'], status]).toEqual([field, 206])
  })

  test('a download goes on where it was left', async () => {
    const answer = { status: 206, headers: { 'Content-Range': 'bytes 4-9/10' }, body: BODY.slice(4) }
    const { asked, text } = await ask({ resumeFrom: 4 }, answer, version)
    expect([asked['range'], text]).toEqual(['bytes=4-', BODY.slice(4)])
  })

  // CVE-2026-16728: undici delivered what did not fit.
  test.each<readonly [string, SimResponse]>([
    ['the whole', { body: BODY }],
    ['another part', { status: 206, headers: { 'Content-Range': 'bytes 2-9/10' }, body: BODY.slice(2) }],
    ['a part without saying which', { status: 206, body: BODY.slice(4) }],
  ])('it fails when the server sends %s', async (_what, answer) => {
    const { status, text } = await ask({ resumeFrom: 4 }, answer, version)
    expect(status).toBe('RANGE_ERROR')
    expect(text).toContain('cannot go on at byte 4')
  })

  test('nothing left is success without a body', async () => {
    const answer = { status: 416, headers: { 'Content-Range': 'bytes */10' }, body: 'nothing there' }
    const told = await ask({ resumeFrom: 10 }, answer, version)
    expect(told).toMatchObject({ status: 416, text: '', isUnmet: true, connections: 1 })
  })

  test.each([
    ['if-modified-since', 'if-modified-since'],
    ['if-unmodified-since', 'if-unmodified-since'],
  ] as const)('%s is said', async (timeCondition, field) => {
    const { asked } = await ask({ timeCondition, timeValueS: SEPTEMBER_S }, { body: BODY }, version)
    expect(asked[field]).toBe(SEPTEMBER)
  })

  test('304 is an unmet condition', async () => {
    const told = await ask(
      { timeCondition: 'if-modified-since', timeValueS: SEPTEMBER_S },
      { status: 304 },
      version,
    )
    expect(told).toMatchObject({ status: 304, text: '', isUnmet: true })
  })

  test.each([
    ['if-modified-since', 0, true],
    ['if-modified-since', 1, false],
    ['if-unmodified-since', 0, false],
    ['if-unmodified-since', 1, true],
  ] as const)(
    '%s is heeded for a server that does not: %i s later',
    async (timeCondition, laterS, isUnmet) => {
      const modified = new Date((SEPTEMBER_S + laterS) * 1_000).toUTCString()
      const answer = { headers: { 'Last-Modified': modified }, body: BODY }
      const told = await ask({ timeCondition, timeValueS: SEPTEMBER_S }, answer, version)
      expect(told).toMatchObject({ status: 200, text: isUnmet ? '' : BODY, isUnmet, connections: 1 })
    },
  )
})

test.each([
  [{ range: '3-\u00fc' }, /option range must be visible characters/],
  [{ range: '0-1', resumeFrom: 2 }, /cannot be had together/],
])('%j is refused', async (options, message) => {
  await simulate(1, async ({ environment }) => {
    const easy = new Easy({ url: 'http://a.test/', environment, ...options })
    await expect(easy.perform()).rejects.toMatchObject({
      code: 'BAD_FUNCTION_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })
})
