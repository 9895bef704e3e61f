/** Identity by reflection: every option that claims to shape a connection separates connections, and no other does. */
import { describe, expect, test } from 'vitest'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'
import { OptionSet } from '../../../packages/core/src/options/option-set.ts'
import { compareIdentities, makeIdentity, type Identity } from '../../../packages/core/src/route/identity.ts'
import { EASY_OPTIONS, type OptionRow } from '../../../packages/core/src/tables/option-table.ts'

const ROWS = Object.entries(EASY_OPTIONS as Record<string, OptionRow>)

/** A value that differs from the default, by kind. */
function otherValue(row: OptionRow): unknown {
  switch (row.kind) {
    case 'flag':
      return row.default !== true
    case 'integer':
    case 'duration':
      return Math.min(Number(row.default ?? 0) + 1_000, (row.max ?? Infinity) - 1)
    case 'text':
      return 'another'
    case 'choice':
      return row.choices!.find((choice) => choice !== row.default)
    case 'proxy':
      return 'socks5h://other.test:1081'
    case 'variables':
      return { http_proxy: 'http://p.test:3128', https_proxy: 'http://p.test:3128' }
    case 'list':
      return row.choices?.slice(0, 1) ?? ['a.test:443:10.0.0.9:443']
    case 'bytes':
      return Uint8Array.of(1, 2, 3)
    case 'url':
      return 'https://a.test/other'
    case 'headers':
      return { 'X-Other': '1' }
    case 'body':
      return 'other'
    case 'post-fields':
    case 'json':
      return 'other'
    case 'mime-parts':
      return [{ name: 'other' }]
    case 'signal':
      return new AbortController().signal
    default:
      return () => undefined
  }
}

function identity(options: Record<string, unknown>, url = 'https://a.test/'): Identity {
  return makeIdentity(new OptionSet(EASY_OPTIONS, options).snapshot(), parseUrl(url).origin)
}

const PLAIN = identity({})

describe('identity', () => {
  test.each(ROWS.filter(([, row]) => row.identity !== 'no' && row.identity !== 'proxy'))(
    '%s separates connections, and is named',
    (name, row) => {
      const other = identity({ [name]: otherValue(row) })
      expect(other.key).not.toBe(PLAIN.key)
      const [mismatch, ...more] = compareIdentities(PLAIN, other)
      expect(mismatch).toMatchObject({ reason: row.identity, field: name })
      expect(more).toEqual([])
    },
  )

  test.each(ROWS.filter(([, row]) => row.identity === 'proxy'))(
    '%s separates connections through a proxy, and no others',
    (name, row) => {
      // A tunnel of http, or it would be none with httpProxyTunnel alone.
      const through = (more: Record<string, unknown>): Identity =>
        identity(
          { proxy: 'https://p.test:3128', httpProxyTunnel: name !== 'httpProxyTunnel', ...more },
          'http://a.test/',
        )
      const plain = through({})
      const other = through({ [name]: name === 'proxyAuth' ? ['digest'] : otherValue(row) })
      expect(other.key).not.toBe(plain.key)
      const fields = compareIdentities(plain, other).map(({ field }) => field)
      expect(fields).toContain(name)
      const direct = identity({ [name]: otherValue(row), noProxy: '*' })
      expect(direct.key).toBe(PLAIN.key)
    },
  )

  test.each(ROWS.filter(([name, row]) => row.identity === 'no' && name !== 'proxyEnvironment'))(
    '%s does not',
    (name, row) => {
      const other = identity({ [name]: otherValue(row) })
      expect(other.key).toBe(PLAIN.key)
      expect(compareIdentities(PLAIN, other)).toEqual([])
    },
  )

  test.each(ROWS.filter(([, row]) => row.secret === true && !['no', 'proxy'].includes(row.identity)))(
    'the values of %s are not told',
    (name, row) => {
      const [mismatch] = compareIdentities(PLAIN, identity({ [name]: otherValue(row) }))
      expect(mismatch).toMatchObject({ have: undefined, want: undefined })
    },
  )

  test('scheme and port separate, the path does not', () => {
    expect(compareIdentities(PLAIN, identity({}, 'http://a.test:443/')).map(({ reason }) => reason)).toEqual([
      'scheme',
    ])
    expect(
      compareIdentities(PLAIN, identity({}, 'https://a.test:8443/')).map(({ reason }) => reason),
    ).toEqual(['port'])
    expect(identity({}, 'https://a.test/other?x#y').key).toBe(PLAIN.key)
  })

  test('values are compared exactly: case and order count', () => {
    expect(identity({ connectionTag: 'Secret' }).key).not.toBe(identity({ connectionTag: 'secret' }).key)
    expect(identity({ caInfo: '/A.pem' }).key).not.toBe(identity({ caInfo: '/a.pem' }).key)
  })

  test('every form of the interface option separates (libcurl compares the plain form only)', () => {
    const keys = ['127.0.0.2', 'host!127.0.0.2', 'host!127.0.0.3', 'if!lo', 'ifhost!lo!127.0.0.2'].map(
      (value) => identity({ interface: value }).key,
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('TLS options do not separate connections in clear text', () => {
    expect(identity({ caInfo: 'x' }, 'http://a.test/').key).toBe(identity({}, 'http://a.test/').key)
  })
})
