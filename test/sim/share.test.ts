/** One cache for independent handles, in and out of multis. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'

const hello: SimHandler = async (exchange) => {
  await exchange.sleep(10)
  exchange.respond({ body: 'hello' })
}

describe('Share', () => {
  test('one handle uses the connection another has left, in and out of multis', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const { environment } = world
      const share = new Share({ environment })
      const url = 'http://a.test/'
      const [one, two] = [new Easy({ share, url }), new Easy({ share, url })]
      const multi = new Multi({ share })
      await one.perform()
      expect((await two.perform()).info.verdict).toMatchObject({ outcome: 'reused', connection: 0 })
      expect((await multi.add(new Easy({ url, environment }))).info.verdict).toMatchObject({
        outcome: 'reused',
        connection: 0,
        request: 3,
      })
      expect(origin.connectionsAccepted).toBe(1)
      // Those who leave take nothing with them.
      await one.close()
      await multi.close()
      expect((await two.perform()).info.connReused).toBe(true)
      expect(share.users).toBe(1)
    })
  })

  test('limits belong to the cache: all its users together keep them', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const share = new Share({ environment: world.environment, maxHostConnections: 2 })
      const handles = Array.from({ length: 10 }, () => new Easy({ share, url: 'http://a.test/' }))
      await Promise.all(handles.map((handle) => handle.perform()))
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('parts are shared as asked: names without connections', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const share = new Share({ environment: world.environment, parts: ['dns'] })
      for (let i = 0; i < 3; i += 1) {
        await using easy = new Easy({ share, url: 'http://a.test/' })
        await easy.perform()
      }
      expect([origin.connectionsAccepted, world.network.lookups]).toEqual([3, 1])
    })
  })

  test('TLS sessions alone can be shared', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello)
      const share = new Share({ environment: world.environment, parts: ['tlsSessions'] })
      const resumed: boolean[] = []
      for (let i = 0; i < 2; i += 1) {
        await using easy = new Easy({ share, url: 'https://a.test/' })
        resumed.push((await easy.perform()).info.tlsResumed)
        await world.sleep(20)
      }
      expect(resumed).toEqual([false, true])
    })
  })

  test('refuses changes and its end while it is in use, and closes its connections itself', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      const share = new Share({ environment: world.environment })
      const easy = new Easy({ share, url: 'http://a.test/' })
      await easy.perform()
      expect(() => share.unshare('dns')).toThrow(
        expect.objectContaining({ code: 'SHARE_IN_USE', curlNumber: 2 }),
      )
      await expect(share.close()).rejects.toMatchObject({ code: 'SHARE_IN_USE', details: { users: 1 } })
      await easy.close()
      expect(world.network.openConnections).toBe(1)
      await share.close()
      expect(world.network.openConnections).toBe(0)
      expect(() => new Easy({ share })).toThrow(expect.objectContaining({ code: 'SHARE_INVALID' }))
    })
  })

  test('refuses parts it does not know and users of another world', async () => {
    await simulate(1, async (world) => {
      expect(() => new Share({ environment: world.environment, parts: ['hats' as 'dns'] })).toThrow(
        expect.objectContaining({ code: 'SHARE_BAD_OPTION' }),
      )
      const share = new Share({ environment: world.environment })
      await simulate(2, (other) => {
        expect(() => new Easy({ share, environment: other.environment })).toThrow(
          expect.objectContaining({ code: 'SHARE_INVALID' }),
        )
        return Promise.resolve()
      })
    })
  })
})
