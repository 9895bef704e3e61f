/** A queue, and that what was taken out of one is let go though others still wait. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Fifo } from '../../../packages/core/src/base/fifo.ts'
import { ResponseBody } from '../../../packages/core/src/transfer/body-stream.ts'
import { MessageQueue } from '../../../packages/multi/src/message-queue.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('Fifo', () => {
  test('gives what it got in the same order, however many wait', () => {
    const fifo = new Fifo<number>()
    const taken: (number | undefined)[] = []
    let next = 0
    for (const [pushes, shifts] of [
      [5, 2],
      [100, 90],
      [1, 14],
      [1_000, 10],
      [0, 991],
    ] as const) {
      for (let nth = 0; nth < pushes; nth += 1) fifo.push(next++)
      for (let nth = 0; nth < shifts; nth += 1) taken.push(fifo.shift())
      expect(fifo.size).toBe(Math.max(0, next - taken.length))
    }
    expect(taken).toEqual([...Array.from({ length: next }, (_, nth) => nth), undefined])
  })

  test('is empty after clear, and goes on', () => {
    const fifo = new Fifo<string>()
    fifo.push('a')
    fifo.push('b')
    fifo.shift()
    fifo.clear()
    expect([fifo.size, fifo.shift()]).toEqual([0, undefined])
    fifo.push('c')
    expect(fifo.shift()).toBe('c')
  })
})

interface Queue {
  put(): void
  take(): Promise<WeakRef<object>>
}

const QUEUES: readonly { readonly name: string; readonly make: () => Queue }[] = [
  {
    name: 'a Fifo',
    make: () => {
      const fifo = new Fifo<object>()
      return { put: () => fifo.push({}), take: () => Promise.resolve(new WeakRef(fifo.shift()!)) }
    },
  },
  {
    name: 'a response body',
    make: () => {
      const body = new ResponseBody({
        pause: nothing,
        resume: nothing,
        keep: (bytes) => bytes,
        cancel: nothing,
      })
      return {
        put: () => void body.push(new Uint8Array(10)),
        take: async () => new WeakRef((await body.next()).value!),
      }
    },
  },
  {
    name: 'the messages of a multi',
    make: () => {
      const messages = new MessageQueue<object>()
      return { put: () => messages.push({}), take: () => Promise.resolve(new WeakRef(messages.shift()!)) }
    },
  },
]

describe('what was taken out', () => {
  test.each(QUEUES)('of $name is held by nothing while others wait', async ({ make }) => {
    const queue = make()
    for (let nth = 0; nth < 10; nth += 1) queue.put()
    const taken = [await queue.take(), await queue.take(), await queue.take()]
    // A WeakRef holds its target until the turn in which it was made is over.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect(taken.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined])
    queue.put()
    expect((await queue.take()).deref()).toBeDefined()
  })
})

function nothing(): void {}
