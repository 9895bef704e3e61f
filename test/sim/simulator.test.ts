/** The simulator itself: its time, its verdicts, its faults, and that equal seeds give equal runs. */
import { describe, expect, test } from 'vitest'
import type { DialSettings, SocketAddress } from '../../packages/core/src/env/environment.ts'
import { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import {
  type LinkSettings,
  SeededRandom,
  simulate,
  type SimStream,
  type SimWorld,
} from '../../packages/core/src/sim/index.ts'
import { record, type RecordedStream } from '../support/contracts/stream-recorder.ts'

const DIAL: DialSettings = { noDelay: true }
const never = (): AbortSignal => new AbortController().signal

describe('simulate', () => {
  test('returns the value of its body, and the trace', async () => {
    const { value, trace } = await simulate(1, async (world) => {
      await world.sleep(5)
      world.trace.add(world.clock.now(), 'slept')
      return 'done'
    })
    expect(value).toBe('done')
    expect(trace.lines).toEqual(['5 slept'])
  })

  test('jumps over time in which nothing happens', async () => {
    const { value } = await simulate(1, async (world) => {
      const before = world.clock.date()
      await world.sleep(3_000_000)
      return [world.clock.now(), world.clock.date().getTime() - before.getTime()]
    })
    expect(value).toEqual([3_000_000, 3_000_000])
  })

  test('lets promises go on, however many turns they take, before time moves', async () => {
    const { value } = await simulate(1, async (world) => {
      const order: string[] = []
      world.clock.at(1, () => order.push('later'))
      for (let i = 0; i < 1000; i += 1) await Promise.resolve()
      order.push('after many turns')
      await world.sleep(2)
      return order
    })
    expect(value).toEqual(['after many turns', 'later'])
  })

  test('holds time still while offloaded work is under way, and does one job at a time', async () => {
    const { value } = await simulate(1, async ({ environment, clock }) => {
      const order: string[] = []
      clock.at(1, () => order.push('timer'))
      const job = (name: string, turns: number) => async (): Promise<void> => {
        for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve))
        order.push(`${name} at ${clock.now()}`)
      }
      await Promise.all([environment.offload(job('long', 50)), environment.offload(job('short', 1))])
      await clock.sleep(2)
      return order
    })
    expect(value).toEqual(['long at 0', 'short at 0', 'timer'])
  })

  test('passes on what an offloaded job throws', async () => {
    const run = simulate(1, ({ environment }) =>
      environment.offload(() => Promise.reject(new Error('bad data'))),
    )
    await expect(run).rejects.toThrow('bad data')
  })

  test('rejects with the error of its body, with the seed at the end of the message', async () => {
    const error = new TransferError('GOT_NOTHING', 'empty reply')
    await expect(simulate(77, () => Promise.reject(error))).rejects.toBe(error)
    expect(error.message).toBe('empty reply\nseed 77')
  })

  test('rejects with what a timer threw', async () => {
    const run = simulate(1, async (world) => {
      world.clock.at(1, () => {
        throw new Error('in a timer')
      })
      await world.sleep(2)
    })
    await expect(run).rejects.toThrow('in a timer')
  })

  test('fails at once when nothing could wake it, and names the open waits', async () => {
    const message = await failure(async (world) => {
      const stream = await openStream(world, 'a.test')
      record(stream)
      stream.write('hello')
      world.network.hangName('b.test')
      void world.environment.resolver.lookup('b.test', 'any')
      world.network.link('10.9.9.9', { loseRoute: { fromMs: 0 } })
      void world.environment.dialer.dial(at('10.9.9.9', 80), DIAL, never()).catch(() => {})
      const wait = world.waits.begin('something that is over')
      wait.cancel()
      world.waits.begin('the second worker, for its turn')
      await world.sleep(1200 - world.clock.now())
      await new Promise(() => {})
    })
    expect(message.split('\nlast events:')[0]).toBe(
      [
        'stuck at 1200 ms: nothing left that could wake it',
        'open waits:',
        '  connection #1 to 10.0.0.1:80: client waits for bytes since 2 ms',
        '  connection #1 to 10.0.0.1:80: server waits for bytes since 3 ms',
        '  lookup of b.test since 2 ms',
        '  dial to 10.9.9.9:80 since 2 ms',
        '  the second worker, for its turn',
      ].join('\n'),
    )
    expect(message).toMatch(/\nseed 5$/)
  })

  test('says what holds a stream up', async () => {
    const message = await failure(async (world) => {
      const stream = await openStream(world, 'a.test', (far) => far.stream.pause())
      stream.write(new Uint8Array(100_000))
      await new Promise(() => {})
    })
    expect(message).toContain(
      'client waits for bytes since 2 ms, has no sink, has 100000 bytes under way, awaits drained',
    )
    expect(message).toContain('server waits for bytes since 3 ms, is paused, has 100000 bytes unheard')
  })

  test('a timer that is never due wakes nothing', async () => {
    const message = await failure(
      (world) => new Promise((resolve) => world.clock.at(Infinity, () => resolve(undefined))),
    )
    expect(message).toContain('stuck at 0 ms')
  })

  test('fails when it goes on for longer than it may', async () => {
    const tick = async (world: SimWorld): Promise<void> => {
      for (;;) await world.sleep(100)
    }
    await expect(simulate(1, tick, { maxVirtualMs: 1000 })).rejects.toThrow('still running at 1000 ms')
  })

  test('fails when events go on without time moving', async () => {
    const spin = async (world: SimWorld): Promise<void> => {
      for (;;) await world.sleep(0)
    }
    await expect(simulate(1, spin, { maxEventsAtOnce: 100 })).rejects.toThrow('time stands still at 0 ms')
  })
})

describe('determinism', () => {
  const SCENARIOS: readonly { readonly name: string; readonly link: LinkSettings }[] = [
    { name: 'a good link', link: {} },
    { name: 'jitter', link: { jitterMs: 3 } },
    { name: 'one byte at a time', link: { chunkBytes: 1 } },
    { name: 'a slow link with jitter', link: { bytesPerSecond: 5000, jitterMs: 2, chunkBytes: 7 } },
    { name: 'a reset', link: { resetAfterBytes: { toClient: 30 }, jitterMs: 1 } },
    { name: 'a route lost and found', link: { loseRoute: { fromMs: 4, toMs: 400 }, jitterMs: 1 } },
  ]

  const traffic = (link: LinkSettings) => async (world: SimWorld) => {
    world.network.link('a.test', link)
    const talk = async (name: string): Promise<void> => {
      const { stream, heard } = record(await openStream(world, 'a.test', echo, 80))
      for (let i = 0; i < 5; i += 1) {
        stream.write(`${name} ${i} ${world.random.below(1000)}`)
        await world.sleep(world.random.below(4))
      }
      stream.end()
      await heard.untilGone()
      const sum = world.environment.random.bytes(4).reduce((all, byte) => all + byte, 0)
      world.trace.add(world.clock.now(), `${name} heard ${heard.text.length}, drew ${sum}`)
    }
    await Promise.all(['x', 'yy', 'zzz'].map(talk))
  }

  for (const { name, link } of SCENARIOS) {
    test(`equal seeds give equal traces: ${name}`, async () => {
      const [first, again, other] = await Promise.all(
        [11, 11, 12].map((seed) => simulate(seed, traffic(link))),
      )
      expect(again!.trace.lines).toEqual(first!.trace.lines)
      expect(again!.trace.digest()).toBe(first!.trace.digest())
      expect(other!.trace.digest()).not.toBe(first!.trace.digest())
    })
  }

  test('the digest is FNV-1a of 64 bits over the lines', async () => {
    const { trace } = await simulate(1, async (world) => {
      world.trace.add(0, 'a')
      world.trace.add(1.23456, 'b')
    })
    let hash = 0xcbf29ce484222325n
    for (const byte of new TextEncoder().encode('0 a\n1.235 b\n'))
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
    expect(trace.digest()).toBe(hash.toString(16).padStart(16, '0'))
  })

  test('a fork of a generator is not moved by its parent', () => {
    const draws = (extra: number): number[] => {
      const root = new SeededRandom(9)
      const fork = root.fork()
      for (let i = 0; i < extra; i += 1) root.fraction()
      return [fork.fraction(), fork.below(1000), ...fork.bytes(3)]
    }
    expect(draws(0)).toEqual(draws(50))
  })

  test('near seeds give different chance', () => {
    const firsts = Array.from({ length: 100 }, (_, seed) => new SeededRandom(seed).fraction())
    expect(new Set(firsts).size).toBe(100)
    expect(firsts.filter((draw) => draw < 0.5).length).toBeGreaterThan(30)
    expect(firsts.filter((draw) => draw >= 0.5).length).toBeGreaterThan(30)
  })
})

describe('the network', () => {
  test('takes two trips for a dial, and one for bytes', async () => {
    const times = await valueOf(async (world) => {
      world.network.link('a.test', { delayMs: 10 })
      const { stream, heard } = record(await openStream(world, 'a.test', echo))
      const opened = world.clock.now()
      stream.write('x')
      await heard.untilText('x')
      return [opened, world.clock.now()]
    })
    expect(times).toEqual([20, 40])
  })

  test('carries bytes at a rate', async () => {
    const time = await valueOf(async (world) => {
      world.network.link('a.test', { bytesPerSecond: 1000, chunkBytes: 100 })
      const { near, far } = await bothEnds(world)
      near.stream.write(new Uint8Array(500))
      await far.heard.until(() => far.heard.text.length === 500)
      expect(far.heard.pieces).toBe(5)
      return world.clock.now()
    })
    expect(time).toBe(2 + 500 + 1)
  })

  test('carries pieces no larger than chunkBytes', async () => {
    const pieces = await valueOf(async (world) => {
      world.network.link('a.test', { chunkBytes: 1 })
      const { near, far } = await bothEnds(world)
      near.stream.write('hello')
      await far.heard.untilText('hello')
      return far.heard.pieces
    })
    expect(pieces).toBe(5)
  })

  test('spoils a view after the call it was valid in', async () => {
    const kept = await valueOf(async (world) => {
      let view!: Uint8Array
      const { near, far } = await bothEnds(world)
      far.heard.onBytes = (given) => (view = given)
      near.stream.write('abc')
      await far.heard.untilText('abc')
      await world.sleep(1)
      return String.fromCharCode(...view)
    })
    expect(kept).not.toBe('abc')
  })

  test('shows it when written bytes are changed before they are sent', async () => {
    const text = await valueOf(async (world) => {
      const { near, far } = await bothEnds(world)
      const bytes = new TextEncoder().encode('abc')
      near.stream.write(bytes)
      bytes.fill(0x7a)
      await far.heard.until(() => far.heard.text.length === 3)
      return far.heard.text
    })
    expect(text).toBe('zzz')
  })

  test('lets written bytes be changed after drained', async () => {
    const text = await valueOf(async (world) => {
      world.network.link('a.test', { chunkBytes: 1000 })
      const bytes = new TextEncoder().encode('a'.repeat(100_000))
      const { near, far } = await bothEnds(world)
      near.stream.write(bytes)
      await near.heard.untilCall('drained')
      bytes.fill(0x7a)
      await far.heard.until(() => far.heard.text.length === 100_000)
      return far.heard.text
    })
    expect(text).not.toContain('z')
  })

  test('breaks a connection after a number of bytes', async () => {
    const heard = await valueOf(async (world) => {
      world.network.link('a.test', { resetAfterBytes: { toServer: 3 } })
      const { near, far } = await bothEnds(world)
      near.stream.write('hello')
      await near.heard.untilGone()
      return [far.heard.text, far.heard.calls, near.heard.calls]
    })
    expect(heard).toEqual(['hel', ['bytes', 'failed RECV_ERROR'], ['failed RECV_ERROR']])
  })

  test('answers bytes to an end that has closed with a reset', async () => {
    const heard = await valueOf(async (world) => {
      const { near, far } = await bothEnds(world)
      far.stream.write('last words')
      ;(far.stream as SimStream).close()
      await near.heard.untilCall('ended')
      near.stream.write('anybody?')
      await near.heard.untilCall('failed SEND_ERROR')
      return [near.heard.text, near.heard.calls]
    })
    expect(heard).toEqual(['last words', ['bytes', 'ended', 'failed SEND_ERROR']])
  })

  test('resets a connection that is given up with bytes unheard', async () => {
    const calls = await valueOf(async (world) => {
      const { near, far } = await bothEnds(world)
      near.stream.pause()
      far.stream.write('too late')
      await world.sleep(5)
      near.stream.abort()
      await far.heard.untilGone()
      return far.heard.calls
    })
    expect(calls).toEqual(['failed RECV_ERROR'])
  })

  test('keeps what is sent into a lost route until it is back', async () => {
    const time = await valueOf(async (world) => {
      world.network.link('a.test', { loseRoute: { fromMs: 2.5, toMs: 500 } })
      const { near, far } = await bothEnds(world)
      near.stream.write('x')
      await far.heard.untilText('x')
      return world.clock.now()
    })
    expect(time).toBe(501)
  })

  test('goes on with what waits for a route that is mended by hand', async () => {
    const text = await valueOf(async (world) => {
      const { near, far } = await bothEnds(world)
      world.network.link('a.test', { loseRoute: { fromMs: 0 } })
      near.stream.write('x')
      const dialling = openStream(world, 'a.test', () => {}, 81)
      await world.sleep(1000)
      expect(far.heard.calls).toEqual([])
      world.network.link('a.test', { loseRoute: undefined })
      await far.heard.untilText('x')
      record(await dialling)
      return far.heard.text
    })
    expect(text).toBe('x')
  })

  test('loses what was under way when the route went', async () => {
    const time = await valueOf(async (world) => {
      world.network.link('a.test', { delayMs: 100 })
      const { near, far } = await bothEnds(world)
      near.stream.write('x')
      world.network.link('a.test', { loseRoute: { fromMs: world.clock.now() + 50, toMs: 1000 } })
      await far.heard.untilText('x')
      return world.clock.now()
    })
    expect(time).toBe(1100)
  })

  test('refuses dials to a host or to a port, and accepts them again', async () => {
    const outcomes = await valueOf(async (world) => {
      const { network } = world
      for (const port of [80, 81]) network.listen('a.test', port, (stream) => void record(stream))
      const attempt = (port: number): Promise<string> =>
        network.dial(at(network.addressesOf('a.test')[0]!, port), DIAL, never()).then(
          () => 'open',
          (error: TransferError) => error.code,
        )
      const all: string[][] = []
      network.refuse('a.test', 80)
      all.push([await attempt(80), await attempt(81)])
      network.refuse('a.test')
      all.push([await attempt(80), await attempt(81)])
      network.accept('a.test')
      network.accept('a.test', 80)
      all.push([await attempt(80), await attempt(81)])
      return [all, network.dials.map(({ outcome }) => outcome)]
    })
    expect(outcomes).toEqual([
      [
        ['COULDNT_CONNECT', 'open'],
        ['COULDNT_CONNECT', 'COULDNT_CONNECT'],
        ['open', 'open'],
      ],
      ['failed', 'open', 'failed', 'failed', 'open', 'open'],
    ])
  })

  test('gives names free addresses, or the ones it is told', async () => {
    const found = await valueOf(async ({ network, environment }) => {
      network.listen('a.test', 80, () => {})
      network.listen('b.test', 80, () => {})
      network.name('C.test.', ['fd00::5', '10.7.7.7'])
      const lookup = async (name: string): Promise<string[]> =>
        (await environment.resolver.lookup(name, 'any')).map(({ address }) => address)
      return [await lookup('a.test'), await lookup('b.test'), await lookup('c.TEST'), network.lookups]
    })
    expect(found).toEqual([['10.0.0.1'], ['10.0.0.2'], ['fd00::5', '10.7.7.7'], 3])
  })

  test('loses a name and finds it again', async () => {
    const outcomes = await valueOf(async ({ network }) => {
      network.name('a.test', ['10.7.7.7'], { delayMs: 30 })
      const attempt = (): Promise<unknown> =>
        network.lookup('a.test', 'any').catch((error: TransferError) => error.code)
      network.loseName('a.test')
      const lost = await attempt()
      network.name('a.test', ['10.7.7.8'])
      return [lost, await attempt()]
    })
    expect(outcomes).toEqual(['COULDNT_RESOLVE_HOST', [{ address: '10.7.7.8', family: 4 }]])
  })

  test('dials Unix domain sockets', async () => {
    const text = await valueOf(async ({ network }) => {
      network.listenUnix('/run/a.sock', (stream) => echo(record(stream)))
      const to: SocketAddress = { family: 'unix', path: '/run/a.sock', abstract: false }
      const { stream, heard } = record(await network.dial(to, DIAL, never()))
      stream.write('hello')
      await heard.untilText('hello')
      return heard.text
    })
    expect(text).toBe('hello')
  })

  test('binds to interfaces and ports, and runs out of them', async () => {
    const locals = await valueOf(async (world) => {
      const { network } = world
      network.client.addInterface('eth7', ['10.8.0.1'])
      network.client.takePort(5000)
      network.listen('a.test', 80, (stream) => void record(stream))
      const to = at(network.addressesOf('a.test')[0]!, 80)
      const bind = async (settings: Partial<DialSettings>): Promise<unknown> =>
        network.dial(to, { ...DIAL, ...settings }, never()).then(
          (stream) => stream.local,
          (error: TransferError) => error.code,
        )
      return [
        await bind({ interfaceName: 'eth7' }),
        await bind({ localPort: 5000, localPortRange: 2 }),
        await bind({ localPort: 5000, localPortRange: 2 }),
      ]
    })
    expect(locals).toEqual([
      { family: 4, address: '10.8.0.1', port: 49152 },
      { family: 4, address: '192.168.0.2', port: 5001 },
      'INTERFACE_FAILED',
    ])
  })

  test('counts the connections that the client has open', async () => {
    const counts = await valueOf(async (world) => {
      const first = await openStream(world, 'a.test')
      const second = await openStream(world, 'a.test', () => {}, 81)
      const before = world.network.openConnections
      first.abort()
      second.abort()
      return [before, world.network.openConnections]
    })
    expect(counts).toEqual([2, 0])
  })
})

async function valueOf<T>(body: (world: SimWorld) => Promise<T>): Promise<T> {
  return (await simulate(5, body)).value
}

/** The message with which a simulation fails. */
async function failure(body: (world: SimWorld) => Promise<unknown>): Promise<string> {
  return simulate(5, body).then(
    () => 'did not fail',
    (error: Error) => error.message,
  )
}

/** Listens at a host, unless somebody does, and dials it. `serve` gets the server's end. */
async function openStream(
  world: SimWorld,
  host: string,
  serve: (far: RecordedStream<SimStream>) => void = () => {},
  port = 80,
): Promise<SimStream> {
  const { network } = world
  try {
    network.listen(host, port, (stream) => serve(record(stream)))
  } catch {
    // Listening already.
  }
  return network.dial(at(network.addressesOf(host)[0]!, port), DIAL, never())
}

async function bothEnds(
  world: SimWorld,
): Promise<{ near: RecordedStream<SimStream>; far: RecordedStream<SimStream> }> {
  let far!: RecordedStream<SimStream>
  const near = record(await openStream(world, 'a.test', (end) => (far = end)))
  return { near, far }
}

function echo({ stream, heard }: RecordedStream<SimStream>): void {
  heard.onBytes = (view) => stream.write(view.slice())
  void heard.untilCall('ended').then(() => stream.end())
}

function at(address: string, port: number): SocketAddress {
  return { family: 4, address, port }
}
