/** The floor of an upload: one bare socket that writes one piece over and over, as fast as it drains. */
import { readFileSync } from 'node:fs'
import type { Client, Terms } from '../../rounds/measure.ts'
import { openBare } from './open.ts'

const PIECE = Buffer.alloc(64 * 1024)

export async function start({ origin, path, bytes, caFile }: Terms): Promise<Client> {
  const head = `PUT ${path} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nContent-Length: ${bytes}\r\n\r\n`
  const socket = await openBare(origin, { ca: readFileSync(caFile) })
  const exchange = (): Promise<number> =>
    new Promise((resolve) => {
      let left = bytes
      const send = (): void => {
        while (left > 0) {
          const piece = left >= PIECE.length ? PIECE : PIECE.subarray(0, left)
          left -= piece.length
          if (!socket.write(piece) && left > 0) {
            socket.once('drain', send)
            return
          }
        }
      }
      socket.once('data', (answer: Buffer) => {
        const text = answer.toString('latin1')
        resolve(Number(text.slice(text.indexOf('\r\n\r\n') + 4)))
      })
      socket.write(head, 'latin1')
      send()
    })
  return {
    async run(count) {
      let sent = 0
      for (let done = 0; done < count; done += 1) sent += await exchange()
      return { bytes: sent }
    },
    close: () => socket.destroy(),
  }
}
