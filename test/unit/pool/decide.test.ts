/** The decision for a want that no idle connection serves, by properties and by a table. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, type Room } from '../../../packages/core/src/pool/decide.ts'

const EMPTY: Room = {
  atHost: 0,
  idleAtHost: 0,
  hostLimit: 0,
  inAll: 0,
  idleInAll: 0,
  totalLimit: 0,
  mayJoin: false,
}

const rooms: fc.Arbitrary<Room> = fc
  .record({
    atHost: fc.nat(12),
    elsewhere: fc.nat(12),
    idleAtHost: fc.nat(12),
    idleElsewhere: fc.nat(12),
    hostLimit: fc.nat(8),
    totalLimit: fc.nat(12),
    mayJoin: fc.boolean(),
  })
  .map(({ atHost, elsewhere, idleAtHost, idleElsewhere, hostLimit, totalLimit, mayJoin }) => {
    const here = Math.min(idleAtHost, atHost)
    return {
      atHost,
      idleAtHost: here,
      hostLimit,
      inAll: atHost + elsewhere,
      idleInAll: here + Math.min(idleElsewhere, elsewhere),
      totalLimit,
      mayJoin,
    }
  })

describe('decide', () => {
  const CASES: readonly [string, Partial<Room>, object][] = [
    ['opens without limits', { atHost: 1_000, inAll: 5_000 }, { is: 'open', closeHere: 0, closeAnywhere: 0 }],
    [
      'opens below the limits',
      { atHost: 1, hostLimit: 2, inAll: 3, totalLimit: 4 },
      { is: 'open', closeHere: 0, closeAnywhere: 0 },
    ],
    ['waits at the host', { atHost: 2, hostLimit: 2, inAll: 2 }, { is: 'wait', reason: 'host-limit' }],
    ['waits in all', { inAll: 4, totalLimit: 4 }, { is: 'wait', reason: 'total-limit' }],
    [
      'names the narrower limit when both are full',
      { atHost: 2, hostLimit: 2, inAll: 4, totalLimit: 4 },
      { is: 'wait', reason: 'host-limit' },
    ],
    [
      'closes an idle one here',
      { atHost: 2, idleAtHost: 1, hostLimit: 2, inAll: 2, idleInAll: 1 },
      { is: 'open', closeHere: 1, closeAnywhere: 0 },
    ],
    [
      'closes an idle one elsewhere',
      { inAll: 4, idleInAll: 2, totalLimit: 4 },
      { is: 'open', closeHere: 0, closeAnywhere: 1 },
    ],
    [
      'closes several after a limit was lowered',
      { atHost: 5, idleAtHost: 4, hostLimit: 2, inAll: 5, idleInAll: 4 },
      { is: 'open', closeHere: 4, closeAnywhere: 0 },
    ],
    ['joins rather than waits', { atHost: 2, hostLimit: 2, inAll: 2, mayJoin: true }, { is: 'join' }],
    [
      'opens rather than joins',
      { atHost: 1, hostLimit: 2, inAll: 1, mayJoin: true },
      { is: 'open', closeHere: 0, closeAnywhere: 0 },
    ],
  ]
  test.each(CASES)('%s', (_name, room, step) => {
    expect(decide({ ...EMPTY, ...room })).toEqual(step)
  })

  test('an opening never breaks a limit, and closes no more than it must', () => {
    fc.assert(
      fc.property(rooms, (room) => {
        const step = decide(room)
        if (step.is !== 'open') return
        const { closeHere, closeAnywhere } = step
        const atHost = room.atHost - closeHere + 1
        const inAll = room.inAll - closeHere - closeAnywhere + 1
        expect(room.hostLimit === 0 || atHost <= room.hostLimit).toBe(true)
        expect(room.totalLimit === 0 || inAll <= room.totalLimit).toBe(true)
        expect(closeHere <= room.idleAtHost && closeHere + closeAnywhere <= room.idleInAll).toBe(true)
        expect(closeHere === 0 || atHost === room.hostLimit).toBe(true)
        expect(closeAnywhere === 0 || inAll === room.totalLimit).toBe(true)
      }),
    )
  })

  test('it waits only when neither closing idle ones nor joining would do', () => {
    fc.assert(
      fc.property(rooms, (room) => {
        if (decide(room).is !== 'wait') return
        const hostStays = room.hostLimit > 0 && room.atHost - room.idleAtHost >= room.hostLimit
        const allStays = room.totalLimit > 0 && room.inAll - room.idleInAll >= room.totalLimit
        expect(room.mayJoin).toBe(false)
        expect(hostStays || allStays).toBe(true)
      }),
    )
  })
})
