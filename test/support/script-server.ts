/** A raw TCP server on loopback that answers each request head with whatever a script says. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface ScriptedRequest {
  /** The head as it came. */
  readonly head: string
  readonly socket: Socket
  /** 1 for the first connection. */
  readonly connection: number
  /** 1 for the first request on its connection. */
  readonly nth: number
}

export class ScriptServer {
  readonly url: string
  readonly sockets: Socket[] = []
  readonly #server: Server

  private constructor(server: Server, sockets: Socket[]) {
    this.#server = server
    this.sockets = sockets
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  /** `answer` returns what is sent; undefined: nothing, the script does it itself. */
  static async start(answer: (request: ScriptedRequest) => string | undefined): Promise<ScriptServer> {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      const connection = sockets.length
      let nth = 0
      let text = ''
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end)
          text = text.slice(end + 4)
          nth += 1
          const response = answer({ head, socket, connection, nth })
          if (response !== undefined) socket.write(response, 'latin1')
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptServer(server, sockets)
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
