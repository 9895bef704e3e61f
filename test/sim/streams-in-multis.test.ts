/** A streamed transfer is in its multi until its body is complete or has failed. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

/** A multi and a handle for a body that comes in two parts, a second apart. */
async function run(
  use: (multi: Multi<Easy>, easy: Easy, world: SimWorld) => Promise<void>,
  init: MultiInit = {},
): Promise<void> {
  await simulate(1, async (world) => {
    world.origin('http://a.test', async (exchange) => {
      exchange.head({ headers: { 'content-length': '2' } })
      exchange.write('a')
      await exchange.sleep(1_000)
      exchange.write('b')
      exchange.end()
    })
    const { environment } = world
    const multi = new Multi<Easy>({ environment, ...init })
    await use(multi, new Easy({ url: 'http://a.test/', environment }), world)
    await multi.close()
  })
}

describe('a streamed handle', () => {
  test('stays in the multi until its body is complete, and is free for the next run then', async () => {
    await run(async (multi, easy) => {
      const { body } = await multi.stream(easy)
      expect([multi.size, multi.handles]).toEqual([1, [easy]])
      await expect(multi.add(easy)).rejects.toMatchObject({ code: 'MULTI_ADDED_ALREADY' })
      for await (const bytes of body) expect(bytes.length).toBe(1)
      expect((await multi.add(easy)).text()).toBe('ab')
    })
  })

  test('is waited for by idle()', async () => {
    await run(async (multi, easy) => {
      const { finished } = await multi.stream(easy)
      let hasEnded = false
      void finished.then(() => (hasEnded = true))
      await multi.idle()
      expect(hasEnded).toBe(true)
    })
  })

  test('can be removed while its body comes', async () => {
    await run(async (multi, easy) => {
      const { body, finished } = await multi.stream(easy)
      expect((await body.next()).done).toBe(false)
      multi.remove(easy)
      expect(multi.size).toBe(0)
      await expect(finished).rejects.toMatchObject({ code: 'MULTI_ABORTED' })
      await expect(body.next()).rejects.toMatchObject({ code: 'MULTI_ABORTED' })
    })
  })

  test('is reported when its body is complete, not when its head is here', async () => {
    await run(async (multi, easy) => {
      expect(multi.infoRead()).toBeUndefined()
      const { finished } = await multi.stream(easy)
      expect(multi.infoRead()).toBeUndefined()
      await finished
      expect(multi.infoRead()).toEqual({ handle: easy, result: undefined, error: undefined, streamed: true })
    })
  })

  test('is reported with what its body failed with', async () => {
    await run(async (multi, easy, world) => {
      expect(multi.infoRead()).toBeUndefined()
      const { body } = await multi.stream(easy)
      easy.abort()
      await world.sleep(1)
      expect(multi.infoRead()).toMatchObject({ streamed: true, error: { code: 'ABORTED_BY_CALLBACK' } })
      await body.return()
    })
  })

  test('is reported once when it cannot even begin', async () => {
    await run(async (multi, _, world) => {
      expect(multi.infoRead()).toBeUndefined()
      await expect(multi.stream(new Easy({ environment: world.environment }))).rejects.toMatchObject({
        code: 'URL_MALFORMAT',
      })
      expect(multi.infoRead()).toMatchObject({ streamed: true, error: { code: 'URL_MALFORMAT' } })
      expect([multi.infoRead(), multi.size]).toEqual([undefined, 0])
    })
  })

  test('keeps its place among maxTransfers until its end', async () => {
    await run(
      async (multi, easy, world) => {
        const first = await multi.stream(easy)
        const since = world.clock.now()
        const second = await multi.stream(new Easy({ url: 'http://a.test/', environment: world.environment }))
        expect(world.clock.now() - since).toBeGreaterThan(900)
        await Promise.all([first.finished, second.finished])
      },
      { maxTransfers: 1 },
    )
  })

  test('rejects with failOnError as a gathered one does, and the connection lives', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) =>
        exchange.respond({ status: 404, body: 'no' }),
      )
      const statuses: number[] = []
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        failOnError: true,
        headerFunction: ({ status }) => statuses.push(status),
      })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'HTTP_RETURNED_ERROR' })
      await expect(easy.stream()).rejects.toMatchObject({ code: 'HTTP_RETURNED_ERROR' })
      expect([statuses, origin.connectionsAccepted]).toEqual([[404, 404], 1])
      await easy.close()
    })
  })
})
