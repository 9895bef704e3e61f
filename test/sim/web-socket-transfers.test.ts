/** WebSockets run as transfers are: messages to the write function; and links that fail at any point. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWebSocket, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { codeOf } from '../support/sim-web-socket.ts'
import { TEXT, frame } from '../support/web-socket-frames.ts'

describe('as a transfer', () => {
  const talker: SimHandler = (exchange) => {
    const socket = exchange.webSocket()
    socket.send('one')
    socket.ping('p')
    socket.sendFragment(new Uint8Array([0x74]), false)
    socket.sendFragment(new Uint8Array([0x77, 0x6f]), true)
    socket.send('')
    socket.close(1000)
  }

  async function run(
    body: (easy: Easy, world: SimWorld) => Promise<void>,
    options: EasyOptions = {},
  ): Promise<void> {
    await simulate(1, async (world) => {
      world.origin('ws://a.test', talker)
      await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment, ...options })
      await body(easy, world)
    })
  }

  test('messages go to the write function, with what is known of their frames', async () => {
    const got: unknown[] = []
    await run(async (easy) => {
      easy.set({
        writeFunction: (bytes) => {
          const { type, isFinal } = easy.frameMeta!
          got.push([Buffer.from(bytes).toString(), type, isFinal])
        },
      })
      const result = await easy.perform()
      expect([result.status, result.body.length, easy.frameMeta]).toEqual([101, 0, undefined])
    })
    expect(got).toEqual([
      ['one', 'text', true],
      ['t', 'binary', false],
      ['wo', 'binary', true],
      ['', 'text', true],
    ])
  })

  test('are collected, or streamed', async () => {
    await run(async (easy) => {
      expect((await easy.perform()).text()).toBe('onetwo')
      const { status, body } = await easy.stream()
      let text = ''
      for await (const bytes of body) text += Buffer.from(bytes).toString()
      expect([status, text]).toEqual([101, 'onetwo'])
    })
  })

  test('the write function may pause within a read', async () => {
    await run(async (easy, world) => {
      const got: string[] = []
      easy.set({
        writeFunction: (bytes) => {
          got.push(Buffer.from(bytes).toString())
          return 'pause'
        },
      })
      const running = easy.perform()
      const seen: number[] = []
      for (let i = 0; i < 4; i += 1) {
        await world.sleep(10)
        seen.push(got.length)
        easy.resume()
      }
      await running
      expect([seen, got]).toEqual([
        [1, 2, 3, 4],
        ['one', 't', 'wo', ''],
      ])
    })
  })

  test('a ping that is not answered is delivered', async () => {
    await run(
      async (easy) => {
        expect((await easy.perform()).text()).toBe('oneptwo')
      },
      { wsNoAutoPong: true },
    )
  })

  test('wsRawMode delivers frames', async () => {
    const ends: SimHandler = (exchange) => {
      const socket = exchange.webSocket({ behind: frame({ opcode: TEXT, payload: 'x' }) })
      socket.end()
    }
    await simulate(1, async (world) => {
      world.origin('ws://a.test', ends)
      await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment, wsRawMode: true })
      expect(Buffer.from((await easy.perform()).body).equals(frame({ opcode: TEXT, payload: 'x' }))).toBe(
        true,
      )
    })
  })

  test('a broken rule, and a write function that throws, end it', async () => {
    await simulate(1, async (world) => {
      let server: SimWebSocket | undefined
      world.origin('ws://a.test', (exchange) => {
        server = exchange.webSocket()
        server.write(frame({ opcode: 3 }))
      })
      await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment })
      expect(await codeOf(easy.perform())).toBe('WEIRD_SERVER_REPLY')
      await world.sleep(10)
      expect(server!.closed).toEqual({ code: 1002, reason: '' })
    })
    await run(
      async (easy) => {
        await expect(easy.perform()).rejects.toMatchObject({
          code: 'WRITE_ERROR',
          message: expect.stringContaining('mine'),
        })
      },
      {
        writeFunction: () => {
          throw new Error('mine')
        },
      },
    )
  })
})

describe('faults', () => {
  /** A talk with some of everything; answers what each side knows of its end. */
  async function talk(world: SimWorld, options: EasyOptions = {}): Promise<readonly [string, number]> {
    const handler: SimHandler = (exchange) => {
      const socket: SimWebSocket = exchange.webSocket({ onMessage: (data) => socket.send(data) })
      socket.ping('p')
    }
    world.origin('ws://a.test', handler)
    const easy = new Easy({ url: 'ws://a.test/', environment: world.environment, ...options })
    let told: string
    try {
      const socket = await easy.webSocket()
      socket.send('x'.repeat(300))
      socket.sendFragment(new Uint8Array(10), false)
      socket.sendFragment(new Uint8Array(10), true)
      const got = [await socket.recv(), await socket.recv()]
      const { code, isClean } = await socket.close()
      const lengths = got.map((data) => data?.length).join()
      told = lengths === '300,20' ? `${code} ${isClean}` : `got ${lengths}`
    } catch (error) {
      told = (error as TransferError).code
      if (told === undefined) throw error
    }
    expect(easy.handle.isRunning).toBe(false)
    await easy.close()
    await world.sleep(10)
    expect(world.network.openConnections).toBe(0)
    return [told, world.clock.now()]
  }

  test.each([1, 2, 5, 64])('in pieces of %i bytes it is all the same', async (chunkBytes) => {
    await simulate(chunkBytes, async (world) => {
      world.network.link('a.test', { chunkBytes, delayMs: 1, jitterMs: 0.5 })
      expect((await talk(world))[0]).toBe('1000 true')
    })
  })

  test.each(['toServer', 'toClient'] as const)(
    'a link that breaks after any number of bytes %s',
    async (direction) => {
      const seen = new Set<string>()
      for (let count = 0; count < 900; count += 7) {
        await simulate(1, async (world) => {
          world.network.link('a.test', { delayMs: 1, resetAfterBytes: { [direction]: count } })
          seen.add((await talk(world))[0])
        })
      }
      // All fail by the link, until all has got through; an answer that was cut counts as unclean.
      expect(
        [...seen].filter(
          (told) => !/^(RECV_ERROR|SEND_ERROR|undefined|1000 true|1006 false|TypeError.*)$/.test(told),
        ),
      ).toEqual([])
      expect(seen.has('1000 true')).toBe(true)
      expect(seen.has('RECV_ERROR')).toBe(true)
    },
  )

  test('aborted at any step, nothing is left', async () => {
    const delay = { delayMs: 1, jitterMs: 0.3 }
    const { value: whole } = await simulate(1, async (world) => {
      world.network.link('a.test', delay)
      return (await talk(world))[1]
    })
    expect(whole).toBeGreaterThan(5)
    const seen = new Set<string>()
    for (let at = 0; at <= whole; at += 0.5)
      await simulate(1, async (world) => {
        world.network.link('a.test', delay)
        const abort = new AbortController()
        world.clock.at(at, () => abort.abort())
        seen.add((await talk(world, { signal: abort.signal }))[0])
      })
    expect([...seen].sort()).toEqual(['1000 true', '1006 false', 'ABORTED_BY_CALLBACK'])
  })
})
