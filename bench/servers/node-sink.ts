/**
 * Takes uploads over HTTP/1.1 and answers each with the number of bytes it got, when it has got all of them: bare
 * sockets, so that clients stay the slower side. Bodies have a Content-Length; who expects
 * 100-continue is told to go on. Forked; gets `{ port }`, and `{ close: true }` at the end.
 */
import { createServer, type Socket } from 'node:net'

interface Told {
  readonly close?: true
  readonly port: number
}

const HEAD_END = Buffer.from('\r\n\r\n')

process.on('disconnect', () => process.exit())
process.on('message', ({ close, port }: Told) => {
  if (close) process.exit()
  createServer({ noDelay: true }, take).listen(port, '127.0.0.1')
})

function take(socket: Socket): void {
  let head: Buffer = Buffer.alloc(0)
  let expected = 0
  let left = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (data: Buffer) => {
    let bytes = data
    while (bytes.length > 0) {
      if (left === 0) {
        head = head.length === 0 ? bytes : Buffer.concat([head, bytes])
        const end = head.indexOf(HEAD_END)
        if (end < 0) return
        const text = head.toString('latin1', 0, end)
        expected = left = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0)
        if (/^expect: *100-continue/im.test(text)) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
        bytes = head.subarray(end + HEAD_END.length)
        head = Buffer.alloc(0)
      }
      const taken = Math.min(left, bytes.length)
      left -= taken
      bytes = bytes.subarray(taken)
      if (left === 0) answer(socket, expected)
    }
  })
}

function answer(socket: Socket, bytes: number): void {
  const body = String(bytes)
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}
