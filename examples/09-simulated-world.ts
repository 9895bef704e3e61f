/** The simulator is for your own code too: a bad network, a day of waiting, in no time and always the same. */
import { isTransferError, type Environment } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import type { Print } from './worlds/servers.ts'

export const title = 'Testing your own code in a simulated world'

// #region body
/** The code under test: the timetable, from wherever it can be had. All it needs is to take an environment. */
async function timetable(environment: Environment, mirrors: readonly string[]): Promise<string> {
  for (const url of mirrors) {
    try {
      const answer = await Easy.get(url, { environment, timeoutMs: 30_000 })
      if (answer.ok) return answer.text()
    } catch (error) {
      if (!isTransferError(error)) throw error
    }
  }
  throw new Error('no mirror has the timetable')
}

/** The test. It brings a world of its own, so the environment that it is given is not used. */
export async function main(_environment: Environment, print: Print): Promise<void> {
  const { value, trace } = await simulate(42, badDay)
  print(value)
  // Nobody waited those thirty seconds: time jumps to the next thing that happens. And whatever happens,
  // happens again with the same seed, so a failure that was seen once can be looked at.
  const again = await simulate(42, badDay)
  print(`the same again: ${again.trace.digest() === trace.digest()}`)
}

async function badDay(world: SimWorld): Promise<string> {
  // The first mirror listens and says nothing, the second breaks off, the third is far away.
  world.origin('http://a.test', () => {})
  world.origin('http://b.test', (exchange) => exchange.connection.reset())
  world.origin('http://c.test', (exchange) => exchange.respond({ body: '06:12 to Basel' }))
  world.network.link('c.test', { delayMs: 400 })

  const text = await timetable(world.environment, ['http://a.test/', 'http://b.test/', 'http://c.test/'])
  return `${text}, after ${Math.round(world.clock.now() / 1_000)} s and ${world.network.dials.length} dials`
}
// #endregion body

export const expected = ['06:12 to Basel, after 32 s and 3 dials', 'the same again: true']
