/** The embedded origin: the site over http and over https, on loopback, with ports of the system's choice. */
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSignedForLoopback } from './certificate.ts'
import { pageAt } from './site.ts'

/** Where an origin listens. */
export interface OriginAddress {
  readonly http: string
  readonly https: string
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
  const answer: RequestListener = (request, response) => {
    const page = pageAt(request.url ?? '', pages)
    const body = page ?? 'no such page\n'
    response.writeHead(page === undefined ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
    })
    response.end(body)
  }
  const servers = [createHttpServer(answer), createHttpsServer(credentials, answer)] as const
  const [httpPort, httpsPort] = await Promise.all(servers.map(listen))
  return {
    http: `http://127.0.0.1:${httpPort}/`,
    https: `https://127.0.0.1:${httpsPort}/`,
    ca: credentials.cert,
    close() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
