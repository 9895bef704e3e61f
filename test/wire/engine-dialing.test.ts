/** Where connections lead and come from, on real sockets. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { Easy } from '@trunkline/easy'

const closing: (() => unknown)[] = []
const hasIPv6 = Object.values(networkInterfaces()).some((infos) =>
  infos?.some(({ address }) => address === '::1'),
)
const loopback = Object.entries(networkInterfaces()).find(([, infos]) =>
  infos?.some(({ internal }) => internal),
)![0]

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that answers with where it was called from. */
async function start(
  where: string | { path: string } = '127.0.0.1',
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) =>
    response.end(`${request.socket.remoteAddress} ${request.socket.remotePort}`),
  )
  if (typeof where === 'string') server.listen(0, where)
  else server.listen(where.path)
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: typeof where === 'string' ? (server.address() as AddressInfo).port : 0 }
}

function open(options: EasyOptions): Easy {
  const easy = new Easy(options)
  closing.push(() => easy.close())
  return easy
}

describe('dialing', () => {
  test('a UNIX socket, by the Host of the URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'socket')
    await start({ path })
    const easy = open({ url: 'http://anything.test/', unixSocketPath: path })
    for (let i = 0; i < 3; i += 1) expect((await easy.perform()).status).toBe(200)
    expect(easy.info).toMatchObject({ primaryIp: path, connRequests: 3 })
  })

  test('each form of the interface option, each on a connection of its own', async () => {
    const { port } = await start()
    const easy = open({ url: `http://127.0.0.1:${port}/` })
    const seen: string[] = []
    for (const form of [
      '127.0.0.2',
      'host!127.0.0.3',
      `if!${loopback}`,
      loopback,
      `ifhost!${loopback}!127.0.0.4`,
    ]) {
      seen.push((await easy.set({ interface: form }).perform()).text().split(' ')[0]!)
      expect(easy.info!.connReused).toBe(false)
    }
    expect(seen).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.1', '127.0.0.1', '127.0.0.4'])
  })

  test('an interface that is not there fails by name', async () => {
    await expect(
      open({ url: 'http://127.0.0.1:9/', interface: 'if!nosuch0' }).perform(),
    ).rejects.toMatchObject({
      code: 'INTERFACE_FAILED',
      curlNumber: 45,
      message: expect.stringContaining('nosuch0'),
    })
  })

  test('a local port, and a range of them', async () => {
    const { port } = await start()
    const { server: blocker, port: taken } = await start()
    expect(blocker.listening).toBe(true)
    const easy = open({
      url: `http://127.0.0.1:${port}/`,
      localPort: taken,
      localPortRange: 50,
      interface: '127.0.0.1',
    })
    const used = Number((await easy.perform()).text().split(' ')[1])
    expect(used).toBeGreaterThan(taken)
    expect(used).toBeLessThan(taken + 50)
  })

  test.runIf(hasIPv6)('localhost reaches a server on either family', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      const { port } = await start(address)
      const easy = open({ url: `http://localhost:${port}/` })
      expect((await easy.perform()).text()).toContain(address)
    }
  })

  test.runIf(hasIPv6)('IPv4 or IPv6 by choice', async () => {
    const { port } = await start('::')
    expect((await open({ url: `http://localhost:${port}/`, ipResolve: 'v6' }).perform()).info.primaryIp).toBe(
      '::1',
    )
    expect((await open({ url: `http://localhost:${port}/`, ipResolve: 'v4' }).perform()).info.primaryIp).toBe(
      '127.0.0.1',
    )
  })

  test('pins and connectTo', async () => {
    const { port } = await start()
    const pinned = open({ url: `http://a.test:${port}/`, resolve: [`a.test:${port}:127.0.0.1`] })
    expect((await pinned.perform()).status).toBe(200)
    const moved = open({ url: 'http://b.test/', connectTo: [`b.test:80:127.0.0.1:${port}`] })
    expect((await moved.perform()).info.primaryPort).toBe(port)
  })

  test('nobody listens', async () => {
    const { server, port } = await start()
    server.close()
    await expect(open({ url: `http://127.0.0.1:${port}/` }).perform()).rejects.toMatchObject({
      code: 'COULDNT_CONNECT',
      curlNumber: 7,
      phase: 'connect',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })

  test('a name that does not exist', async () => {
    await expect(open({ url: 'http://no-such-name.invalid/' }).perform()).rejects.toMatchObject({
      code: 'COULDNT_RESOLVE_HOST',
      curlNumber: 6,
    })
  })
})
