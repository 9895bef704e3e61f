/** The pool's books under random histories, and its order of service. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Member } from '../../../packages/core/src/pool/records.ts'
import { PlainPool, type PlainConnection } from '../../support/plain-pool.ts'

type Command =
  | {
      is: 'want'
      host: string
      tag: string | undefined
      priority: number
      fresh: 'fresh-requested' | 'retry-needs-new' | undefined
      shares: boolean
      waits: boolean
    }
  | { is: 'release'; which: number; closes: boolean }
  | { is: 'cancel'; which: number }
  | { is: 'opening'; isGood: boolean; streams: number | undefined }
  | { is: 'scout' }
  | { is: 'streams'; which: number; count: number }
  | { is: 'retire'; which: number }
  | { is: 'turn' }
  | { is: 'die'; which: number }
  | { is: 'pass'; ms: number }
  | { is: 'limits'; total: number; host: number; idle: number }

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant('want' as const),
      host: fc.constantFrom('a', 'b', 'c'),
      tag: fc.constantFrom(undefined, undefined, 'x'),
      priority: fc.constantFrom(0, 0, 0, 1),
      fresh: fc.constant(undefined),
      shares: fc.boolean(),
      waits: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('want' as const),
      host: fc.constantFrom('a', 'b'),
      tag: fc.constant(undefined),
      priority: fc.constant(0),
      fresh: fc.constantFrom('fresh-requested' as const, 'retry-needs-new' as const),
      shares: fc.boolean(),
      waits: fc.constant(true),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ is: fc.constant('release' as const), which: fc.nat(20), closes: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('cancel' as const), which: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('opening' as const),
      isGood: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      streams: fc.constantFrom(undefined, 1, 2, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('scout' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('streams' as const), which: fc.nat(20), count: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('retire' as const), which: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('die' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('pass' as const), ms: fc.constantFrom(1, 60_000, 120_000) }),
  },
)

async function apply(world: PlainPool, command: Command): Promise<void> {
  switch (command.is) {
    case 'want':
      world.want(command.host, {
        priority: command.priority,
        shares: command.shares,
        pipeWait: command.waits,
        ...(command.tag === undefined ? {} : { tag: command.tag }),
        ...(command.fresh === undefined ? {} : { fresh: command.fresh }),
      })
      return
    case 'release': {
      const leased = world.holders.filter(({ member }) => member !== undefined)
      const holder = leased[command.which % Math.max(1, leased.length)]
      if (holder !== undefined) world.release(holder, command.closes ? 'server-close' : undefined)
      return
    }
    case 'cancel': {
      const waiting = world.holders.filter(({ outcome }) => outcome === 'waiting')
      const holder = waiting[command.which % Math.max(1, waiting.length)]
      if (holder !== undefined) world.cancel(holder)
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
      return
    }
    case 'opening':
      return world.endOpening(command.isGood, command.streams)
    case 'scout':
      return world.endScout()
    case 'streams': {
      const member = pickShared(world, command.which)
      if (member === undefined) return
      member.connection.capacity = command.count
      world.pool.roomChanged(member)
      return
    }
    case 'retire': {
      const member = pickShared(world, command.which)
      if (member !== undefined) world.pool.retire(member, 'goaway')
      return
    }
    case 'turn':
      world.turn()
      return
    case 'die': {
      const members = [...world.pool.members()]
      const member = members[command.which % Math.max(1, members.length)]
      if (member !== undefined) world.pool.lost(member, 'peer-closed')
      return
    }
    case 'pass':
      world.pass(command.ms)
      return
    case 'limits':
      return
  }
}

function pickShared(world: PlainPool, which: number): Member<PlainConnection> | undefined {
  const shared = [...world.pool.members()].filter(({ connection }) => connection.isMultiplexed)
  return shared[which % Math.max(1, shared.length)]
}

describe('Pool', () => {
  test('keeps its books through any history, and answers every want', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          maxTotalConnections: fc.nat(4),
          maxHostConnections: fc.nat(3),
          maxConnects: fc.integer({ min: 0, max: 3 }),
          coalesce: fc.boolean(),
        }),
        fc.array(commands, { maxLength: 80, size: 'max' }),
        async (limits, history) => {
          const world = new PlainPool(limits)
          for (const [step, command] of history.entries()) {
            await apply(world, command)
            const problems = world.problems()
            if (problems.length > 0)
              throw new Error(`after step ${step}, ${JSON.stringify(command)}: ${problems.join('; ')}`)
          }
          expect(await world.drain()).toEqual([])
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('serves equal wants in the order of arrival', async () => {
    const world = new PlainPool({ maxHostConnections: 1 })
    const holders = [1, 2, 3, 4].map(() => world.want('a'))
    await world.endOpening(true)
    const order: number[] = []
    for (let i = 0; i < 4; i += 1) {
      const at = holders.findIndex(({ member }) => member !== undefined)
      order.push(at)
      world.release(holders[at]!)
      world.turn()
    }
    expect(order).toEqual([0, 1, 2, 3])
  })

  test('an idle connection is handed out only after pending input was looked at', async () => {
    const world = new PlainPool()
    const first = world.want('a')
    await world.endOpening(true)
    world.release(first)
    const second = world.want('a')
    expect(second.outcome).toBe('waiting')
    world.turn()
    expect(second.outcome).toBe('granted')
  })

  test('what dies during that look is not handed out', async () => {
    const world = new PlainPool()
    const first = world.want('a')
    await world.endOpening(true)
    const [member] = world.pool.members()
    world.release(first)
    const second = world.want('a')
    world.pool.lost(member!, 'peer-closed')
    world.turn()
    expect(second.outcome).toBe('waiting')
    expect(world.openings).toHaveLength(1)
  })

  test('idle connections let the process go, busy ones hold it', async () => {
    const world = new PlainPool()
    const first = world.want('a')
    await world.endOpening(true)
    const { connection } = first.member!
    expect(connection.awake).toBe(true)
    world.release(first)
    world.turn()
    expect(connection.awake).toBe(false)
    world.want('a')
    world.turn()
    expect(connection.awake).toBe(true)
  })

  test('a closed pool refuses whoever waits or comes', async () => {
    const world = new PlainPool({ maxHostConnections: 1 })
    const holders = [world.want('a'), world.want('a'), world.want('b')]
    await world.endOpening(true)
    world.pool.close()
    expect(holders.map(({ outcome }) => outcome)).toEqual(['granted', 'refused', 'refused'])
    expect(world.want('c').outcome).toBe('refused')
    world.release(holders[0]!)
    await world.endOpening(true)
    expect(world.pool.count).toBe(0)
  })

  test('the longest unused of the whole pool goes first when too many are idle', async () => {
    const world = new PlainPool({ maxConnects: 2 })
    for (const host of ['a', 'b', 'c']) {
      const holder = world.want(host)
      await world.endOpening(true)
      world.release(holder)
    }
    expect([...world.pool.members()].map(({ bucket }) => bucket.host.name)).toEqual(['b.test', 'c.test'])
  })

  test.each([
    ['lifo', 1],
    ['fifo', 0],
  ] as const)('%s picks accordingly', async (pick, expected) => {
    const world = new PlainPool({ pick })
    const holders = [world.want('a'), world.want('a')]
    await world.endOpening(true)
    await world.endOpening(true)
    for (const holder of holders) world.release(holder)
    const next = world.want('a')
    world.turn()
    expect(next.member!.id).toBe(expected)
  })
})
