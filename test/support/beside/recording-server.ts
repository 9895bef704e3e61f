/** A raw TCP server on loopback that keeps every byte it gets, and answers each whole request as it is told to. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ok, type Answer } from './row.ts'

/** What the server is to say. */
export interface Script {
  readonly answers: readonly Answer[]
  readonly continues: boolean
  /** Bodies are not waited for. */
  readonly isHasty: boolean
}

/** What came, connection by connection; Latin-1. */
export type Recorded = readonly string[]

export class RecordingServer {
  readonly port: number
  readonly #server: Server
  #script: Script = { answers: [], continues: true, isHasty: false }
  #answered = 0
  #recorded: string[] = []
  #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket: Socket) => this.#talk(socket))
  }

  static async start(): Promise<RecordingServer> {
    const server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new RecordingServer(server)
  }

  /** Forgets what was, and says this from now on. */
  begin(script: Script): void {
    this.end()
    this.#script = script
    this.#answered = 0
    this.#recorded = []
  }

  /** Closes what is open, and tells what came. */
  end(): Recorded {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
    return this.#recorded
  }

  async stop(): Promise<void> {
    this.end()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #talk(socket: Socket): void {
    const recorded = this.#recorded
    const place = recorded.push('') - 1
    this.#sockets.add(socket)
    let rest = ''
    let isToldToContinue = false
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('end', () => socket.end())
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      recorded[place] += text
      rest += text
      for (;;) {
        const { length, expects } = requestIn(rest, this.#script.isHasty)
        if (expects && this.#script.continues && !isToldToContinue) {
          socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          isToldToContinue = true
        }
        if (length === undefined) return
        isToldToContinue = false
        rest = rest.slice(length)
        this.#answer(socket)
      }
    })
  }

  #answer(socket: Socket): void {
    const { answers } = this.#script
    const given = answers[Math.min(this.#answered, answers.length - 1)] ?? ok()
    this.#answered += 1
    if (typeof given === 'string') socket.write(given, 'latin1')
    else if (given.ends === 'close') socket.end(given.send, 'latin1')
    else {
      socket.write(given.send, 'latin1')
      socket.resetAndDestroy()
    }
  }
}

/** How long the first request of a text is; undefined: not all of it is there. */
function requestIn(text: string, isHasty: boolean): { readonly length?: number; readonly expects: boolean } {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return { expects: false }
  const head = text.slice(0, end + 2)
  const expects = /^expect: *100-continue/im.test(head)
  const from = end + 4
  if (isHasty) return { length: text.length, expects }
  if (/^transfer-encoding:.*chunked/im.test(head)) {
    const last = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(from))
    return last === null ? { expects } : { length: from + last.index + last[0].length, expects }
  }
  const length = from + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  return text.length < length ? { expects } : { length, expects }
}
