/** WebSockets in the simulated world: messages either way, pings, closes and deadlines. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, MessageData, WebSocketConnection, WebSocketInit } from '@trunkline/core'
import { simulate, type SimHandler, type SimWebSocket } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { all, codeOf, echo, withSocket } from '../support/sim-web-socket.ts'
import { CLOSE, CONTINUATION, PING, TEXT, closing, frame } from '../support/web-socket-frames.ts'

describe('messages', () => {
  test('of all kinds and sizes come back', async () => {
    const sent = [
      '',
      'text',
      'grüße €',
      'x'.repeat(70_000),
      new Uint8Array(0),
      new Uint8Array(200).fill(7),
      new Uint8Array(70_000),
    ]
    await withSocket(echo, async (socket) => {
      for (const message of sent) socket.send(message)
      const got: unknown[] = []
      while (got.length < sent.length) got.push(await socket.recv())
      expect(got).toEqual(sent)
    })
  })

  test('in fragments', async () => {
    await withSocket(echo, async (socket) => {
      socket.sendFragment('a', false)
      socket.ping()
      socket.sendFragment('b', false)
      socket.sendFragment('', true)
      expect(await socket.recv()).toBe('ab')
    })
  })

  test('go to onMessage, which may hold them back', async () => {
    const got: MessageData[] = []
    const onMessage = (data: MessageData) => {
      got.push(data)
      return got.length % 2 === 0 ? 'pause' : undefined
    }
    const handler: SimHandler = (exchange) => {
      const socket = exchange.webSocket()
      for (let i = 0; i < 5; i += 1) socket.send(String(i))
      socket.close(1000)
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        expect(await codeOf(socket.recv())).toBe('BAD_FUNCTION_ARGUMENT')
        const seen: number[] = []
        for (let i = 0; i < 3; i += 1) {
          await world.sleep(50)
          seen.push(got.length)
          socket.resume()
        }
        expect([seen, got]).toEqual([
          [2, 4, 5],
          ['0', '1', '2', '3', '4'],
        ])
        expect(await socket.closed).toMatchObject({ code: 1000, isClean: true, error: undefined })
      },
      {},
      { onMessage },
    )
  })

  test('pause() and resume() hold messages of one read apart', async () => {
    const got: MessageData[] = []
    const handler: SimHandler = (exchange) => {
      const frames = ['a', 'b', 'c'].map((payload) => frame({ opcode: TEXT, payload }))
      exchange.webSocket({ behind: Buffer.concat(frames) })
    }
    let held: WebSocketConnection | undefined
    const onMessage = (data: MessageData): void => {
      got.push(data)
      held?.pause()
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        held = socket
        await world.sleep(20)
        expect(got).toEqual(['a', 'b', 'c'])
      },
      {},
      { onMessage: (data) => void got.push(data) },
    )
    got.length = 0
    await withSocket(
      (exchange) => {
        const socket = exchange.webSocket({ onMessage: () => handlerFrames(socket) })
      },
      async (socket, _easy, world) => {
        held = socket
        socket.send('go')
        const seen: string[] = []
        for (let i = 0; i < 4; i += 1) {
          await world.sleep(20)
          seen.push(got.join(''))
          socket.resume()
        }
        expect(seen).toEqual(['a', 'ab', 'abc', 'abc'])
      },
      {},
      { onMessage },
    )
    function handlerFrames(socket: SimWebSocket): void {
      socket.write(Buffer.concat(['a', 'b', 'c'].map((payload) => frame({ opcode: TEXT, payload }))))
    }
  })

  test('go to onPiece ungathered, with what is known of their frames', async () => {
    const got: unknown[] = []
    const handler: SimHandler = (exchange) => {
      const socket = exchange.webSocket()
      socket.write(frame({ opcode: TEXT, payload: 'abcdef', fin: false }))
      socket.ping('p')
      socket.write(frame({ opcode: CONTINUATION, payload: 'g' }))
      socket.close(1000)
    }
    const init: WebSocketInit = {
      onPiece: (bytes, { type, isContinuation, isFinal, offset, length, bytesLeft }) => {
        got.push([Buffer.from(bytes).toString(), type, isContinuation, isFinal, offset, length, bytesLeft])
      },
      onPing: (bytes) => got.push(['ping', Buffer.from(bytes).toString()]),
      maxMessageBytes: 1,
    }
    await withSocket(handler, (socket) => socket.closed, {}, init)
    expect(got).toEqual([
      ['abcdef', 'text', false, false, 0, 6, 0],
      ['ping', 'p'],
      ['g', 'text', true, true, 0, 1, 0],
    ])
  })

  test('are copies of what was received, and bytes of their own', async () => {
    await withSocket(echo, async (socket) => {
      socket.send(new Uint8Array([1, 2, 3]))
      const first = (await socket.recv()) as Uint8Array
      socket.send(new Uint8Array([4, 5, 6]))
      await socket.recv()
      expect([...first]).toEqual([1, 2, 3])
      expect(first.buffer.byteLength).toBe(3)
    })
  })

  test('that are not taken are not received', async () => {
    const handler: SimHandler = (exchange) => {
      const socket = exchange.webSocket()
      for (let i = 0; i < 100; i += 1) socket.send('x'.repeat(10_000))
      socket.close(1000)
    }
    await withSocket(handler, async (socket, easy, world) => {
      await world.sleep(1_000)
      expect(easy.info!.sizeDownload).toBeLessThan(300_000)
      const messages = await all(socket)
      expect([messages.length, (await socket.closed).isClean]).toEqual([100, true])
    })
  })

  test('send() tells when there is no more room, and drained() when there is', async () => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.pause()
    }
    await withSocket(handler, async (socket, _easy, world) => {
      let count = 0
      while (socket.send(new Uint8Array(10_000))) count += 1
      expect(count).toBeLessThan(20)
      let hasRoom = false
      const room = socket.drained().then(() => (hasRoom = true))
      await world.sleep(100)
      expect(hasRoom).toBe(false)
      server!.resume()
      await room
      expect(socket.send('more')).toBe(true)
      await socket.drained()
      await world.sleep(100)
      expect(server!.messages.length).toBe(count + 2)
    })
  })

  test('one that is too long ends it; the server is told', async () => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.send('12345')
      server.send('123456')
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        expect(await socket.recv()).toBe('12345')
        await expect(socket.recv()).rejects.toMatchObject({
          code: 'TOO_LARGE',
          details: { limit: 5, size: 6, closeCode: 1009 },
        })
        expect(await socket.closed).toMatchObject({
          code: 1009,
          isClean: false,
          error: { code: 'TOO_LARGE' },
        })
        await world.sleep(50)
        expect(server!.closed).toEqual({ code: 1009, reason: '' })
      },
      {},
      { maxMessageBytes: 5 },
    )
  })

  test('a callback that throws ends it', async () => {
    for (const init of [
      {
        onMessage: () => {
          throw new Error('mine')
        },
      },
      {
        onPiece: () => {
          throw new Error('mine')
        },
      },
      {
        onPing: () => {
          throw new Error('mine')
        },
      },
    ] satisfies WebSocketInit[]) {
      const handler: SimHandler = (exchange) => {
        const socket = exchange.webSocket()
        socket.ping()
        socket.send('x')
      }
      await withSocket(
        handler,
        async (socket) => {
          const { error } = await socket.closed
          expect(error).toMatchObject({ code: 'WRITE_ERROR', phase: 'deliver' })
          expect(error!.message).toContain('mine')
        },
        {},
        init,
      )
    }
  })
})

describe('pings', () => {
  test('are answered, and told', async () => {
    let server: SimWebSocket | undefined
    const told: string[] = []
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.ping('one')
      server.ping('two')
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        socket.ping('mine')
        await world.sleep(100)
        expect(server!.pongs.map((bytes) => Buffer.from(bytes).toString())).toEqual(['one', 'two'])
        expect(told).toEqual(['ping one', 'ping two', 'pong mine'])
      },
      {},
      {
        onPing: (bytes) => told.push(`ping ${Buffer.from(bytes).toString()}`),
        onPong: (bytes) => told.push(`pong ${Buffer.from(bytes).toString()}`),
      },
    )
  })

  test('are left to the user with wsNoAutoPong', async () => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.ping('x')
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        await world.sleep(50)
        expect(server!.pongs).toEqual([])
        socket.pong('x')
        await world.sleep(50)
        expect(server!.pongs).toHaveLength(1)
      },
      { wsNoAutoPong: true },
    )
  })
})

describe('the close', () => {
  test('of ours is answered', async () => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
    }
    await withSocket(handler, async (socket) => {
      socket.send('last')
      expect(await socket.close(3001, 'done')).toEqual({
        code: 3001,
        reason: '',
        isClean: true,
        error: undefined,
      })
      expect([server!.messages, server!.closed]).toEqual([['last'], { code: 3001, reason: 'done' }])
      expect(await socket.recv()).toBeUndefined()
      expect(await socket.close()).toMatchObject({ code: 3001 })
      expect(() => socket.send('late')).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
    })
  })

  test.each([
    [1001, 'going', { code: 1001, reason: 'going' }],
    [undefined, undefined, { code: 1005, reason: '' }],
  ])('of the server: %s %s', async (code, reason, told) => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.send('bye')
      server.close(code, reason)
    }
    await withSocket(handler, async (socket, easy, world) => {
      expect(await all(socket)).toEqual(['bye'])
      expect(await socket.closed).toEqual({ ...told, isClean: true, error: undefined })
      await world.sleep(50)
      expect(server!.closed!.code).toBe(told.code)
      // The handle is free.
      await (await easy.webSocket()).close()
    })
  })

  test('waits ten seconds for the answer', async () => {
    const handler: SimHandler = (exchange) => void exchange.webSocket().pause()
    await withSocket(handler, async (socket, _easy, world) => {
      const begun = world.clock.now()
      expect(await socket.close()).toEqual({ code: 1006, reason: '', isClean: false, error: undefined })
      expect(world.clock.now() - begun).toBe(10_000)
    })
  })

  test('comes through, though nobody takes what is before it', async () => {
    const handler: SimHandler = (exchange) => {
      const socket = exchange.webSocket()
      for (let i = 0; i < 100; i += 1) socket.send('x'.repeat(10_000))
    }
    await withSocket(handler, async (socket, _easy, world) => {
      await world.sleep(1_000)
      expect(await socket.close()).toMatchObject({ code: 1000, isClean: true })
    })
  })

  test('an end without it is told, and is a failure in the middle of a message', async () => {
    const atBorder: SimHandler = (exchange) => {
      const socket = exchange.webSocket()
      socket.send('whole')
      socket.end()
    }
    await withSocket(atBorder, async (socket) => {
      expect(await all(socket)).toEqual(['whole'])
      expect(await socket.closed).toEqual({ code: 1006, reason: '', isClean: false, error: undefined })
    })
    for (const bytes of [
      frame({ opcode: TEXT, payload: 'whole' }).subarray(0, 1),
      frame({ opcode: TEXT, payload: 'whole' }).subarray(0, 4),
      frame({ opcode: TEXT, payload: 'part', fin: false }),
    ])
      await withSocket(
        (exchange) => {
          const socket = exchange.webSocket()
          socket.write(bytes)
          socket.end()
        },
        async (socket) => {
          expect(await codeOf(socket.recv())).toBe('PARTIAL_FILE')
          expect(await socket.closed).toMatchObject({
            code: 1006,
            isClean: false,
            error: { code: 'PARTIAL_FILE' },
          })
        },
      )
  })

  test('a reset is a failure, after all that had come was taken', async () => {
    const handler: SimHandler = (exchange) => {
      const { connection } = exchange
      const socket = exchange.webSocket()
      socket.send('before')
      exchange.sleep(20).then(() => connection.reset())
    }
    await withSocket(handler, async (socket, _easy, world) => {
      await world.sleep(100)
      expect(await socket.recv()).toBe('before')
      expect(await codeOf(socket.recv())).toBe('RECV_ERROR')
      expect(await codeOf(socket.drained())).toBe('RECV_ERROR')
      expect(await socket.closed).toMatchObject({ code: 1006, isClean: false, error: { code: 'RECV_ERROR' } })
    })
  })

  test.each([
    ['a broken rule', frame({ opcode: TEXT, rsv: 4, payload: 'x' }), 'WEIRD_SERVER_REPLY', 1002],
    ['a masked frame', frame({ opcode: TEXT, payload: 'x', mask: [1, 2, 3, 4] }), 'WEIRD_SERVER_REPLY', 1002],
    ['broken text', frame({ opcode: TEXT, payload: Buffer.from([0xc0]) }), 'WEIRD_SERVER_REPLY', 1007],
    ['a forbidden close', frame({ opcode: CLOSE, payload: closing(1006) }), 'WEIRD_SERVER_REPLY', 1002],
    [
      'a long ping',
      frame({ opcode: PING, lengthBytes: 2, payload: 'x'.repeat(126) }),
      'WEIRD_SERVER_REPLY',
      1002,
    ],
  ])('%s ends it, and the server is told', async (_what, bytes, code, closeCode) => {
    let server: SimWebSocket | undefined
    const handler: SimHandler = (exchange) => {
      server = exchange.webSocket()
      server.send('before')
      server.write(bytes)
    }
    await withSocket(handler, async (socket, _easy, world) => {
      expect(await socket.recv()).toBe('before')
      await expect(socket.recv()).rejects.toMatchObject({ code, details: { closeCode } })
      expect(await socket.closed).toMatchObject({ code: closeCode, isClean: false, error: { code } })
      await world.sleep(50)
      expect(server!.closed).toEqual({ code: closeCode, reason: '' })
    })
  })
})

describe('deadlines and aborts', () => {
  test.each<readonly [string, EasyOptions, string]>([
    ['timeoutMs', { timeoutMs: 500 }, 'total'],
    ['idleTimeoutMs', { idleTimeoutMs: 200 }, 'idle'],
  ])('%s', async (_what, options, deadline) => {
    await withSocket(
      (exchange) => void exchange.webSocket(),
      async (socket) => {
        await expect(socket.recv()).rejects.toMatchObject({
          code: 'OPERATION_TIMEDOUT',
          details: { deadline },
        })
      },
      options,
    )
  })

  test('idleTimeoutMs is put off by messages either way', async () => {
    const handler: SimHandler = async (exchange) => {
      const socket = exchange.webSocket()
      for (let i = 0; i < 5; i += 1) {
        await exchange.sleep(150)
        socket.send('x')
      }
    }
    await withSocket(
      handler,
      async (socket, _easy, world) => {
        for (let i = 0; i < 5; i += 1) expect(await socket.recv()).toBe('x')
        for (let i = 0; i < 5; i += 1) {
          await world.sleep(150)
          socket.send('x')
        }
      },
      { idleTimeoutMs: 200 },
    )
  })

  test('firstByteTimeoutMs bounds the wait for the 101, and nothing behind it', async () => {
    await withSocket(
      (exchange) => void exchange.webSocket(),
      async (socket, _easy, world) => {
        await world.sleep(5_000)
        await socket.close()
      },
      { firstByteTimeoutMs: 100 },
    )
    await simulate(1, async (world) => {
      world.origin('ws://a.test', () => undefined)
      await using easy = new Easy({
        url: 'ws://a.test/',
        environment: world.environment,
        firstByteTimeoutMs: 100,
      })
      expect(await codeOf(easy.webSocket())).toBe('OPERATION_TIMEDOUT')
    })
  })

  test('a signal, abort() and close() of the handle end it at once', async () => {
    for (const end of [
      (_easy: Easy, abort: AbortController) => abort.abort(),
      (easy: Easy) => easy.abort(),
      (easy: Easy) => void easy.close(),
    ]) {
      const abort = new AbortController()
      await withSocket(
        echo,
        async (socket, easy) => {
          end(easy, abort)
          expect(await codeOf(socket.recv())).toBe('ABORTED_BY_CALLBACK')
          expect(await socket.closed).toMatchObject({ code: 1006, error: { code: 'ABORTED_BY_CALLBACK' } })
          expect(() => socket.send('x')).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
        },
        { signal: abort.signal },
      )
    }
  })
})
