/** One scenario, cancelled at every step it has: whoever is left is served, and nothing is left behind. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

const STEP_MS = 1

/** Slow in every phase, so that each has steps to be cancelled at. */
const handler: SimHandler = async (exchange) => {
  await exchange.body()
  await exchange.sleep(2)
  exchange.head({ headers: { 'Transfer-Encoding': 'chunked' } })
  exchange.chunk(exchange.request.target)
  await exchange.sleep(2)
  exchange.end()
}

interface Scenario {
  readonly name: string
  readonly scheme: 'http' | 'https'
  readonly init: MultiInit
  /** Index of the transfer that is cancelled. */
  readonly victim: number
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'the only one that opens', scheme: 'https', init: {}, victim: 0 },
  { name: 'the first at a limit', scheme: 'http', init: { maxHostConnections: 1 }, victim: 0 },
  { name: 'one in the middle of the queue', scheme: 'http', init: { maxHostConnections: 1 }, victim: 2 },
  {
    name: 'one of several on TLS at a total limit',
    scheme: 'https',
    init: { maxTotalConnections: 2 },
    victim: 1,
  },
  { name: 'one of a pipeline', scheme: 'http', init: { maxHostConnections: 1, pipelining: 4 }, victim: 2 },
]

/** Runs four transfers, cancels one after `steps` steps, and answers how long it all took. */
async function run(world: SimWorld, { scheme, init, victim }: Scenario, steps: number): Promise<number> {
  const { environment, network } = world
  world.origin(`${scheme}://a.test`, handler)
  network.link('a.test', { delayMs: 1, jitterMs: 0.3 })
  const multi = new Multi({ ...init, environment })
  const handles = Array.from(
    { length: 4 },
    (_, i) =>
      new Easy({
        url: `${scheme}://a.test/${i}`,
        environment,
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
  void world.sleep(steps * STEP_MS).then(() => {
    if (isFirstRound && multi.handles.includes(handles[victim]!)) multi.remove(handles[victim]!)
  })
  const outcomes = await Promise.all(runs)
  isFirstRound = false
  const endedAt = world.clock.now()
  for (const [i, outcome] of outcomes.entries()) {
    expect(i === victim ? [`/${i}`, 'MULTI_ABORTED'] : [`/${i}`]).toContain(outcome)
  }
  expect(multi.handles).toHaveLength(0)
  // The handle that was cancelled is as good as new.
  expect((await multi.add(handles[victim]!)).text()).toBe(`/${victim}`)
  const open = multi.connections()
  expect(open.every(({ active, state }) => active === 0 && state === 'idle')).toBe(true)
  await multi.close()
  await world.sleep(10)
  expect(network.openConnections).toBe(0)
  return endedAt
}

describe('a transfer cancelled at any step', () => {
  test.each(SCENARIOS)('$name', async (scenario) => {
    const { value: wholeMs } = await simulate(1, (world) => run(world, scenario, 1e6))
    const steps = Math.ceil(wholeMs / STEP_MS)
    expect(steps).toBeGreaterThan(10)
    for (let step = 0; step <= steps; step += 1) await simulate(1, (world) => run(world, scenario, step))
  })
})
