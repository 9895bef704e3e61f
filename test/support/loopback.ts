/** HTTP servers on loopback for tests of whole programs, closed with the test that opened them. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that listens. */
export interface Loopback {
  readonly port: number
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** Connections accepted so far. */
  readonly connections: () => number
}

/** A server of `node:http`. */
export async function serveHttp(answer: RequestListener): Promise<Loopback> {
  return await listen(createServer(answer))
}

/** A server that speaks for itself; `nth` counts its connections from 0. */
export async function serveTcp(talk: (socket: Socket, nth: number) => void): Promise<Loopback> {
  let count = 0
  return await listen(
    createTcpServer((socket) => {
      // Peers that go away are part of what is tested.
      socket.on('error', () => undefined)
      talk(socket, count)
      count += 1
    }),
  )
}

/** Makes a server listen on a free port, or at `path`, until the test is over. */
export async function listen(server: Server, path?: string): Promise<Loopback> {
  let count = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    count += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const port = path === undefined ? (server.address() as AddressInfo).port : 0
  return { port, url: `http://127.0.0.1:${port}`, connections: () => count }
}
