/** Heads that are refused or cut: what stood before is told to `headerFunction`, and shown by the command. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, ResponseHead, TransferError } from '@trunkline/core'
import { simulate, type SimExchange } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { trunkline } from '../support/command-line.ts'

const SOUND = 'HTTP/1.1 302 Found\r\nLocation: /else\r\nSet-Cookie: a=b\r\n'

type Ends = 'closes' | 'resets' | 'goes on'

function answering(rest: string, ends: Ends) {
  return async (exchange: SimExchange): Promise<void> => {
    const { connection } = exchange
    connection.write(SOUND)
    await exchange.sleep(5)
    connection.write(rest)
    await exchange.sleep(5)
    if (ends === 'closes') connection.end()
    else if (ends === 'resets') connection.reset()
  }
}

const CASES: readonly (readonly [name: string, rest: string, ends: Ends, code: string, exit: number])[] = [
  ['a flaw', 'Bad line\r\n\r\n', 'goes on', 'WEIRD_SERVER_REPLY', 8],
  ['a framing that is refused', 'Content-Length: -1\r\n\r\n', 'goes on', 'WEIRD_SERVER_REPLY', 8],
  ['the end', 'Half: a li', 'closes', 'PARTIAL_FILE', 18],
  ['a reset', '', 'resets', 'RECV_ERROR', 56],
]

describe.each(CASES)('%s', (_name, rest, ends, code, exit) => {
  test('is told after what stood before it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', answering(rest, ends))
      const told: string[] = []
      const options: EasyOptions = {
        url: 'http://a.test/',
        httpVersion: '1.1',
        followLocation: true,
        cookieFile: [],
        headerFunction: (head: ResponseHead, final) =>
          void told.push(`${head.status} ${head.isCut} ${final} ${head.raw}`),
      }
      await using easy = new Easy({ environment: world.environment, ...options })
      const outcome = await easy.perform().then(
        () => 'done',
        (error: TransferError) => error.code,
      )
      expect([outcome, told]).toEqual([code, [`302 true false ${SOUND}`]])
      // Nothing is done that it says.
      expect([origin.requests.length, easy.info!.cookieList, easy.info!.responseCode]).toEqual([1, [], 302])
    })
  })

  test('is shown so by the command', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', answering(rest, ends))
      const { exitCode, stdout } = await trunkline(['-i', 'http://a.test/'], {
        environment: world.environment,
      })
      expect([exitCode, stdout.toString('latin1')]).toEqual([exit, SOUND])
    })
  })

  test('goes to each of several tries', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', answering(rest, ends))
      let told = 0
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        httpVersion: '1.1',
        retry: 2,
        retryAllErrors: true,
        headerFunction: () => void (told += 1),
      })
      await expect(easy.perform()).rejects.toMatchObject({ code })
      expect(told).toBe(3)
    })
  })
})

test('a function that throws, and one that ends the transfer, are heeded', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', answering('Bad line\r\n\r\n', 'goes on'))
    const url = 'http://a.test/'
    const { environment } = world
    const thrown = new Easy({
      environment,
      url,
      headerFunction: () => {
        throw new Error('no')
      },
    })
    await expect(thrown.perform()).rejects.toMatchObject({ code: 'WRITE_ERROR' })
    const ended: Easy = new Easy({ environment, url, headerFunction: () => ended.abort('enough') })
    await expect(ended.perform()).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
    expect(world.network.openConnections).toBe(0)
  })
})
