/** `SmallSet` beside `Set`. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SmallSet } from '../../../packages/core/src/base/small-set.ts'

const VALUES = ['a', 'b', 'c'].map((name) => ({ name }))

test('SmallSet holds what a Set holds, in its order', () => {
  const step = fc.record({ adds: fc.boolean(), which: fc.nat({ max: VALUES.length - 1 }) })
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 40 }), (steps) => {
      const set = new Set<object>()
      const small = new SmallSet<object>()
      for (const { adds, which } of steps) {
        const value = VALUES[which]!
        if (adds) {
          set.add(value)
          small.add(value)
        } else {
          set.delete(value)
          small.delete(value)
        }
        expect([...small]).toEqual([...set])
        expect(small.size).toBe(set.size)
      }
    }),
  )
})

test('SmallSet may lose the value at hand while it is walked', () => {
  const small = new SmallSet<object>()
  for (const value of VALUES) small.add(value)
  const seen: object[] = []
  for (const value of small) {
    seen.push(value)
    small.delete(value)
  }
  expect(seen).toEqual(VALUES)
  expect(small.size).toBe(0)
})
