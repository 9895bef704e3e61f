/** Many transfers, servers and limits drawn by chance: every transfer ends, limits hold, nothing is left behind. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { SeededRandom, simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const HOSTS = ['https://a.test', 'https://b.test', 'http://c.test', 'https://old.test']

/** A server that is good most of the time. */
function moody(chance: SeededRandom): SimHandler {
  return async (exchange) => {
    const { connection } = exchange
    const isH2 = connection.protocol === 'h2'
    const mood = chance.below(40)
    await exchange.sleep(chance.below(20))
    if (mood === 0) return exchange.reset('REFUSED_STREAM')
    if (mood === 1) return exchange.reset('INTERNAL_ERROR')
    if (mood === 2) return connection.reset()
    if (mood === 3 && isH2) connection.goaway()
    if (mood === 4 && isH2) connection.goaway(Math.max(0, (exchange.stream ?? 1) - 2 * chance.below(4)))
    if (mood === 5) return connection.close()
    if (mood === 6 && isH2) connection.settings({ MAX_CONCURRENT_STREAMS: chance.below(6) })
    if (mood === 7 && isH2) connection.settings({ INITIAL_WINDOW_SIZE: 1_000 * chance.below(300) })
    if (mood === 8) exchange.informational(103)
    if (mood === 9) return exchange.respond({ status: 421 })
    exchange.head({ headers: isH2 ? {} : { 'Transfer-Encoding': 'chunked' } })
    for (let i = chance.below(5); i >= 0; i -= 1) {
      exchange.chunk(new Uint8Array(1 + chance.below(50_000)))
      await exchange.sleep(chance.below(5))
    }
    if (mood === 10) return exchange.reset('CANCEL')
    exchange.end({ 'X-End': 'yes' })
    if (mood === 11 && isH2) connection.goaway()
  }
}

/** One world; answers how many transfers ended well, and how many otherwise. */
async function run(world: SimWorld): Promise<{ good: number; bad: number }> {
  const { environment, network, random: chance } = world
  for (const host of HOSTS) {
    const isOld = host.includes('old')
    world.origin(host, moody(chance.fork()), {
      http2: isOld ? false : chance.below(2) === 0 ? true : { maxConcurrentStreams: 1 + chance.below(8) },
      keepAlive: { idleMs: 20 + chance.below(100), requests: 5 + chance.below(30) },
    })
    network.link(new URL(host).hostname, { jitterMs: chance.below(5), chunkBytes: 200 + chance.below(5_000) })
  }
  const maxTotalConnections = chance.below(4) === 0 ? 0 : 1 + chance.below(5)
  const maxHostConnections = chance.below(2) === 0 ? 0 : 1 + chance.below(3)
  const multi = new Multi({
    environment,
    maxTotalConnections,
    maxHostConnections,
    maxConcurrentStreams: 1 + chance.below(12),
    pickStream: chance.below(2) === 0 ? 'fullest' : 'least-loaded',
    upkeepIntervalMs: 50,
  })
  let mostOpen = 0
  multi.events.on('connection-opened', () => {
    mostOpen = Math.max(mostOpen, multi.connections().length)
  })
  const outcomes = { good: 0, bad: 0 }
  const runs: Promise<void>[] = []
  for (let i = 0; i < 80; i += 1) {
    const host = HOSTS[chance.below(HOSTS.length)]!
    const options: EasyOptions = {
      ...(host.startsWith('http:')
        ? { httpVersion: (['1.1', '2', '2-prior-knowledge'] as const)[chance.below(3)]! }
        : {}),
      ...(chance.below(3) === 0 ? { body: new Uint8Array(chance.below(100_000)) } : {}),
      ...(chance.below(8) === 0 ? { freshConnect: true } : {}),
      ...(chance.below(8) === 0 ? { forbidReuse: true } : {}),
      ...(chance.below(8) === 0 ? { timeoutMs: 1 + chance.below(60) } : {}),
      ...(chance.below(8) === 0 ? { pipeWait: false } : {}),
      ...(chance.below(8) === 0 ? { maxLifetimeConnMs: 50 } : {}),
      // Nobody waits for ever for a window that a server has shut.
      idleTimeoutMs: 5_000,
    }
    const easy = new Easy({ url: `${host}/${i}`, environment, ...options })
    let hasEnded = 0
    runs.push(
      multi.add(easy).then(
        () => {
          hasEnded += 1
          outcomes.good += 1
        },
        (error: TransferError) => {
          hasEnded += 1
          outcomes.bad += 1
          expect(error.code).toMatch(
            /^(HTTP2|HTTP2_STREAM|RECV_ERROR|SEND_ERROR|GOT_NOTHING|PARTIAL_FILE|OPERATION_TIMEDOUT|MULTI_ABORTED)$/,
          )
        },
      ),
    )
    if (chance.below(6) === 0) {
      void world.sleep(chance.below(60)).then(() => {
        if (hasEnded === 0 && multi.handles.includes(easy)) multi.remove(easy)
      })
    }
    if (chance.below(3) === 0) await world.sleep(chance.below(10))
  }
  await Promise.all(runs)
  await world.sleep(1)
  expect(multi.connections().filter(({ active }) => active > 0)).toEqual([])
  expect(mostOpen).toBeLessThanOrEqual(maxTotalConnections === 0 ? Infinity : maxTotalConnections)
  await multi.close()
  await world.sleep(10)
  expect(network.openConnections).toBe(0)
  return outcomes
}

describe('chance', () => {
  test.each(Array.from({ length: 4 }, (_, i) => i))('leaves nothing behind, round %s', async (round) => {
    let good = 0
    let bad = 0
    for (let seed = round * 10; seed < round * 10 + 10; seed += 1) {
      const { value } = await simulate(seed, run)
      good += value.good
      bad += value.bad
    }
    // Were all to fail, or none, this would test little.
    expect(good).toBeGreaterThan(bad)
    expect(bad).toBeGreaterThan(10)
  })

  test('goes the same way twice', async () => {
    const { trace: one } = await simulate(7, run)
    const { trace: two } = await simulate(7, run)
    expect(one.digest()).toBe(two.digest())
  })
})
