/** Which handles are in a multi, as they come and go. */
import { describe, expect, test } from 'vitest'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

describe('the handles in a multi', () => {
  test('stand in the order of their arrival, whoever left between', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
      const multi = new Multi({ environment })
      const handles = Array.from({ length: 5 }, () => new Easy({ url: 'http://a.test/', environment }))
      const [a, b, c, d, e] = handles as [Easy, Easy, Easy, Easy, Easy]
      const runs = handles.map((handle) => multi.add(handle).catch(() => undefined))
      for (const gone of [a, c, e]) multi.remove(gone)
      runs.push(multi.add(a))
      expect(multi.handles).toEqual([b, d, a])
      expect(multi.size).toBe(3)
      await Promise.all(runs)
      await multi.idle()
      expect(multi.handles).toEqual([])
      await multi.close()
    })
  })

  const ways: readonly { readonly name: string; readonly init: MultiInit }[] = [
    { name: 'without admission', init: {} },
    { name: 'with admission', init: { maxTransfers: 1 } },
  ]
  test.each(ways)('stay in when they are taken out and put in again at once, $name', async ({ init }) => {
    await simulate(1, async (world) => {
      const { environment } = world
      let requests = 0
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(10)
        requests += 1
        exchange.respond({ body: 'x' })
      })
      const multi = new Multi({ ...init, environment })
      const before = multi.add(new Easy({ url: 'http://a.test/', environment }))
      const easy = new Easy({ url: 'http://a.test/', environment })
      const first = multi.add(easy).catch((error: unknown) => error)
      multi.remove(easy)
      const second = multi.add(easy)
      expect(await first).toMatchObject({ code: 'MULTI_ABORTED' })
      expect(multi.handles).toContain(easy)
      expect((await second).text()).toBe('x')
      await before
      expect(requests).toBe(2)
      await multi.close()
    })
  })
})

describe('a handle', () => {
  test('whose run cannot be planned has no facts of the run before', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond())
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
      await easy.perform()
      expect(easy.getinfo('responseCode')).toBe(200)
      easy.set({ url: undefined })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'URL_MALFORMAT' })
      expect([easy.info, easy.handle.isRunning]).toEqual([undefined, false])
      await easy.close()
    })
  })

  test('keeps the facts of the run under way when a second is refused', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond())
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
      const running = easy.perform()
      const { info } = easy
      await expect(easy.perform()).rejects.toMatchObject({ code: 'RECURSIVE_API_CALL' })
      expect(easy.info).toBe(info)
      expect((await running).info).toBe(info)
      await easy.close()
    })
  })

  test('that is closed in a multi ends its transfer there', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', () => undefined)
      const { environment } = world
      const multi = new Multi({ environment })
      const easy = new Easy({ url: 'http://a.test/', environment })
      const running = multi.add(easy)
      await world.sleep(10)
      await easy.close()
      await expect(running).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      expect(multi.size).toBe(0)
      await multi.close()
    })
  })
})
