/**
 * The server for machines without nginx: answers requests without bodies on bare sockets, which costs less
 * than node:http, so that the clients stay the slower side. `node node-server.mjs PORT`
 */
import { createServer } from 'node:net'
import { LARGE_BYTES, SMALL_BODY } from './bodies.mjs'

const SMALL = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${SMALL_BODY.length}\r\n\r\n${SMALL_BODY}`
const LARGE_HEAD = `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`
const PIECE = Buffer.alloc(1_000_000)

createServer({ noDelay: true }, (socket) => {
  let unread = ''
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text) => {
    unread += text
    let answer = ''
    for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
      if (unread.startsWith('GET /large ')) sendLarge(socket)
      else answer += SMALL
      unread = unread.slice(end + 4)
    }
    if (answer !== '') socket.write(answer)
  })
}).listen(Number(process.argv[2]), '127.0.0.1')

function sendLarge(socket) {
  socket.write(LARGE_HEAD)
  let left = LARGE_BYTES
  const more = () => {
    while (left > 0) {
      left -= PIECE.length
      if (!socket.write(PIECE) && left > 0) {
        socket.once('drain', more)
        return
      }
    }
  }
  more()
}
