/** Names and TLS sessions that outlive a transfer, on a clock set by hand. */
import { describe, expect, test } from 'vitest'
import { DnsCache } from '../../../packages/core/src/cache/dns-cache.ts'
import { TlsSessionCache } from '../../../packages/core/src/cache/tls-session-cache.ts'
import type { Clock, ResolvedAddress, Resolver } from '../../../packages/core/src/env/environment.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'

function handClock(): Clock & { pass(ms: number): void } {
  let now = 0
  return {
    now: () => now,
    date: () => new Date(now),
    at: () => ({ cancel: () => undefined }),
    afterPendingInput: () => undefined,
    pass: (ms) => void (now += ms),
  }
}

/** Answers lookups when the test says so. */
class HandResolver implements Resolver {
  readonly asked: string[] = []
  readonly #answers = new Map<string, (addresses: readonly ResolvedAddress[]) => void>()

  lookup(name: string): Promise<readonly ResolvedAddress[]> {
    this.asked.push(name)
    return new Promise((resolve) => this.#answers.set(name, resolve))
  }

  answer(name: string): void {
    this.#answers.get(name)?.([{ address: '10.0.0.1', family: 4 }])
  }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve()
}

describe('DnsCache', () => {
  test('asks a few names at once, and drops those that nobody waits for any more', async () => {
    const resolver = new HandResolver()
    const cache = new DnsCache(handClock(), resolver)
    const controller = new AbortController()
    const dead = Array.from({ length: LIMITS.dnsLookups + 5 }, (_, i) =>
      cache.lookup(`dead${i}.test`, 'any', 60_000, controller.signal),
    )
    for (const lookup of dead) lookup.catch(() => undefined)
    const live = cache.lookup('live.test', 'any', 60_000, new AbortController().signal)
    expect(resolver.asked).toHaveLength(LIMITS.dnsLookups)
    controller.abort(new Error('given up'))
    resolver.answer('dead0.test')
    await settle()
    expect(resolver.asked.slice(LIMITS.dnsLookups)).toEqual(['live.test'])
    resolver.answer('live.test')
    expect((await live).addresses).toHaveLength(1)
  })

  test('one asker that loses interest does not take the answer from another', async () => {
    const resolver = new HandResolver()
    const cache = new DnsCache(handClock(), resolver)
    const controller = new AbortController()
    const [first, second] = [
      cache.lookup('a.test', 'any', 60_000, controller.signal),
      cache.lookup('a.test', 'any', 60_000),
    ]
    controller.abort()
    resolver.answer('a.test')
    expect(await second).toMatchObject({ cached: false })
    expect((await first).addresses).toEqual((await second).addresses)
    expect(await cache.lookup('a.test', 'any', 60_000)).toMatchObject({ cached: true })
    expect(resolver.asked).toEqual(['a.test'])
  })

  test('who asks for a dropped name is never given the end of those before', async () => {
    // At whatever moment the question comes while the drop is on its way.
    for (let moment = 0; moment < 12; moment += 1) {
      const resolver = new HandResolver()
      const cache = new DnsCache(handClock(), resolver)
      const controller = new AbortController()
      const names = Array.from({ length: LIMITS.dnsLookups + 1 }, (_, i) => `dead${i}.test`)
      for (const name of names) cache.lookup(name, 'any', 60_000, controller.signal).catch(() => undefined)
      controller.abort(new Error('given up'))
      resolver.answer(names[0]!)
      for (let i = 0; i < moment; i += 1) await Promise.resolve()
      const late = cache.lookup(names.at(-1)!, 'any', 60_000, new AbortController().signal)
      await settle()
      resolver.answer(names.at(-1)!)
      expect(await late).toMatchObject({ addresses: [{ address: '10.0.0.1' }] })
    }
  })

  test('a negative age means for ever, 0 not at all', async () => {
    const resolver = new HandResolver()
    const clock = handClock()
    const cache = new DnsCache(clock, resolver)
    const first = cache.lookup('a.test', 'any', -1)
    resolver.answer('a.test')
    await first
    clock.pass(1e9)
    expect(await cache.lookup('a.test', 'any', -1)).toMatchObject({ cached: true })
    void cache.lookup('a.test', 'any', 0)
    expect(resolver.asked).toEqual(['a.test', 'a.test'])
  })
})

describe('TlsSessionCache', () => {
  test('hands each session out once, the newest first, and keeps a few per peer', () => {
    const cache = new TlsSessionCache(handClock())
    for (const byte of [1, 2, 3]) cache.put('a', Uint8Array.of(byte))
    expect([cache.take('a'), cache.take('a'), cache.take('a')]).toEqual([
      Uint8Array.of(3),
      Uint8Array.of(2),
      undefined,
    ])
    expect(cache.take('b')).toBeUndefined()
  })

  test('forgets sessions after seven days (RFC 8446 4.6.1)', () => {
    const clock = handClock()
    const cache = new TlsSessionCache(clock)
    cache.put('a', Uint8Array.of(1))
    clock.pass(LIMITS.tlsSessionMs + 1)
    cache.put('b', Uint8Array.of(2))
    expect([cache.take('a'), cache.take('b')]).toEqual([undefined, Uint8Array.of(2)])
  })
})
