/**
 * node:http2 within the test's own process: the app of the other servers, without a proxy.
 *
 * The rule: sessions and sockets are kept count of, so that all can be told to go away and none outlives the server.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from './app.ts'
import { writeDocuments } from './documents.ts'
import { freePorts } from './program.ts'
import type { H2Server, H2ServerKind, H2ServerSettings } from './server.ts'

export const nodeHttp2: H2ServerKind = {
  name: 'node-http2',
  package: undefined,
  limits: { maxConcurrentStreams: true, requestsPerConnection: true },
  passes: { trailers: true, earlyHints: true, manyFields: true, duplex: true },
  origins: ['https', 'http2Clear'],
  canReload: true,
  goesOnAfterUpgrade: false,
  isInstalled: () => true,
  start,
}

async function start(settings: H2ServerSettings): Promise<H2Server> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-node-http2-'))
  const root = join(folder, 'root')
  mkdirSync(root)
  writeDocuments(root)
  settings.fill?.(root)

  const app = new App(root)
  const options = {
    settings:
      settings.maxConcurrentStreams === undefined
        ? {}
        : { maxConcurrentStreams: settings.maxConcurrentStreams },
  }
  const secure = createSecureServer({ ...options, cert: settings.cert, key: settings.key, allowHTTP1: true })
  const clear = createServer(options)
  const servers = [secure, clear]
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  for (const server of servers) {
    serve(server, app, settings.requestsPerConnection ?? Infinity)
    keepCount(server, 'session', sessions)
    keepCount(server, 'connection', sockets)
    server.on('sessionError', () => undefined)
  }
  // Ports that nobody is given by chance, so that they are free when it comes back to them.
  const [securePort = 0, clearPort = 0] = await freePorts(2)
  const begin = async (): Promise<void> => {
    await once(secure.listen(securePort, '127.0.0.1'), 'listening')
    await once(clear.listen(clearPort, '127.0.0.1'), 'listening')
  }
  const end = async (): Promise<void> => {
    const closed = servers.map(async (server) => {
      server.close()
      await once(server, 'close')
    })
    // Not the sessions: one may come only after its connection.
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  await begin()
  return {
    name: nodeHttp2.name,
    https: `https://127.0.0.1:${securePort}`,
    http2Clear: `http://127.0.0.1:${clearPort}`,
    h2cUpgrade: undefined,
    http1Clear: undefined,
    takesUploads: true,
    app,
    async reload() {
      for (const session of sessions) session.close()
    },
    async restart() {
      await end()
      await begin()
    },
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function serve(server: Http2Server | Http2SecureServer, app: App, requestsPerConnection: number): void {
  const counts = new WeakMap<object, number>()
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    app.answer(request, response)
    const { session } = request.stream ?? {}
    if (session === undefined) return
    const count = (counts.get(session) ?? 0) + 1
    counts.set(session, count)
    if (count === requestsPerConnection) session.close()
  })
}

function keepCount<T extends ServerHttp2Session | Socket>(
  server: Http2Server | Http2SecureServer,
  event: 'session' | 'connection',
  all: Set<T>,
): void {
  server.on(event, (one: T) => {
    all.add(one)
    one.once('close', () => all.delete(one))
    // Peers that go away are part of what is tested.
    one.on('error', () => undefined)
  })
}
