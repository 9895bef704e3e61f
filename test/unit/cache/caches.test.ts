/** Names and TLS sessions that outlive a transfer, on a clock set by hand. */
import { describe, expect, test } from 'vitest'
import { DnsCache } from '../../../packages/core/src/cache/dns-cache.ts'
import { TlsSessionCache } from '../../../packages/core/src/cache/tls-session-cache.ts'
import type { Clock, ResolvedAddress, Resolver } from '../../../packages/core/src/env/environment.ts'
import { HASHES } from '../auth/ports.ts'
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
    const cache = sessionCache()
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
    const cache = sessionCache(clock)
    cache.put('a', Uint8Array.of(1))
    clock.pass(LIMITS.tlsSessionMs + 1)
    cache.put('b', Uint8Array.of(2))
    expect([cache.take('a'), cache.take('b')]).toEqual([undefined, Uint8Array.of(2)])
  })
})

/** A cache whose random bytes count up from `salt`. */
function sessionCache(clock = handClock(), salt = 1): TlsSessionCache {
  const random = {
    bytes: (count: number) => Uint8Array.from({ length: count }, (_, at) => at + salt),
    fraction: () => 0,
  }
  return new TlsSessionCache({ clock, random, hashes: HASHES })
}

describe('TLS sessions as text', () => {
  const KEY = 'https://a.test:443 [["keyPasswd","secret"]]'
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

  test('go to another process, and tell nobody whose they are', () => {
    const ours = sessionCache()
    ours.put(KEY, bytes(1))
    ours.put(KEY, bytes(2))
    ours.put('b', bytes(3))
    const text = ours.export()
    expect(text).not.toMatch(/secret|a\.test/)
    const theirs = sessionCache(undefined, 7)
    expect(theirs.import(text)).toBe(3)
    expect([theirs.take('c'), theirs.take(KEY), theirs.take(KEY), theirs.take(KEY)]).toEqual([
      undefined,
      bytes(2),
      bytes(1),
      undefined,
    ])
  })

  test('what was imported and not used is exported again', () => {
    const text = filled('a', 1).export()
    const cache = sessionCache(undefined, 9)
    cache.import(text)
    cache.put('b', bytes(2))
    const again = sessionCache()
    again.import(cache.export())
    expect([again.take('a'), again.take('b')]).toEqual([bytes(1), bytes(2)])
  })

  test('a text that others wrote meanwhile is merged, the newest of each peer kept', () => {
    const theirs = filled('a', 1)
    theirs.put('b', bytes(2))
    const ours = sessionCache(undefined, 50)
    ours.put('a', bytes(3))
    ours.put('c', bytes(4))
    const merged = ours.export(theirs.export())
    const next = sessionCache()
    expect(next.import(merged)).toBe(4)
    expect(['b', 'c'].map((key) => next.take(key)?.[0])).toEqual([2, 4])
    expect(new Set([next.take('a')?.[0], next.take('a')?.[0]])).toEqual(new Set([1, 3]))
    expect(ours.export(merged)).toBe(merged)
  })

  test('too old ones, broken lines and other files give nothing', () => {
    const clock = handClock()
    const text = filled('a', 1).export()
    clock.pass(LIMITS.tlsSessionMs + 10_000)
    expect(sessionCache(clock).import(text)).toBe(0)
    expect(sessionCache().import(text.replace(/session .*/, 'session x y z'))).toBe(0)
    for (const other of ['', 'salt', 'salt !!', '# nothing', '\0'.repeat(100)])
      expect(sessionCache().import(other)).toBe(0)
  })

  test('any damage to the text loses sessions at most', () => {
    const text = filled('a', 1).export()
    for (let at = 0; at < text.length; at += 1) {
      const cache = sessionCache()
      cache.import(`${text.slice(0, at)}~${text.slice(at + 1)}`)
      expect([undefined, 1]).toContain(cache.take('a')?.[0])
      sessionCache().import(text.slice(0, at))
    }
  })

  function filled(key: string, byte: number): TlsSessionCache {
    const cache = sessionCache()
    cache.put(key, bytes(byte))
    return cache
  }
})
