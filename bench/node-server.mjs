/**
 * The server for machines without nginx. HTTP/1.1 is answered on bare sockets, without looking at more than
 * the path, which costs less than node:http, so that the clients stay the slower side; HTTP/2 by node:http2.
 * Forked; gets one message `{ ports: { http, https, h2c }, cert, key }`, and `{ close: true }` at the end.
 */
import { createServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { CODED, FILES, SMALL, SMALL_BODY } from './bodies.mjs'

const SMALL_ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${SMALL.bytes}\r\n\r\n${SMALL_BODY}`
const CODED_ANSWER = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${CODED.coded.length}\r\n\r\n`),
  CODED.coded,
])
const PIECE = Buffer.alloc(1_000_000)

process.on('disconnect', () => process.exit())
process.on('message', (message) => {
  if (message.close) process.exit()
  listen(message)
})

function listen({ ports, cert, key }) {
  // The default of 10 MB has it refuse streams while others have much to send.
  const http2 = createHttp2Server({ maxSessionMemory: 1_000, settings: { maxConcurrentStreams: 1_000 } })
  http2.on('stream', answerStream)
  http2.on('sessionError', () => undefined)
  http2.listen(ports.h2c, '127.0.0.1')

  createServer({ noDelay: true }, serveHttp1).listen(ports.http, '127.0.0.1')

  const tls = createTlsServer({ noDelay: true, cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
    else serveHttp1(socket)
  })
  tls.on('tlsClientError', () => undefined)
  tls.listen(ports.https, '127.0.0.1')
}

function serveHttp1(socket) {
  let unread = ''
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text) => {
    unread += text
    let answer = ''
    for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
      const file = FILES.find(({ path }) => unread.startsWith(`GET ${path} `))
      if (unread.startsWith(`GET ${CODED.path} `)) socket.write(CODED_ANSWER)
      else if (file === undefined) answer += SMALL_ANSWER
      else sendFile(socket, file)
      unread = unread.slice(end + 4)
    }
    if (answer !== '') socket.write(answer)
  })
}

function sendFile(socket, { bytes }) {
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`,
  )
  writePieces(socket, bytes)
}

function answerStream(stream, headers) {
  stream.on('error', () => undefined)
  const file = FILES.find(({ path }) => path === headers[':path'])
  if (file === undefined) {
    stream.respond({ ':status': 200, 'content-type': 'text/plain', 'content-length': SMALL.bytes })
    stream.end(SMALL_BODY, 'latin1')
    return
  }
  stream.respond({ ':status': 200, 'content-type': 'application/octet-stream', 'content-length': file.bytes })
  writePieces(stream, file.bytes, () => stream.end())
}

function writePieces(stream, bytes, done) {
  let left = bytes
  const more = () => {
    while (left > 0) {
      left -= PIECE.length
      if (!stream.write(PIECE) && left > 0) {
        stream.once('drain', more)
        return
      }
    }
    done?.()
  }
  more()
}
