/**
 * The floor: bare sockets, or bare TLS, that write a request and read until as many bytes have come as the first answer
 * had. No HTTP is understood, so that nothing that does understand it can cost less.
 */
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

const BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

export async function start({ origin, ca, connections }) {
  const { protocol, hostname, port } = new URL(origin)
  const request = `GET /small HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAccept: */*\r\n\r\n`
  const lanes = await Promise.all(
    Array.from({ length: connections }, () => openLane(protocol, hostname, Number(port), ca)),
  )
  return {
    async run(count) {
      let left = count
      let bytes = 0
      await Promise.all(
        lanes.map(
          (lane) =>
            new Promise((resolve) => {
              const next = () => {
                if (left === 0) {
                  resolve()
                  return
                }
                left -= 1
                lane.socket.write(request, 'latin1')
              }
              lane.answered = (body) => {
                bytes += body
                next()
              }
              next()
            }),
        ),
      )
      return bytes
    },
    close() {
      for (const { socket } of lanes) socket.destroy()
    },
  }
}

function openLane(protocol, host, port, ca) {
  return new Promise((resolve, reject) => {
    const lane = { socket: undefined, answered: undefined }
    let answerBytes = 0
    let bodyBytes = 0
    let received = 0
    const isTls = protocol === 'https:'
    lane.socket = (isTls ? connectTls : connect)({
      host,
      port,
      ca,
      noDelay: true,
      onread: {
        buffer: BUFFER,
        callback(count, buffer) {
          if (answerBytes === 0) {
            const text = buffer.latin1Slice(0, count)
            bodyBytes = Number(/content-length: (\d+)/i.exec(text)[1])
            answerBytes = text.indexOf('\r\n\r\n') + 4 + bodyBytes
          }
          received += count
          if (received < answerBytes) return true
          received -= answerBytes
          lane.answered(bodyBytes)
          return true
        },
      },
    })
    lane.socket.on(isTls ? 'secureConnect' : 'connect', () => resolve(lane))
    lane.socket.on('error', reject)
  })
}
