/**
 * The embedded origin: the site over http, over https and over HTTP/2, on loopback, with ports of the system's
 * choice.
 *
 * The rule: the first two speak HTTP/1.1 only, as they always did, so that their figures stay comparable.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type OutgoingHttpHeaders, type RequestListener } from 'node:http'
import { createSecureServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { selfSignedForLoopback } from './certificate.ts'
import { pageAt } from './site.ts'

/** Where an origin listens. */
export interface OriginAddress {
  readonly http: string
  readonly https: string
  /** Over TLS, for clients of HTTP/2 and of HTTP/1.1. */
  readonly http2: string
  /** The root to trust, PEM. */
  readonly ca: string
}

export interface Origin extends OriginAddress {
  close(): void
}

/** As Apache's MaxKeepAliveRequests has it: so even here servers close connections, and nothing may be lost by it. */
const REQUESTS_PER_CONNECTION = 100

export async function startOrigin(pages: number): Promise<Origin> {
  const credentials = selfSignedForLoopback()
  const answer: RequestListener = ({ url }, response) => {
    const { status, fields, body } = answerTo(url, pages)
    response.writeHead(status, fields).end(body)
  }
  const http = createHttpServer(answer)
  const https = createHttpsServer(credentials, answer)
  for (const server of [http, https]) server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  const http2 = createHttp2Server({ ...credentials, allowHTTP1: true }, ({ url }, response) => {
    const { status, fields, body } = answerTo(url, pages)
    response.writeHead(status, fields).end(body)
  })
  const servers: readonly Server[] = [http, https, http2]
  const sockets = new Set<Socket>()
  for (const server of servers) {
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  const [httpPort, httpsPort, http2Port] = await Promise.all(servers.map(listen))
  return {
    http: `http://127.0.0.1:${httpPort}/`,
    https: `https://127.0.0.1:${httpsPort}/`,
    http2: `https://127.0.0.1:${http2Port}/`,
    ca: credentials.cert,
    close() {
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function answerTo(path = '', pages: number): { status: number; fields: OutgoingHttpHeaders; body: string } {
  const page = pageAt(path, pages)
  const body = page ?? 'no such page\n'
  const fields = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': Buffer.byteLength(body) }
  return { status: page === undefined ? 404 : 200, fields, body }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
