/** The floor of a download: one bare socket, kept open, that counts what comes into one buffer. */
import { readFileSync } from 'node:fs'
import type { Client, Terms } from '../../rounds/measure.ts'
import { openBare } from './open.ts'

export async function start({ origin, path, caFile }: Terms): Promise<Client> {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n\r\n`
  let left = 0
  let body = 0
  let answered = (): void => undefined
  const buffer = Buffer.allocUnsafeSlow(64 * 1024)
  const socket = await openBare(origin, {
    ca: readFileSync(caFile),
    onread: {
      buffer,
      callback(count) {
        if (left === 0) {
          const text = buffer.toString('latin1', 0, Math.min(count, 1_000))
          body = Number(/content-length: (\d+)/i.exec(text)?.[1])
          left = text.indexOf('\r\n\r\n') + 4 + body
        }
        left -= count
        if (left === 0) answered()
        return true
      },
    },
  })
  return {
    async run(count) {
      let bytes = 0
      for (let done = 0; done < count; done += 1) {
        await new Promise<void>((resolve) => {
          answered = resolve
          socket.write(request)
        })
        bytes += body
      }
      return { bytes }
    },
    close: () => socket.destroy(),
  }
}
