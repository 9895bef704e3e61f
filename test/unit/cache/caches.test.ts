/** Names and TLS sessions that outlive a transfer, on a clock set by hand. */
import { describe, expect, test } from 'vitest'
import { DnsCache } from '../../../packages/core/src/cache/dns-cache.ts'
import { TlsSessionCache } from '../../../packages/core/src/cache/tls-session-cache.ts'
import type { Clock, ResolvedAddress, Resolver } from '../../../packages/core/src/env/environment.ts'
import { HASHES } from '../auth/ports.ts'
import type { SpecialLookup } from '../../../packages/core/src/connect/filter.ts'
import { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'

function handClock(): Clock & { pass(ms: number): void } {
  let now = 0
  return {
    now: () => now,
    date: () => new Date(now),
    at: () => ({ cancel: () => undefined }),
    stayAwake: () => ({ cancel: () => undefined }),
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

describe('DnsCache, asked otherwise', () => {
  const way = (
    key: string,
    answers: (() => Promise<readonly ResolvedAddress[]>)[],
  ): SpecialLookup & { asked: number } => ({
    key,
    asked: 0,
    look() {
      this.asked += 1
      return answers.shift()!()
    },
  })
  const found = (address: string, ttlMs?: number) => (): Promise<readonly ResolvedAddress[]> =>
    Promise.resolve([{ address, family: 4, ...(ttlMs === undefined ? {} : { ttlMs }) }])
  const failed = (details: Record<string, boolean>) => (): Promise<never> =>
    Promise.reject(new TransferError('COULDNT_RESOLVE_HOST', 'no', details))
  const first = async (cache: DnsCache, special: SpecialLookup, signal?: AbortSignal): Promise<string> =>
    (await cache.lookup('a.test', 'any', 60_000, signal, special)).addresses[0]!.address

  test('keeps the answers of two ways apart, and forgets both by name', async () => {
    const cache = new DnsCache(handClock(), new HandResolver())
    const one = way('one', [found('10.0.0.1'), found('10.0.0.3')])
    const two = way('two', [found('10.0.0.2')])
    expect([await first(cache, one), await first(cache, two), await first(cache, one)]).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.1',
    ])
    expect([one.asked, two.asked, cache.size]).toEqual([1, 1, 2])
    cache.forget('a.test')
    expect([cache.size, await first(cache, one)]).toEqual([0, '10.0.0.3'])
  })

  test('believes an answer for as long as it says, a second at least and the asker at most', async () => {
    for (const [ttlMs, staysMs] of [
      [5_000, 5_000],
      [0, LIMITS.dnsLeastTtlMs],
      [900_000, 60_000],
    ] as const) {
      const clock = handClock()
      const cache = new DnsCache(clock, new HandResolver())
      const special = way('x', [found('10.0.0.1', ttlMs), found('10.0.0.2')])
      await first(cache, special)
      clock.pass(staysMs - 1)
      expect(await first(cache, special)).toBe('10.0.0.1')
      clock.pass(1)
      expect(await first(cache, special)).toBe('10.0.0.2')
    }
  })

  test('remembers that a name is not there, not that a server was out of order', async () => {
    const cache = new DnsCache(handClock(), new HandResolver())
    const dead = way('dead', [failed({ transient: true }), found('10.0.0.1')])
    await expect(first(cache, dead)).rejects.toThrow('no')
    expect(await first(cache, dead)).toBe('10.0.0.1')
    const gone = way('gone', [failed({})])
    await expect(first(cache, gone)).rejects.toThrow('no')
    await expect(first(cache, gone)).rejects.toThrow(/not found 0.0 s ago/)
  })

  test('calls a question off when the last asker has gone, and asks anew for the next', async () => {
    const cache = new DnsCache(handClock(), new HandResolver())
    const signals: AbortSignal[] = []
    const special: SpecialLookup = {
      key: 'slow',
      look(_name, _family, signal) {
        signals.push(signal)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
    }
    const askers = [new AbortController(), new AbortController()]
    const lookups = askers.map(({ signal }) => first(cache, special, signal))
    for (const lookup of lookups) lookup.catch(() => undefined)
    askers[0]!.abort(new Error('gone'))
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    askers[1]!.abort(new Error('gone too'))
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    first(cache, special, new AbortController().signal).catch(() => undefined)
    await expect(lookups[1]).rejects.toThrow('gone too')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
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

  test('what was used since, and what is too old, stands in no later text', () => {
    const clock = handClock()
    const file = filled('a', 1).export()
    const cache = sessionCache(clock, 9)
    cache.import(file)
    expect(cache.take('a')).toEqual(bytes(1))
    cache.put('a', bytes(2))
    const next = cache.export(file)
    expect(readers(next)).toEqual([bytes(2), undefined])
    // Its own, too, once they have stood in a text.
    expect(cache.take('a')).toEqual(bytes(2))
    expect(readers(cache.export(next))).toEqual([undefined, undefined])
    clock.pass(LIMITS.tlsSessionMs + 10_000)
    expect(sessionCache(clock).export(next)).not.toContain('session ')
  })

  function readers(text: string): (Uint8Array | undefined)[] {
    const cache = sessionCache()
    cache.import(text)
    return [cache.take('a'), cache.take('a')]
  }

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
