/** The floor of a download: one bare socket that counts what comes into one buffer. */
import { connect } from 'node:net'

export async function start({ origin }) {
  const { hostname, port } = new URL(origin)
  const request = `GET /large HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`
  return {
    async run(count) {
      let bytes = 0
      for (let done = 0; done < count; done += 1) bytes += await download(hostname, Number(port), request)
      return bytes
    },
    close() {},
  }
}

function download(host, port, request) {
  return new Promise((resolve, reject) => {
    let left = 0
    let body = 0
    const onread = {
      buffer: Buffer.allocUnsafeSlow(64 * 1024),
      callback(count, buffer) {
        if (body === 0) {
          const text = buffer.latin1Slice(0, count)
          body = Number(/content-length: (\d+)/i.exec(text)[1])
          left = text.indexOf('\r\n\r\n') + 4 + body
        }
        left -= count
        if (left > 0) return true
        socket.destroy()
        resolve(body)
        return false
      },
    }
    const socket = connect({ host, port, onread })
    socket.on('connect', () => socket.write(request))
    socket.on('error', reject)
  })
}
