/**
 * Every call from every callback: curl freed what it was using when a transfer was paused from inside of a socket
 * callback (CVE-2026-9080). Whatever is called from wherever, the transfer ends once, and the next one is well.
 */
import { describe, expect, test } from 'vitest'
import { isTransferError, type EasyOptions } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Multi } from '@trunkline/multi'
import { redirect, VERSIONS, witness } from '../support/witnesses.ts'

const CLOSE_ALL = 'close the multi'

/** Everything that can be called on a handle and a multi. */
const CALLS: Readonly<Record<string, (easy: Easy, multi: Multi) => unknown>> = {
  pause: (easy) => {
    easy.pause()
    // Somebody has to go on some time.
    queueMicrotask(() => easy.resume())
  },
  resume: (easy) => easy.resume(),
  'pause and resume': (easy) => {
    easy.pause()
    easy.resume()
  },
  abort: (easy) => easy.abort(),
  'abort twice': (easy) => {
    easy.abort()
    easy.abort()
  },
  set: (easy) => easy.set({ url: 'http://b.test/', username: 'eve', headers: { 'X-Late': '1' } }),
  reset: (easy) => easy.reset().set({ url: 'http://a.test/' }),
  duplicate: (easy) => easy.duplicate(),
  perform: (easy) => easy.perform(),
  stream: (easy) => easy.stream(),
  explain: (easy, multi) => [easy.explain(), multi.explain(easy)],
  upkeep: (easy, multi) => [easy.upkeep(), multi.upkeep()],
  info: (easy) => JSON.stringify([easy.info, String(easy.handle)]),
  save: (easy) => easy.save(),
  reprioritize: (easy) => easy.reprioritize('u=0'),
  'close the handle': (easy) => easy.close(),
  'add it again': (easy, multi) => multi.add(easy),
  'remove it': (easy, multi) => multi.remove(easy),
  'remove it and add it': (easy, multi) => {
    multi.remove(easy)
    return multi.add(easy)
  },
  networkChanged: (_easy, multi) => multi.networkChanged(),
  'set limits': (_easy, multi) => multi.set({ maxTotalConnections: 1, maxConnects: 1 }),
  connections: (_easy, multi) => multi.connections(),
  connect: (easy) => easy.connect(),
  webSocket: (easy, multi) => multi.webSocket(easy),
  'take the share away': (easy) => easy.setopt('CURLOPT_SHARE', undefined),
  [CLOSE_ALL]: (_easy, multi) => multi.close(),
}

type Act = () => void

/** Every callback that a user can give, with `act` called in it. */
const CALLBACKS: Readonly<Record<string, (act: Act) => EasyOptions>> = {
  writeFunction: (act) => ({ writeFunction: () => act() }),
  headerFunction: (act) => ({ headerFunction: () => act() }),
  progressFunction: (act) => ({
    progressFunction: () => {
      act()
      return undefined
    },
  }),
  'a body function': (act) => ({
    body: () => {
      act()
      return [new Uint8Array(10)]
    },
  }),
  'an iterator of a body': (act) => ({
    body: async function* () {
      act()
      yield new Uint8Array(70_000)
      act()
      yield new Uint8Array(10)
    },
  }),
  negotiateFunction: (act) => ({
    httpAuth: ['negotiate'],
    negotiateFunction: () => {
      act()
      return Uint8Array.of(1)
    },
  }),
  hstsReadFunction: (act) => ({
    hsts: '',
    hstsReadFunction: () => {
      act()
      return []
    },
  }),
}

const EVENTS = [
  'connection-opened',
  'connection-reused',
  'connection-idle',
  'connection-closed',
  'transfer-queued',
  'transfer-started',
  'transfer-retried',
  'transfer-done',
] as const

async function play(
  httpVersion: (typeof VERSIONS)[number],
  call: keyof typeof CALLS,
  arrange: (act: Act, multi: Multi) => EasyOptions,
): Promise<number> {
  let acts = 0
  await witness(
    ({ url, body }) =>
      url === 'http://a.test/' ? redirect('/next') : { body: `${body.length} bytes: ${'x'.repeat(40_000)}` },
    async ({ make, multi, ask, world }) => {
      const codes: string[] = []
      const note = (error: unknown): void => {
        if (!isTransferError(error)) throw error
        codes.push(error.code)
      }
      const easy: Easy = make({
        httpVersion,
        followLocation: true,
        ...arrange(() => {
          acts += 1
          if (acts > 3) return
          try {
            const answer = CALLS[call]!(easy, multi)
            if (answer instanceof Promise) answer.then(undefined, note)
          } catch (error) {
            note(error)
          }
        }, multi),
      })
      let ends = 0
      const done = multi.add(easy).then(
        () => void (ends += 1),
        (error: unknown) => {
          ends += 1
          note(error)
        },
      )
      // A handle that was closed or removed in the middle has been told so.
      await Promise.race([done, world.sleep(20_000)])
      expect(ends).toBe(1)
      for (const code of codes) expect(EXPECTED).toContain(code)
      if (call === CLOSE_ALL) return
      // What was left behind serves others, and nothing hangs on to a limit.
      multi.set({ maxTotalConnections: 4 })
      expect(await ask({ httpVersion, url: 'http://a.test/after' })).toMatch(/^0 bytes/)
      expect(
        await Promise.all([1, 2, 3].map(() => ask({ httpVersion, url: 'http://b.test/after' }))),
      ).toHaveLength(3)
      await easy.close()
    },
  )
  return acts
}

/** What misplaced calls may be told. Anything else, such as a broken invariant, is a bug. */
const EXPECTED = [
  'ABORTED_BY_CALLBACK',
  'FAILED_INIT',
  'MULTI_ABORTED',
  'MULTI_ADDED_ALREADY',
  'MULTI_BAD_EASY_HANDLE',
  'RECURSIVE_API_CALL',
]

describe.each(VERSIONS)('CVE-2026-9080: every call from every callback, over HTTP/%s', (httpVersion) => {
  describe.each(Object.keys(CALLBACKS))('from %s', (callback) => {
    test.each(Object.keys(CALLS))('%s', async (call) => {
      expect(await play(httpVersion, call, (act) => CALLBACKS[callback]!(act))).toBeGreaterThan(0)
    })
  })

  test.each(Object.keys(CALLS))('from listeners of events: %s', async (call) => {
    const acts = await play(httpVersion, call, (act, multi) => {
      for (const event of EVENTS) multi.events.on(event, act)
      return {}
    })
    expect(acts).toBeGreaterThan(0)
  })
})
