/** What went wrong with connections that are handed over, by its number. */
import { expect, it } from 'vitest'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

it('CVE-2020-8231: what was handed over and is closed never becomes another connection', async () => {
  await simulate(1, async (world) => {
    const heard = new Map<number, string>()
    let count = 0
    world.network.listen('a.test', 80, (stream) => {
      const id = (count += 1)
      heard.set(id, '')
      stream.sink = {
        bytes: (view) => heard.set(id, heard.get(id)! + Buffer.from(view).toString()),
        ended: () => stream.end(),
        failed: () => undefined,
        drained: () => undefined,
      }
    })
    await using multi = new Multi({ environment: world.environment })
    const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
    const first = await multi.connect(easy)
    first.send('first')
    await first.close()
    // The same handle, host and multi: a connection in the old one's place.
    const second = await multi.connect(easy)
    expect(() => first.send('to whom?')).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
    await first.close()
    first.end()
    second.send('second')
    await world.sleep(100)
    expect([...heard.values()]).toEqual(['first', 'second'])
    expect(second.info.connId).not.toBe(first.info.connId)
    await second.close()
  })
})
