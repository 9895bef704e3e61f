/** NTLM with squid's helper on the other side, in front of a server of ours. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { hasSquidNtlm, startSquidNtlm, type SquidNtlm } from '../support/servers/squid-ntlm.ts'

describe.runIf(hasSquidNtlm())('NTLM by squid', () => {
  let upstream: Server
  let squid: SquidNtlm
  beforeAll(async () => {
    upstream = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => response.end(`hello: ${Buffer.concat(pieces).toString()}`))
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    squid = await startSquidNtlm((upstream.address() as AddressInfo).port)
  })
  afterAll(async () => {
    await squid?.stop()
    upstream?.close()
    upstream?.closeAllConnections()
  })

  function make(options: EasyOptions = {}): Easy {
    return new Easy({
      url: `${squid.http}/`,
      username: 'REALM\\ada',
      password: 'love',
      httpAuth: ['ntlm'],
      ...options,
    })
  }

  test('lets the user in, on one connection for as long as it lives', async () => {
    await using easy = make()
    for (let turn = 0; turn < 3; turn += 1) expect((await easy.perform()).text()).toBe('hello: ')
    expect([easy.info!.connId, easy.info!.connRequests]).toEqual([0, 4])
    const lines = squid.log().slice(-3)
    // The helper reads a character too far; of curl's messages too.
    expect(lines.every((line) => / 200 ada.?$/.test(line))).toBe(true)
  })

  test('a body goes once, with the last step', async () => {
    await using easy = make({ body: 'the body', httpAuth: ['any'] })
    expect((await easy.perform()).text()).toBe('hello: the body')
  })

  test('each user has connections of his own', async () => {
    await using multi = new Multi()
    const users = ['ann', 'bob', 'ann', 'bob']
    for (const username of users) {
      const easy = make({ username })
      expect((await multi.add(easy)).text()).toBe('hello: ')
    }
    const seen = squid.log().filter((line) => / 200 /.test(line) && /(ann|bob).?$/.test(line))
    const ports = new Map<string, Set<string>>()
    for (const line of seen) {
      const [port = '', , user = ''] = line.split(' ')
      ports.set(user, (ports.get(user) ?? new Set()).add(port))
    }
    expect([...ports.values()].map(({ size }) => size)).toEqual([1, 1])
    expect(new Set([...ports.values()].flatMap((one) => [...one])).size).toBe(2)
  })
})
