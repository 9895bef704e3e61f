/** That a way without options that shape it follows from the origin alone. */
import { describe, expect, test } from 'vitest'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'
import { OptionSet } from '../../../packages/core/src/options/option-set.ts'
import type { EasySettings } from '../../../packages/core/src/options/option-types.ts'
import { planRoute } from '../../../packages/core/src/route/plan-route.ts'
import { planWay } from '../../../packages/core/src/route/way.ts'
import { EASY_OPTIONS, type OptionRow } from '../../../packages/core/src/tables/option-table.ts'

const NO_BENDS = { proxies: undefined, alternative: undefined }
const settingsOf = (options: object = {}): EasySettings =>
  new OptionSet(EASY_OPTIONS, options as Record<string, unknown>).snapshot()
const originOf = (url: string) => parseUrl(url).origin

describe('A way', () => {
  test.each(['http://a.test/', 'https://a.test/', 'ws://a.test/', 'wss://a.test/'])(
    'to %s is planned by options of the identity only',
    (url) => {
      const read = new Set<string>()
      const watched = new Proxy(settingsOf({ tcpKeepAlive: true }), {
        get(target, name) {
          read.add(String(name))
          return Reflect.get(target, name)
        },
      })
      planRoute(watched, originOf(url))
      const rows: Record<string, OptionRow> = EASY_OPTIONS
      // The proxy is chosen by what the environment says, and is itself part of the identity.
      const others = [...read].filter((name) => rows[name]?.identity === 'no' && name !== 'proxyEnvironment')
      expect(read.size).toBeGreaterThan(5)
      expect(others).toEqual([])
    },
  )

  test('is shared by all who go to an origin without an option that shapes connections', () => {
    const one = planWay(
      settingsOf({ url: 'http://a.test/1', timeoutMs: 5 }),
      originOf('http://a.test/1'),
      NO_BENDS,
    )
    const two = planWay(settingsOf({ url: 'http://a.test/2' }), originOf('http://a.test/2'), NO_BENDS)
    expect(two).toBe(one)
    expect(one.identity.key).toBe('http://a.test:80')
  })

  test.each([
    { ipResolve: 'v4' },
    { sslVerifyPeer: false, url: 'https://a.test/' },
    { interface: '127.0.0.1' },
  ])('with %o is its own', (options) => {
    const url = 'https://a.test/'
    const plain = planWay(settingsOf({ url }), originOf(url), NO_BENDS)
    const own = planWay(settingsOf({ url, ...options }), originOf(url), NO_BENDS)
    expect(own.identity.key).not.toBe(plain.identity.key)
    expect(planWay(settingsOf({ url }), originOf(url), NO_BENDS)).toBe(plain)
  })

  test('of one who is known to the server is not shared with others', () => {
    const url = 'http://a.test/'
    const login = { user: 'u', password: 'p' }
    const own = planWay(settingsOf({ url }), originOf(url), { ...NO_BENDS, login })
    expect(own.identity.key).not.toBe(planWay(settingsOf({ url }), originOf(url), NO_BENDS).identity.key)
  })
})
