/** What closing a handle does to the process that waits for it. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'

// `await easy.close()` as the last thing a script waits for: Node finds nothing left to wait for and exits with
// 13 at a top-level await, or silently without running what comes after it.
test.fails('a promise of close() keeps the process alive until the peer has said goodbye', async () => {
  // A server that answers and never closes; nothing of it keeps the process alive.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.unref().on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
  })
  await once(server.listen(0, '127.0.0.1').unref(), 'listening')
  const easy = new Easy({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
  await easy.perform()
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const before = sockets()
  const closing = easy.close()
  const during = sockets()
  await closing
  server.close()
  expect(during).toBe(before + 1)
})
