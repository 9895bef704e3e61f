/**
 * Who shares which connection: limits, order and wake-ups where connections have room for many.
 *
 * The rule: each test says what would go wrong without what it asks for.
 */
import { describe, expect, test } from 'vitest'
import type { WantTerms } from '../../../packages/core/src/pool/records.ts'
import { PlainHolder, PlainPool } from '../../support/plain-pool.ts'

const SHARES = { shares: true } as const

/** A want for an HTTP/2 connection to `a`, and the opening it causes ended, with room for `streams`. */
async function opened(world: PlainPool, streams: number, host = 'a'): Promise<PlainHolder> {
  const holder = world.want(host, SHARES)
  await world.endOpening(true, streams)
  expect(holder.outcome).toBe('granted')
  return holder
}

describe('overtaking at a limit', () => {
  // A connection that makes way for another host takes no more streams. With a long one on it (events, a long
  // poll) it would serve nobody else for hours, though the one that it made way for has given up.
  test('a shared connection is joined again when nobody waits any more', async () => {
    const world = new PlainPool({ maxTotalConnections: 1 })
    await opened(world, 100) // a stream that lasts for hours
    const other = world.want('b', SHARES)
    for (let i = 0; i < 40; i += 1) {
      const next = world.want('a', SHARES)
      if (next.member === undefined) {
        world.cancel(next)
        break
      }
      world.release(next)
    }
    world.cancel(other) // its deadline passes
    expect(world.want('a', SHARES).outcome).toBe('granted')
  })

  // Who waits needs a single place. If each want that comes meanwhile took another connection out of service,
  // all those of a busy host would drain for it.
  test('one connection of a busy host gives way, not all', async () => {
    const world = new PlainPool({ maxTotalConnections: 3 })
    await opened(world, 40)
    for (let i = 1; i < 81; i += 1) world.want('a', SHARES)
    while (world.openings.length > 0) await world.endOpening(true, 40)
    expect(world.pool.count).toBe(3)
    // Twenty streams end on each of the two that are full.
    const left = new Map<number, number>()
    for (const holder of world.holders) {
      const { id } = holder.member!
      left.set(id, (left.get(id) ?? 0) + 1)
      if (left.get(id)! <= 20 && holder.member!.leases > 1) world.release(holder)
    }
    world.want('b', SHARES)
    for (let i = 0; i < 36; i += 1) world.want('a', SHARES)
    const yielding = [...world.pool.members()].filter(({ joinable }) => !joinable)
    expect(yielding.length).toBeLessThanOrEqual(1)
  })
})

describe('a stream that becomes free wakes whoever it can serve', () => {
  // They would wait beside room until the connection is idle, while whoever comes new joins at once.
  test('a want that the connection is too old for does not hold up those behind it', async () => {
    const world = new PlainPool({ maxHostConnections: 1 })
    await opened(world, 2)
    const second = world.want('a', SHARES)
    world.pass(10_000)
    const terms: WantTerms = { ...second.want.terms, maxLifetimeMs: 1 }
    const strict = new PlainHolder(terms)
    world.holders.push(strict)
    world.pool.acquire(strict.want)
    const next = world.want('a', SHARES)
    expect([strict.outcome, next.outcome]).toEqual(['waiting', 'waiting'])
    world.release(second)
    expect(next.outcome).toBe('granted')
  })

  // A retry shares only what is newer than the connection that died under it. Not woken by a free stream, it
  // would wait beside room until the successor is idle.
  test('a retry at a limit joins the successor when a stream of it is free', async () => {
    const world = new PlainPool({ maxHostConnections: 1 })
    const first = await opened(world, 3)
    const member = first.member!
    const others = [world.want('a', SHARES), world.want('a', SHARES)]
    world.pool.lost(member, 'peer-closed')
    const fresh = { shares: true, fresh: 'retry-needs-new' } as const
    const retries = [world.want('a', fresh), world.want('a', fresh), world.want('a', fresh)]
    for (const holder of [first, ...others]) world.release(holder)
    await world.endOpening(true, 2)
    expect(retries.map(({ outcome }) => outcome)).toEqual(['granted', 'granted', 'waiting'])
    world.release(retries[0]!)
    expect(retries[2]!.outcome).toBe('granted')
  })
})

describe('which connection is joined', () => {
  // Only a few connections are looked at. With eight old ones, each kept busy by a long stream, every transfer
  // would open a connection.
  test('connections that are too old for anyone do not hide younger ones', async () => {
    const world = new PlainPool()
    for (let i = 0; i < 8; i += 1) {
      const holder = await opened(world, 100)
      holder.member!.maxLifetimeMs = 1_000
      world.pass(2_000)
    }
    const young = await opened(world, 100)
    const joined = world.want('a', SHARES)
    expect(joined.outcome).toBe('granted')
    expect(joined.member).toBe(young.member)
  })
})

describe('what a server is remembered to take', () => {
  // A draining connection has room for nobody. Taken for what the server can bear, that would make a burst of
  // 100 open 100 connections, to a server that just said it is overloaded.
  test('a cold burst opens one connection also after a draining one had no room', async () => {
    const world = new PlainPool()
    const holder = await opened(world, 100)
    const member = holder.member!
    world.pool.retire(member, 'goaway')
    member.connection.capacity = 0
    world.pool.roomChanged(member)
    world.release(holder)
    for (let i = 0; i < 100; i += 1) world.want('a', SHARES)
    expect(world.openings.length).toBe(1)
  })
})

describe('the order of arrival and priority', () => {
  // The connection goes to the first in line. If the one that it was opened for came next, it would pass the
  // rest of the line.
  test('the want that an opening was begun for does not pass those before it', async () => {
    const world = new PlainPool({ maxHostConnections: 1 })
    const begun = world.want('a', SHARES)
    const urgent = [1, 2].map(() => world.want('a', { shares: true, priority: 5 }))
    await world.endOpening(true, 2)
    expect([begun, ...urgent].map(({ outcome }) => outcome)).toEqual(['waiting', 'granted', 'granted'])
  })
})

describe('openings that nobody needs', () => {
  // One that was given up takes its time to end. If it were chosen again, the second want would have no place
  // until then.
  test('one is given up for each want that waits', async () => {
    const world = new PlainPool({ maxTotalConnections: 4 })
    const served = [world.want('a'), world.want('a')]
    await world.endOpening(true)
    await world.endOpening(true)
    const next = [world.want('a'), world.want('a')]
    expect(world.openings.length).toBe(2)
    for (const holder of served) world.release(holder)
    world.turn()
    expect(next.map(({ outcome }) => outcome)).toEqual(['granted', 'granted'])
    const others = [world.want('b'), world.want('b')]
    await world.endScout() // there is none: lets the openings that were given up end
    expect(others.every(({ want }) => want.state !== 'total-limit')).toBe(true)
  })
})

describe('names of one connection', () => {
  // Under a wildcard there may be 100,000 of them. Kept for the life of the connection, they would cost memory,
  // and time at the end of each transfer.
  test('are not kept without bound', async () => {
    const world = new PlainPool({ coalesce: true })
    world.want('a', SHARES)
    await world.endScout()
    await world.endOpening(true, 100)
    for (let i = 0; i < 1_200; i += 1) {
      const holder = world.want(`n${i}`, SHARES)
      await world.endScout()
      world.release(holder)
      world.holders.length = 1
    }
    const [member] = world.pool.members()
    expect(member!.aliases?.size).toBeLessThanOrEqual(1_000)
  })
})
