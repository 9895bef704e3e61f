/**
 * The server for machines without nginx. HTTP/1.1 is answered on bare sockets, without looking at more than
 * the path, which costs less than node:http, so that the clients stay the slower side; HTTP/2 by node:http2.
 * Forked; gets one message `{ ports, cert, key }`, and `{ close: true }` at the end.
 */
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { FILES, READY, SMALL, type Body, type Ready } from './bodies.ts'
import type { Certificate } from './certificate.ts'
import type { Ports } from './server.ts'

type Told = { readonly close?: true; readonly ports: Ports } & Certificate

const READY_AT = new Map(READY.map((answer) => [answer.path, answer]))
const FILE_AT = new Map(FILES.map((file) => [file.path, file]))
const HTTP1_ANSWERS = new Map(READY.map((answer) => [answer.path, http1Answer(answer)]))
const PIECE = Buffer.alloc(1_000_000)

process.on('disconnect', () => process.exit())
process.on('message', (message: Told) => {
  if (message.close) process.exit()
  listen(message)
})

function listen({ ports, cert, key }: Told): void {
  // The default of 10 MB has it refuse streams while others have much to send.
  const http2 = createHttp2Server({ maxSessionMemory: 1_000, settings: { maxConcurrentStreams: 1_000 } })
  http2.on('stream', (stream, headers) => answerStream(stream, pathOf(headers[':path'] ?? '')))
  http2.on('sessionError', () => undefined)
  http2.listen(ports.h2c, '127.0.0.1')

  createServer({ noDelay: true }, serveHttp1).listen(ports.http, '127.0.0.1')

  const tls = createTlsServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.setNoDelay(true)
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
    else serveHttp1(socket)
  })
  tls.on('tlsClientError', () => undefined)
  tls.listen(ports.https, '127.0.0.1')
}

function serveHttp1(socket: Socket): void {
  let unread = ''
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    unread += String(data)
    const answers: Buffer[] = []
    for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
      const path = pathOf(unread.slice(4, unread.indexOf(' ', 4)))
      const file = FILE_AT.get(path)
      if (file === undefined) answers.push(HTTP1_ANSWERS.get(path) ?? HTTP1_ANSWERS.get(SMALL.path)!)
      else sendFile(socket, file)
      unread = unread.slice(end + 4)
    }
    if (answers.length > 0) socket.write(answers.length === 1 ? answers[0]! : Buffer.concat(answers))
  })
}

function http1Answer({ status, fields, body }: Ready): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Found'}\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

function sendFile(socket: Socket, { bytes }: Body): void {
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`,
  )
  writePieces(socket, bytes)
}

function answerStream(stream: ServerHttp2Stream, path: string): void {
  stream.on('error', () => undefined)
  const file = FILE_AT.get(path)
  if (file !== undefined) {
    stream.respond({
      ':status': 200,
      'content-type': 'application/octet-stream',
      'content-length': file.bytes,
    })
    writePieces(stream, file.bytes, () => stream.end())
    return
  }
  const { status, fields, body } = READY_AT.get(path) ?? SMALL
  stream.respond({ ':status': status, 'content-length': body.length, ...fields })
  stream.end(body)
}

function writePieces(stream: Socket | ServerHttp2Stream, bytes: number, done?: () => void): void {
  let left = bytes
  const more = (): void => {
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

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}
