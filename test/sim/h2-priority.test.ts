/** The priority of a response, changed while it comes (RFC 9218 section 7.1). */
import { expect, test } from 'vitest'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { hostileServer, uint32 } from '../support/hostile-h2.ts'

const PRIORITY_UPDATE = 0x10

test('the server is told by PRIORITY_UPDATE, of the stream and the value', async () => {
  await simulate(1, async (world) => {
    hostileServer(world, 'http://a.test', async (peer) => {
      peer.settings()
      const stream = await peer.request()
      const update = await peer.next(({ type }) => type === PRIORITY_UPDATE)
      expect([update.stream, update.flags]).toEqual([0, 0])
      expect([...update.payload.subarray(0, 4)]).toEqual([...uint32(stream)])
      expect(String.fromCharCode(...update.payload.subarray(4))).toBe('u=0, i')
      peer.respond(stream, 'soon')
    })
    await using easy = new Easy({
      url: 'http://a.test/',
      httpVersion: '2-prior-knowledge',
      environment: world.environment,
    })
    const run = easy.perform()
    await world.sleep(20)
    easy.reprioritize('u=0, i')
    expect((await run).text()).toBe('soon')
    // Nothing runs: there is nobody to tell.
    easy.reprioritize('u=7')
  })
})

test('over HTTP/1 it does nothing, and what cannot be sent is refused', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', async (exchange) => {
      await exchange.sleep(50)
      exchange.respond({ body: 'x' })
    })
    await using easy = new Easy({ url: 'http://a.test/', environment: world.environment })
    const run = easy.perform()
    await world.sleep(20)
    easy.reprioritize('u=0')
    expect(() => easy.reprioritize('u=0\r\n')).toThrow(/httpPriority/)
    expect((await run).text()).toBe('x')
  })
})
