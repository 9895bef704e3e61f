import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ByteStream } from '../../packages/core/src/env/environment.ts'
import { makeNodeEnvironment } from '../../packages/core/src/node/index.ts'

const environment = makeNodeEnvironment()
const { clock } = environment

describe('the clock', () => {
  test('never wakes anyone before the time', async () => {
    const waits = [0, 0.2, 1, 1.9, 5.5, 12.01]
    const early = await Promise.all(
      waits.map((wait) => {
        const due = clock.now() + wait
        return new Promise<number>((done) => clock.at(due, () => done(due - clock.now())))
      }),
    )
    expect(early.filter((left) => left > 0)).toEqual([])
  })

  test('wakes nobody who has cancelled, and takes a second cancel', async () => {
    const woken: string[] = []
    const due = clock.now() + 5
    const cancelled = clock.at(due, () => woken.push('cancelled'))
    cancelled.cancel()
    cancelled.cancel()
    await new Promise<void>((done) => clock.at(due + 1, done))
    expect(woken).toEqual([])
  })

  test('waits for dates beyond the range of a Node timer', async () => {
    const woken: string[] = []
    const far = clock.at(clock.now() + 2 ** 40, () => woken.push('far'))
    await new Promise<void>((done) => clock.at(clock.now() + 10, done))
    far.cancel()
    expect(woken).toEqual([])
  })

  test('calls those who asked for pending input later, together and in order', async () => {
    const order: string[] = []
    const done = new Promise<void>((told) => {
      clock.afterPendingInput(() => {
        order.push('first')
        clock.afterPendingInput(() => {
          order.push('asked meanwhile')
          told()
        })
      })
      clock.afterPendingInput(() => order.push('second'))
    })
    order.push('asked')
    await done
    expect(order).toEqual(['asked', 'first', 'second', 'asked meanwhile'])
  })
})

/**
 * A server on another thread, so that it can act while the loop of this one is blocked. It answers 'go' with what
 * it is told to do to its second connection, and raises the flag when the kernel has it.
 */
const PEER = `
  const { createServer } = require('node:net')
  const { parentPort, workerData } = require('node:worker_threads')
  const flag = new Int32Array(workerData)
  const peers = []
  const server = createServer((peer) => {
    peer.on('error', () => {})
    peers.push(peer)
    parentPort.postMessage('accepted')
  })
  const raise = () => { Atomics.store(flag, 0, 1); Atomics.notify(flag, 0) }
  parentPort.on('message', (what) => {
    const idle = peers.at(-1)
    if (what === 'poke') peers.at(-2).write('now')
    else if (what === 'byte') idle.write('x', raise)
    else if (what === 'end') idle.end(raise)
    else if (what === 'byte and end') idle.end('x', raise)
    else if (what === 'reset') { idle.once('close', raise); idle.resetAndDestroy() }
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

describe('afterPendingInput', () => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  let peer: Worker
  let port: number

  beforeAll(async () => {
    peer = new Worker(PEER, { eval: true, workerData: flag.buffer })
    const [first] = (await once(peer, 'message')) as [number]
    port = first
  })

  afterAll(() => peer.terminate())

  const cases = [
    { does: 'byte', reports: ['bytes'] },
    { does: 'end', reports: ['ended'] },
    { does: 'byte and end', reports: ['bytes', 'ended'] },
    { does: 'reset', reports: ['failed'] },
  ]
  const phases = [
    { phase: 'the poll phase', enter: (go: () => void) => go() },
    { phase: 'the check phase', enter: (go: () => void) => setImmediate(go) },
    { phase: 'the timer phase', enter: (go: () => void) => setTimeout(go, 0) },
    { phase: 'a microtask', enter: (go: () => void) => queueMicrotask(go) },
  ]
  const table = cases.flatMap((one) => phases.map((other) => ({ ...one, ...other })))

  test.each(table)('comes after a waiting $does, asked from $phase', async ({ does, reports, enter }) => {
    const busy = await open()
    const idle = await open()
    const log: string[] = []
    listen(idle, log)
    const told = new Promise<void>((done) => {
      const ask = (): void => {
        Atomics.store(flag, 0, 0)
        peer.postMessage(does)
        Atomics.wait(flag, 0, 0)
        clock.afterPendingInput(() => {
          log.push('told')
          done()
        })
      }
      busy.sink = { bytes: () => enter(ask), ended: () => {}, failed: () => {}, drained: () => {} }
    })
    peer.postMessage('poke')
    await told
    expect(log).toEqual([...reports, 'told'])
    busy.abort()
    idle.abort()
  })

  async function open(): Promise<ByteStream> {
    const accepted = once(peer, 'message')
    const to = { family: 4, address: '127.0.0.1', port } as const
    const stream = await environment.dialer.dial(to, { noDelay: true }, new AbortController().signal)
    await accepted
    return stream
  }
})

function listen(stream: ByteStream, log: string[]): void {
  stream.sink = {
    bytes: () => log.push('bytes'),
    ended: () => log.push('ended'),
    failed: () => log.push('failed'),
    drained: () => {},
  }
}
