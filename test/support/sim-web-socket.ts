/** What tests of WebSockets in the simulated world share. */
import { expect } from 'vitest'
import type {
  EasyOptions,
  MessageData,
  TransferError,
  WebSocketConnection,
  WebSocketInit,
} from '@trunkline/core'
import { simulate, type SimHandler, type SimWebSocket, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

/** A server that sends back what it gets. */
export const echo: SimHandler = (exchange) => {
  const socket: SimWebSocket = exchange.webSocket({ onMessage: (data) => socket.send(data) })
}

/** The code of a failure, or what came instead. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (value) => value,
    (error: TransferError) => error.code,
  )
}

/** The messages to the end. */
export async function all(socket: WebSocketConnection): Promise<MessageData[]> {
  const messages: MessageData[] = []
  for await (const message of socket) messages.push(message)
  return messages
}

/** Opens a WebSocket to a server that does as `handler` says; afterwards nothing is left open. */
export async function withSocket<T>(
  handler: SimHandler,
  body: (socket: WebSocketConnection, easy: Easy, world: SimWorld) => Promise<T>,
  options: EasyOptions = {},
  init: WebSocketInit = {},
): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    world.origin('ws://a.test', handler)
    world.network.link('a.test', { delayMs: 5 })
    const easy = new Easy({ url: 'ws://a.test/chat', environment: world.environment, ...options })
    try {
      return await body(await easy.webSocket(init), easy, world)
    } finally {
      await easy.close()
      expect(world.network.openConnections).toBe(0)
    }
  })
  return value
}
