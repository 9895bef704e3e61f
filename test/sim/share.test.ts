/** One cache for independent handles, in and out of multis. */
import { describe, expect, test } from 'vitest'
import type { CacheOptions } from '@trunkline/core'
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

  test('goes with its handle into a multi: its connections first, and its events', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const { environment } = world
      const share = new Share({ environment })
      const multi = new Multi({ environment })
      const heard: string[] = []
      share.events!.on('transfer-done', () => heard.push('share'))
      multi.events.on('transfer-done', () => heard.push('multi'))
      const easy = new Easy({ share, url: 'http://a.test/' })
      await easy.perform()
      expect(multi.explain(easy)).toMatchObject({ outcome: 'reused', connection: 0 })
      expect((await multi.add(easy)).info.connReused).toBe(true)
      expect(multi.connections()).toEqual([])
      // Beside it, handles without a share use the multi's own.
      await multi.add(new Easy({ url: 'http://a.test/', environment }))
      expect([multi.connections().length, share.snapshot().length]).toEqual([1, 1])
      expect(origin.connectionsAccepted).toBe(2)
      expect(heard).toEqual(['share', 'share', 'multi'])
      await multi.close()
    })
  })

  test('keeps its limits over handles in several multis', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const share = new Share({ environment: world.environment, maxHostConnections: 2 })
      const multis = [1, 2].map(() => new Multi({ environment: world.environment }))
      await Promise.all(
        Array.from({ length: 10 }, (_, nth) =>
          multis[nth % 2]!.add(new Easy({ share, url: 'http://a.test/' })),
        ),
      )
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('lends names alone to a handle in a multi, whose connections are the multi’s', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      const { environment } = world
      const share = new Share({ environment, parts: ['dns'] })
      await new Easy({ share, url: 'http://a.test/' }).perform()
      const multi = new Multi({ environment })
      await multi.add(new Easy({ share, url: 'http://a.test/' }))
      expect([multi.connections().length, world.network.lookups]).toEqual([1, 1])
      await multi.close()
    })
  })

  test('lends TLS sessions alone to a handle in a multi', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello)
      const { environment } = world
      const share = new Share({ environment, parts: ['tlsSessions'] })
      await new Easy({ share, url: 'https://a.test/' }).perform()
      await world.sleep(20)
      const multi = new Multi({ environment })
      expect((await multi.add(new Easy({ share, url: 'https://a.test/' }))).info.tlsResumed).toBe(true)
      await multi.close()
    })
  })

  test('is counted by the admission of the multi, and ends with it', async () => {
    await simulate(1, async (world) => {
      let active = 0
      world.origin('http://a.test', async (exchange) => {
        active += 1
        await exchange.sleep(100)
        exchange.respond()
      })
      const { environment } = world
      const share = new Share({ environment })
      const multi = new Multi({ environment, maxTransfers: 1 })
      const runs = [new Easy({ share }), new Easy({ environment }), new Easy({ share })].map((easy) =>
        multi.add(easy.set({ url: 'http://a.test/' })).catch((error: { code: string }) => error.code),
      )
      await world.sleep(50)
      expect(active).toBe(1)
      await multi.close()
      expect(await Promise.all(runs)).toEqual(['MULTI_ABORTED', 'MULTI_ABORTED', 'MULTI_ABORTED'])
    })
  })

  const limits: readonly CacheOptions[] = [{ maxHostConnections: 1 }, { maxConnects: 2 }, { pick: 'fifo' }]
  test.each(limits)(
    'a multi that uses its connections refuses %o, which is the share’s to set',
    async (limit) => {
      await simulate(1, async (world) => {
        const { environment } = world
        const [name] = Object.keys(limit)
        const refusal = expect.objectContaining({
          code: 'BAD_FUNCTION_ARGUMENT',
          details: { option: name },
          message: expect.stringContaining('belongs to the share') as string,
        })
        const share = new Share({ environment })
        expect(() => new Multi({ share, ...limit })).toThrow(refusal)
        expect(share.users).toBe(0)
        const multi = new Multi({ share, maxTransfers: 5 })
        expect(() => multi.set({ maxTransfers: 6, ...limit })).toThrow(refusal)
        multi.set({ maxTransfers: 7, [name!]: undefined })
        // Without its connections, the multi has a cache of its own to limit.
        const names = new Multi({ share: new Share({ environment, parts: ['dns'] }), ...limit })
        await Promise.all([multi.close(), names.close()])
      })
    },
  )

  test('may be undefined where it is taken', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      const { environment } = world
      const [share, elsewhere]: [Share | undefined, undefined] = [undefined, undefined]
      await using multi = new Multi({ share, environment })
      await using easy = new Easy({ share, environment, url: 'http://a.test/' })
      expect((await multi.add(easy)).status).toBe(200)
      expect([
        new Easy({ environment: elsewhere }).share,
        new Share({ environment: elsewhere }).users,
      ]).toEqual([undefined, 0])
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
