/** HTTP/2, cancelled at every step: whoever is left is served, and nothing is left behind. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler, type SimOriginOptions, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

/** Slow in every phase, so that each has steps to be cancelled at. */
const handler: SimHandler = async (exchange) => {
  await exchange.body()
  await exchange.sleep(2)
  exchange.informational(103)
  await exchange.sleep(1)
  exchange.head({ status: 200 })
  exchange.write(exchange.request.target)
  await exchange.sleep(2)
  exchange.end({ 'X-End': 'yes' })
}

interface Scenario {
  readonly name: string
  readonly url: string
  readonly init?: MultiInit
  readonly options?: EasyOptions
  readonly server?: SimOriginOptions
  /** Indexes of the transfers that are cancelled, one after the other, a step apart. */
  readonly victims: readonly number[]
}

const TLS = 'https://a.test'
const CLEAR = 'http://a.test'

const SCENARIOS: readonly Scenario[] = [
  { name: 'the one that opens', url: TLS, victims: [0] },
  { name: 'one that waits to share', url: TLS, victims: [2] },
  { name: 'the one with a body', url: TLS, victims: [3] },
  { name: 'all but one', url: TLS, victims: [0, 1, 3] },
  {
    name: 'one at the limit of streams',
    url: TLS,
    init: { maxConcurrentStreams: 2, maxTotalConnections: 1 },
    victims: [1],
  },
  {
    name: 'one of those that wait for a stream',
    url: TLS,
    init: { maxConcurrentStreams: 1, maxHostConnections: 1 },
    victims: [2],
  },
  {
    name: 'one where the server refuses',
    url: TLS,
    init: { maxTotalConnections: 1 },
    server: { http2: { maxConcurrentStreams: 2 } },
    victims: [0],
  },
  { name: 'one by prior knowledge', url: CLEAR, options: { httpVersion: '2-prior-knowledge' }, victims: [0] },
  {
    name: 'the one that upgrades',
    url: CLEAR,
    options: { httpVersion: '2' },
    init: { maxTotalConnections: 1 },
    victims: [0],
  },
  {
    name: 'one while a server goes away',
    url: TLS,
    server: { http2: true, keepAlive: { requests: 2 } },
    victims: [1],
  },
]

/** Runs four transfers, cancels some after `steps` steps, and answers how long it all took. */
async function run(world: SimWorld, scenario: Scenario, steps: number): Promise<number> {
  const { url, init = {}, options = {}, server = { http2: true }, victims } = scenario
  const { environment, network } = world
  world.origin(url, handler, server)
  network.link('a.test', { delayMs: 1, jitterMs: 0.3 })
  const multi = new Multi({ ...init, environment })
  const handles = Array.from(
    { length: 4 },
    (_, i) =>
      new Easy({
        url: `${url}/${i}`,
        environment,
        ...options,
        ...(i === 3 ? { body: ['some', 'body'] } : {}),
      }),
  )
  const runs = handles.map((handle) =>
    multi.add(handle).then(
      (result) => result.text(),
      (error: { code: string }) => error.code,
    ),
  )
  let isFirstRound = true
  const cancel = async (): Promise<void> => {
    await world.sleep(steps)
    for (const victim of victims) {
      if (isFirstRound && multi.handles.includes(handles[victim]!)) multi.remove(handles[victim]!)
      await world.sleep(1)
    }
  }
  const cancelling = steps === Infinity ? Promise.resolve() : cancel()
  const outcomes = await Promise.all(runs)
  isFirstRound = false
  const endedAt = world.clock.now()
  for (const [i, outcome] of outcomes.entries()) {
    expect(victims.includes(i) ? [`/${i}`, 'MULTI_ABORTED'] : [`/${i}`]).toContain(outcome)
  }
  await cancelling
  expect(multi.handles).toHaveLength(0)
  // The handles that were cancelled are as good as new.
  for (const victim of victims) expect((await multi.add(handles[victim]!)).text()).toBe(`/${victim}`)
  const open = multi.connections()
  expect(open.every(({ active, state }) => active === 0 && state === 'idle')).toBe(true)
  await multi.close()
  await world.sleep(10)
  expect(network.openConnections).toBe(0)
  return endedAt
}

describe('transfers over HTTP/2 cancelled at any step', () => {
  test.each(SCENARIOS)('$name', async (scenario) => {
    const { value: steps } = await simulate(1, (world) => run(world, scenario, Infinity))
    expect(steps).toBeGreaterThan(10)
    for (let step = 0; step <= steps; step += 0.5) await simulate(1, (world) => run(world, scenario, step))
  })
})
