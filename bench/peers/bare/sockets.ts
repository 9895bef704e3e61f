/**
 * The floor: bare sockets, or bare TLS, that write requests and read until as many bytes have come as the first answer
 * had. No HTTP is understood, so that nothing that does understand it can cost less.
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Client, Terms } from '../../rounds/measure.ts'
import { openBare } from './open.ts'

const BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

export async function start(terms: Terms): Promise<Client> {
  const { origin, path, connections, streams } = terms
  const request = `GET ${path} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nAccept: */*\r\n\r\n`
  const ca = readFileSync(terms.caFile)
  const lanes = await Promise.all(
    Array.from({ length: connections }, async () => {
      const lane = new Lane(request)
      lane.socket = await openBare(origin, { ca, onread: { buffer: BUFFER, callback: lane.read } })
      return lane
    }),
  )
  return {
    async run(count) {
      const share: Share = { left: count, bytes: 0 }
      await Promise.all(lanes.map((lane) => lane.run(share, streams)))
      return { bytes: share.bytes }
    },
    close() {
      for (const { socket } of lanes) socket?.destroy()
    },
  }
}

/** What all lanes take from and add to. */
interface Share {
  left: number
  bytes: number
}

class Lane {
  socket: Socket | undefined
  readonly #request: string
  #share: Share = { left: 0, bytes: 0 }
  #open = 0
  #ended: () => void = () => undefined
  /** Of the first answer; all others have the same. */
  #answerBytes = 0
  #bodyBytes = 0
  #received = 0

  constructor(request: string) {
    this.#request = request
  }

  /** Keeps so many requests under way until the share is used up. */
  run(share: Share, depth: number): Promise<void> {
    this.#share = share
    return new Promise((resolve) => {
      this.#ended = resolve
      this.#send(depth)
    })
  }

  readonly read = (count: number): boolean => {
    if (this.#answerBytes === 0) {
      const text = BUFFER.toString('latin1', 0, count)
      this.#bodyBytes = Number(/content-length: (\d+)/i.exec(text)?.[1])
      this.#answerBytes = text.indexOf('\r\n\r\n') + 4 + this.#bodyBytes
    }
    this.#received += count
    const answers = Math.floor(this.#received / this.#answerBytes)
    if (answers === 0) return true
    this.#received -= answers * this.#answerBytes
    this.#share.bytes += answers * this.#bodyBytes
    this.#open -= answers
    this.#send(answers)
    return true
  }

  #send(most: number): void {
    const count = Math.min(most, this.#share.left)
    this.#share.left -= count
    this.#open += count
    if (count > 0) this.socket!.write(count === 1 ? this.#request : this.#request.repeat(count), 'latin1')
    else if (this.#open === 0) this.#ended()
  }
}
