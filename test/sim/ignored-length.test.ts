/** `ignoreContentLength`: what a response says of its length is taken for nothing, over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const BODY = 'more than was said'

interface Told {
  readonly outcome: string
  readonly total: number
  readonly connections: number
  /** Why the next transfer took no connection that was there. */
  readonly reason: string
}

/** One transfer, and what became of its connection. */
async function ask(handler: SimHandler, options: EasyOptions = {}): Promise<Told> {
  const { value } = await simulate(1, async (world) => {
    const origin = world.origin('http://a.test', handler, { http2: true })
    await using easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      ignoreContentLength: true,
      ...options,
    })
    const outcome = await easy.perform().then(
      (result) => `${result.status} ${result.text()}`,
      (error: TransferError) => error.code,
    )
    const total = easy.info!.contentLengthDownload
    const verdict = easy.explain()
    const reason = verdict.candidates.flatMap(({ reasons }) => reasons.map(({ field }) => field)).join()
    return { outcome, total, connections: origin.connectionsAccepted, reason }
  })
  return value
}

/** Says one length and sends another; over HTTP/1 the end of the connection is the end. */
function lying(length: string, ends = true): SimHandler {
  return (exchange) => {
    exchange.head({ headers: { 'Content-Length': length } })
    exchange.write(BODY)
    if (exchange.stream !== undefined) exchange.end()
    else if (ends) exchange.connection.close()
  }
}

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (httpVersion) => {
  test.each(['5', '99', '18446744073709551616', 'none of these'])('a length of %s', async (length) => {
    const { outcome, total } = await ask(lying(length), { httpVersion, maxFilesize: 1_000 })
    expect([outcome, total]).toEqual([`200 ${BODY}`, -1])
  })

  test('the limit holds for what comes', async () => {
    const { outcome } = await ask(lying('5'), { httpVersion, maxFilesize: 7 })
    expect(outcome).toBe('FILESIZE_EXCEEDED')
  })

  test('a response without a body is over at once', async () => {
    const handler: SimHandler = (exchange) => exchange.respond({ status: 204 })
    expect(await ask(handler, { httpVersion })).toMatchObject({ outcome: '204 ', connections: 1 })
    const head: SimHandler = (exchange) => exchange.respond({ body: BODY })
    expect((await ask(head, { httpVersion, noBody: true })).outcome).toBe('200 ')
  })
})

test('without it a lie is found out', async () => {
  for (const httpVersion of ['1.1', '2-prior-knowledge'] as const) {
    const { outcome } = await ask(lying('99'), { httpVersion, ignoreContentLength: false })
    expect(outcome).toBe(httpVersion === '1.1' ? 'PARTIAL_FILE' : 'HTTP2_STREAM')
  }
})

test('the connection serves nobody else, and the verdict says why', async () => {
  const told = await ask(lying('18'), { httpVersion: '1.1' })
  expect(told.reason).toContain('body-until-close')
})

test('chunks end a body as ever, and the connection lives', async () => {
  const told = await ask(
    (exchange) => {
      exchange.head({ headers: { 'Transfer-Encoding': 'chunked' } })
      exchange.chunk(BODY)
      exchange.end()
    },
    { httpVersion: '1.1' },
  )
  expect([told.outcome, told.reason]).toEqual([`200 ${BODY}`, ''])
})

test('a redirect without an end that is known costs its connection only', async () => {
  const told = await ask(
    (exchange) => {
      if (exchange.request.target === '/there') return lying('3')(exchange)
      exchange.head({ status: 302, headers: { Location: '/there', 'Content-Length': '0' } })
      return undefined
    },
    { httpVersion: '1.1', followLocation: true },
  )
  expect([told.outcome, told.connections]).toEqual([`200 ${BODY}`, 2])
})
