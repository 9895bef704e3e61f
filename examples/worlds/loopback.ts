/**
 * Runs an example over real sockets without a network: its servers are Node's own, on loopback, and the names it
 * uses lead there.
 *
 * The rule: everything else is Node's own. Since the outside world comes as ports, sending names elsewhere
 * takes two of them, and nothing in the engine or in the example knows.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { TransferError, type Dialer, type Environment, type Resolver } from '@trunkline/core'
import { makeNodeEnvironment } from '@trunkline/core/node'
import type { Answer, Asked, Example, Print } from './servers.ts'

export async function runOnLoopback(example: Example, print: Print): Promise<void> {
  const started: Server[] = []
  const sockets = new Set<Socket>()
  const ports = new Map<string, number>()
  try {
    for (const [origin, answer] of Object.entries(example.servers ?? {})) {
      const server =
        example.speaksHttp2 === true
          ? createHttp2Server((request, response) => void respond(answer, request, response))
          : createHttpServer((request, response) => void respond(answer, request, response))
      server.on('connection', (socket: Socket) => sockets.add(socket))
      started.push(server)
      await once(server.listen(0, '127.0.0.1'), 'listening')
      ports.set(new URL(origin).hostname, (server.address() as AddressInfo).port)
    }
    await example.main(environmentTo(ports), print)
  } finally {
    for (const server of started) server.close()
    for (const socket of sockets) socket.destroy()
  }
}

async function respond(
  answer: (asked: Asked) => Answer,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): Promise<void> {
  const writable: Writable = response
  let hasClosed = false
  writable.once('close', () => (hasClosed = true))
  const { method = 'GET', url = '/' } = request
  const {
    status = 200,
    headers = {},
    body = '',
    trailers,
    afterMs = 0,
  } = answer({
    method,
    path: url,
    headers: request.headers as Asked['headers'],
    body: await buffer(request),
  })
  // Whoever waits longer than the example runs keeps nothing alive.
  if (afterMs > 0) await sleep(afterMs, undefined, { ref: false })
  if (hasClosed) return
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  // In HTTP/1.1 only chunked bodies have trailers.
  if (trailers === undefined) response.setHeader('content-length', Buffer.byteLength(body))
  else {
    response.setHeader('trailer', Object.keys(trailers).join(', '))
    response.addTrailers(trailers)
  }
  writable.end(body)
}

/** Node's environment, in which each name has an address of its own that leads to the name's port here. */
function environmentTo(ports: ReadonlyMap<string, number>): Environment {
  const node = makeNodeEnvironment()
  const addresses = new Map([...ports.keys()].map((host, index) => [host, `10.0.0.${index + 1}`]))
  const places = new Map([...ports].map(([host, port]) => [addresses.get(host), port]))

  const resolver: Resolver = {
    async lookup(name) {
      const address = addresses.get(name)
      if (address === undefined)
        throw new TransferError('COULDNT_RESOLVE_HOST', `could not resolve host: ${name}`, { host: name })
      return [{ address, family: 4 }]
    },
  }
  const dialer: Dialer = {
    async dial(to, settings, signal) {
      const port = to.family === 4 ? places.get(to.address) : undefined
      if (port === undefined) throw new TransferError('COULDNT_CONNECT', 'nobody is there')
      return await node.dialer.dial({ family: 4, address: '127.0.0.1', port }, settings, signal)
    },
  }
  return { ...node, resolver, dialer }
}
