/** The floor of a download: one bare socket, kept open, that counts what comes into one buffer. */
import { connect } from 'node:net'

export async function start({ origin, path }) {
  const { hostname, port } = new URL(origin)
  const request = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`
  let left = 0
  let body = 0
  let answered
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(64 * 1024),
      callback(count, buffer) {
        if (left === 0) {
          const text = buffer.latin1Slice(0, count)
          body = Number(/content-length: (\d+)/i.exec(text)[1])
          left = text.indexOf('\r\n\r\n') + 4 + body
        }
        left -= count
        if (left === 0) answered()
        return true
      },
    },
  })
  await new Promise((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('error', reject)
  })
  return {
    async run(count) {
      let bytes = 0
      for (let done = 0; done < count; done += 1) {
        await new Promise((resolve) => {
          answered = resolve
          socket.write(request)
        })
        bytes += body
      }
      return bytes
    },
    close: () => socket.destroy(),
  }
}
