/**
 * Runs an example over real sockets without a network: its servers are node:http servers on loopback, and the
 * names it uses lead there.
 *
 * The rule: everything else is Node's own. Since the outside world comes as ports, sending names elsewhere
 * takes two of them, and nothing in the engine or in the example knows.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { TransferError, type Dialer, type Environment, type Resolver } from '@trunkline/core'
import { makeNodeEnvironment } from '@trunkline/core/node'
import type { Answer, Asked, Example, Print } from './servers.ts'

export async function runOnLoopback(example: Example, print: Print): Promise<void> {
  const started: Server[] = []
  const ports = new Map<string, number>()
  try {
    for (const [origin, answer] of Object.entries(example.servers ?? {})) {
      const server = createServer((request, response) => void respond(answer, request, response))
      started.push(server)
      await once(server.listen(0, '127.0.0.1'), 'listening')
      ports.set(new URL(origin).hostname, (server.address() as AddressInfo).port)
    }
    await example.main(environmentTo(ports), print)
  } finally {
    for (const server of started) {
      server.close()
      server.closeAllConnections()
    }
  }
}

async function respond(
  answer: (asked: Asked) => Answer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request
  const {
    status = 200,
    headers,
    body = '',
    afterMs = 0,
  } = answer({
    method,
    path: url,
    body: await buffer(request),
  })
  // Whoever waits longer than the example runs keeps nothing alive.
  if (afterMs > 0) await sleep(afterMs, undefined, { ref: false })
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
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
