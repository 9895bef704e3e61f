/** The table of streams against a `Map`. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamTable } from '../../../packages/core/src/h2/stream-table.ts'

test('answers as a map does, whatever comes and goes', () => {
  const id = fc.oneof(
    fc.nat(60).map((n) => 2 * n + 1),
    // These share slots with the others, and lie at the end of the table.
    fc.nat(40).map((n) => 2 * (n * 16 + 15) + 1),
    fc.nat(20).map((n) => 2 ** 31 - 1 - 2 * n),
  )
  // Six places for thirty ids, in a table of up to 64.
  const crowded = fc.tuple(fc.nat(4), fc.nat(5)).map(([n, place]) => 2 * (n * 64 + place) + 1)
  const steps = (ids: fc.Arbitrary<number>): fc.Arbitrary<[boolean, number][]> =>
    fc.array(fc.tuple(fc.boolean(), ids), { minLength: 1, maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(fc.oneof(steps(id), steps(crowded)), (all) => {
      const table = new StreamTable<{ readonly id: number }>()
      const model = new Map<number, { readonly id: number }>()
      for (const [isAdded, key] of all) {
        if (isAdded && !model.has(key)) {
          const stream = { id: key }
          table.add(stream)
          model.set(key, stream)
        } else {
          table.delete(key)
          model.delete(key)
        }
        expect(table.size).toBe(model.size)
        expect(table.get(key)).toBe(model.get(key))
      }
      for (const [key, stream] of model) expect(table.get(key)).toBe(stream)
      expect(table.all()).toEqual([...model.values()].sort((a, b) => a.id - b.id))
    }),
    { numRuns: 300 },
  )
})

test('ids in order, with a window of 100 alive', () => {
  const table = new StreamTable<{ readonly id: number }>()
  for (let id = 1; id < 20_001; id += 2) {
    table.add({ id })
    if (id > 200) table.delete(id - 200)
    expect(table.get(id)?.id).toBe(id)
    expect(table.get(id - 200)).toBeUndefined()
  }
  expect(table.all().map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, at) => 19_801 + 2 * at))
})
