import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseChallenges } from '../../../packages/core/src/auth/challenges.ts'
import {
  parseDigestChallenge,
  pickDigestChallenge,
} from '../../../packages/core/src/auth/digest-challenge.ts'
import { DigestStates } from '../../../packages/core/src/auth/digest-states.ts'
import { NonceCounts } from '../../../packages/core/src/auth/nonce-counts.ts'
import { DigestState, type DigestRequest } from '../../../packages/core/src/auth/digest.ts'
import { challengeOf, constantRandom, fromText, HASHES, randomOf } from './ports.ts'

const GET: DigestRequest = { method: 'GET', target: '/dir/index.html' }

function answer(
  field: string,
  user: string,
  password: string,
  request: DigestRequest,
  random = constantRandom(0),
): string {
  const state = new DigestState(HASHES, random)
  state.receive(parseDigestChallenge(challengeOf(field))!)
  return state.authorize(request, { user, password })!
}

function partOf(value: string, name: string): string | undefined {
  return new RegExp(`[ ,]${name}="?([^",]*)`).exec(value)?.[1]
}

describe("Digest answers as curl's own cases have it:", () => {
  test.each([
    [
      'testuser',
      'testpass',
      'realm="testrealm", nonce="1053604145"',
      'GET',
      '/1079',
      'username="testuser", realm="testrealm", nonce="1053604145", uri="/1079", response="e340c7cdca0950462070f46ee139e9f7"',
    ],
    [
      'auser',
      'apasswd',
      'realm="testrealm", nonce="1053604144"',
      'GET',
      '/1001',
      'username="auser", realm="testrealm", nonce="1053604144", uri="/1001", response="6af4d89c952f4dd4cc215a6878dc499d"',
    ],
    [
      'auser',
      'apasswd',
      'realm="testrealm", nonce="1053604144"',
      'POST',
      '/245',
      'username="auser", realm="testrealm", nonce="1053604144", uri="/245", response="379a439b1737ba257c1d2f103914b18b"',
    ],
    [
      'testuser',
      'testpass',
      'realm="gimme all yer s3cr3ts", nonce="11223344"',
      'PUT',
      '/1071',
      'username="testuser", realm="gimme all yer s3cr3ts", nonce="11223344", uri="/1071", response="df4cef6b52a30e65d472dd848d2055a1"',
    ],
    [
      'testuser',
      'testpass',
      'realm="test \\"this\\" realm!!", nonce="1053604145"',
      'GET',
      '/1095',
      'username="testuser", realm="test \\"this\\" realm!!", nonce="1053604145", uri="/1095", response="df3246f44d2bc8de0e9f8fc4d7cf6e95"',
    ],
    [
      '\\user"',
      'password',
      'realm="testrealm", nonce="1053604145"',
      'GET',
      '/1229',
      'username="\\\\user\\"", realm="testrealm", nonce="1053604145", uri="/1229", response="f2694d426040712584c156d3de72b8d6"',
    ],
    [
      'testuser',
      'testpass',
      'realm="testrealm", algorithm=MD5, algorithm=MD5, nonce=1, nonce=2',
      'GET',
      '/1437',
      'username="testuser", realm="testrealm", nonce="2", uri="/1437", response="4376eb639bf8e7343a6e7b56e1b89c4f", algorithm=MD5',
    ],
    [
      'hello\n\r',
      'there',
      'realm="testrealm%0a%0d", nonce="1053604145"',
      'GET',
      '/',
      'username="hello%0A%0D", realm="testrealm%0a%0d", nonce="1053604145", uri="/", response="64e5ae1b90f05309847ac483c1094284"',
    ],
    [
      'testuser',
      'testpass',
      'realm="testrealm", nonce="1053604145", algorithm="SHA-256"',
      'GET',
      '/2061',
      'username="testuser", realm="testrealm", nonce="1053604145", uri="/2061", response="9dc55255f1a2537b838311674b621d45346b862a81631bb20e4ce356ef25062d", algorithm=SHA-256',
    ],
    [
      'testuser',
      'testpass',
      'realm="testrealm", nonce="1053604145", algorithm="SHA-256", userhash=true',
      'GET',
      '/2063',
      'username="75af8a3500f771e58a52093a25e7905d6e428a511285c12ea1420c73078dfd61", realm="testrealm", nonce="1053604145", uri="/2063", response="6c470aec384ab1d4e12d3ce1f5b08303d8cad177e52ebe50ec1a3e141adb0cdc", algorithm=SHA-256, userhash=true',
    ],
    [
      'testuser',
      'test2pass',
      'realm="testrealm", nonce="2053604145", algorithm="SHA-512-256"',
      'GET',
      '/2065',
      'username="testuser", realm="testrealm", nonce="2053604145", uri="/2065", response="0373a49d7d352ff54884faaf762fc6c89281b4112ad8fcbbe1d1ee52dcf7a802", algorithm=SHA-512-256',
    ],
    [
      'silly',
      'person',
      'realm="weirdorealm", nonce="12345"',
      'CONNECT',
      'test.remote.haxx.se.1061:8990',
      'username="silly", realm="weirdorealm", nonce="12345", uri="test.remote.haxx.se.1061:8990", response="4e23449fa93224834299e7282a70472c"',
    ],
    [
      'foo',
      'bar',
      'realm="weirdorealm", nonce="12345"',
      'GET',
      '/335',
      'username="foo", realm="weirdorealm", nonce="12345", uri="/335", response="f61609cd8f5bb205ef4e169b2c5626cb"',
    ],
  ])('%s %s %s', (user, password, challenge, method, target, value) => {
    expect(answer(`Digest ${challenge}`, user, password, { method, target })).toBe(`Digest ${value}`)
  })
})

describe('Digest answers as the RFCs have it:', () => {
  test('RFC 2617 3.5', () => {
    const field =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    // The example's cnonce happens to be base64 of six bytes.
    const random = { bytes: () => new Uint8Array(Buffer.from('0a4f113b', 'base64')), fraction: () => 0 }
    expect(answer(field, 'Mufasa', 'Circle Of Life', GET, random)).toBe(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", cnonce="0a4f113b", nc=00000001, qop=auth, ' +
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    )
  })

  // RFC 7616 3.9.1; its cnonce is base64 of 33 bytes.
  const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'
  const CHALLENGE =
    'Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('RFC 7616 3.9.1 with %s', (algorithm, response) => {
    // 12 bytes are asked for; the port gives the 33 that the RFC's client used.
    const random = { bytes: () => new Uint8Array(Buffer.from(CNONCE, 'base64')), fraction: () => 0 }
    const value = answer(`${CHALLENGE}, algorithm=${algorithm}`, 'Mufasa', 'Circle of Life', GET, random)
    expect(partOf(value, 'cnonce')).toBe(CNONCE)
    expect(partOf(value, 'response')).toBe(response)
  })

  test('RFC 7616 3.9.2, with SHA-512-256, userhash and a name beyond ASCII, as its erratum has it', () => {
    const field =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    const user = 'J\u00e4s\u00f8n Doe'
    const value = answer(field, user, 'Secret, or not?', { method: 'GET', target: '/doe.json' })
    const hash = (text: string): string => createHash('sha512-256').update(text).digest('hex')
    expect(partOf(value, 'username')).toBe(hash(`${user}:api@example.org`))
    expect(partOf(value, 'username')).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    expect(value.endsWith(', algorithm=SHA-512-256, userhash=true')).toBe(true)
  })

  test.each(['MD5', 'SHA-256', 'SHA-512-256'])('%s-sess and auth-int, with a body', (name) => {
    const request = { method: 'POST', target: '/a', body: fromText('hello') }
    const value = answer(
      `Digest realm="r", nonce="n", qop="auth-int", algorithm=${name}-sess`,
      'u',
      'p',
      request,
    )
    const algorithm = name
      .toLowerCase()
      .replace(/^(md5)$|^sha-256$/, (_, md5) => (md5 as string | undefined) ?? 'sha256')
      .replace('sha-512', 'sha512')
    const hash = (text: string): string => createHash(algorithm).update(text).digest('hex')
    const secret = hash(`${hash('u:r:p')}:n:AAAAAAAAAAAAAAAA`)
    const what = hash(`POST:/a:${hash('hello')}`)
    expect(partOf(value, 'response')).toBe(hash(`${secret}:n:00000001:AAAAAAAAAAAAAAAA:auth-int:${what}`))
    expect(partOf(value, 'qop')).toBe('auth-int')
  })
})

describe('DigestState', () => {
  test('has nothing to say before a challenge', () => {
    const state = new DigestState(HASHES, constantRandom(0))
    expect(state.isReady).toBe(false)
    expect(state.authorize(GET, { user: 'u', password: 'p' })).toBeUndefined()
  })

  test('counts up while the nonce lasts, and anew with the next', () => {
    const state = new DigestState(HASHES, randomOf(fromText('first cnoncesecond cnon.')))
    const challenge = (nonce: string) =>
      parseDigestChallenge(challengeOf(`Digest realm="r", nonce="${nonce}", qop=auth`))!
    const counts: string[] = []
    const ask = (): void => {
      const value = state.authorize(GET, { user: 'u', password: 'p' })!
      counts.push(`${partOf(value, 'nonce')} ${partOf(value, 'nc')} ${atob(partOf(value, 'cnonce')!)}`)
    }
    state.receive(challenge('one'))
    ask()
    ask()
    state.receive(challenge('one'))
    ask()
    state.receive(challenge('two'))
    ask()
    expect(counts).toEqual([
      'one 00000001 first cnonce',
      'one 00000002 first cnonce',
      'one 00000003 first cnonce',
      'two 00000001 second cnon.',
    ])
  })

  test('sends names as UTF-8, and the realm as it came', () => {
    const value = answer('Digest realm="caf\xe9", nonce="n"', 'J\u00e4', '\u20ac', GET)
    expect(value).toContain('username="J\xc3\xa4", realm="caf\xe9"')
    const md5 = (...parts: Uint8Array[]): string =>
      createHash('md5').update(Buffer.concat(parts)).digest('hex')
    const secret = md5(fromText('J\u00e4:caf'), new Uint8Array([0xe9]), fromText(':\u20ac'))
    expect(partOf(value, 'response')).toBe(
      md5(fromText(`${secret}:n:${md5(fromText('GET:/dir/index.html'))}`)),
    )
  })

  test('leaves the query out for the IE flavour, in the hash too', () => {
    const field = 'Digest realm="r", nonce="n"'
    const ie = answer(field, 'u', 'p', { method: 'GET', target: '/a?b=c', isIe: true })
    expect(ie).toBe(answer(field, 'u', 'p', { method: 'GET', target: '/a' }))
    expect(answer(field, 'u', 'p', { method: 'GET', target: '/a?b=c' })).toContain('uri="/a?b=c"')
  })

  test('refuses what it cannot hash, and NUL', () => {
    const streamed = { method: 'PUT', target: '/', body: 'stream' } as const
    expect(() => answer('Digest nonce="n", qop="auth-int"', 'u', 's3cret', streamed)).toThrow(
      expect.objectContaining({ code: 'AUTH_ERROR' }),
    )
    expect(answer('Digest nonce="n", qop="auth"', 'u', 'p', streamed)).toContain('qop=auth,')
    expect(() => answer('Digest nonce="n"', 'u', 's3cret\0', GET)).toThrow(
      'the password contains the character U+0000',
    )
  })

  test('writes nothing that could end a field or a quoted-string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (user, password) => {
        fc.pre(!user.includes('\0') && !password.includes('\0'))
        const value = answer('Digest realm="r", nonce="n"', user, password, GET)
        expect(value).toMatch(
          /^Digest username="(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\["\\])*", realm="r", /,
        )
      }),
    )
  })
})

describe('parseDigestChallenge', () => {
  test.each([
    ['another scheme', 'Basic realm="r", nonce="n"'],
    ['no nonce', 'Digest realm="r"'],
    ['an unknown algorithm', 'Digest nonce="n", algorithm=SHA-1'],
    ['a session without qop', 'Digest nonce="n", algorithm=MD5-sess'],
    ['a session with an unknown qop', 'Digest nonce="n", algorithm=MD5-sess, qop="auth-conf"'],
  ])('finds none in %s', (_, field) => {
    expect(parseDigestChallenge(challengeOf(field))).toBeUndefined()
  })

  test('takes auth before auth-int, and no qop for unknown ones', () => {
    const qop = (text: string) => parseDigestChallenge(challengeOf(`Digest nonce="n", qop=${text}`))?.qop
    expect(['"auth-int, AUTH"', '"auth-int"', '"auth-conf"', '""', 'auth'].map(qop)).toEqual([
      'auth',
      'auth-int',
      undefined,
      undefined,
      'auth',
    ])
  })

  test('knows stale and userhash in any case, and no realm', () => {
    expect(parseDigestChallenge(challengeOf('Digest nonce="n", STALE=TRUE, userhash="True"'))).toMatchObject({
      realm: '',
      isStale: true,
      wantsUserhash: true,
    })
  })
})

describe('pickDigestChallenge', () => {
  test('takes the strongest, of equals the first, and passes over what it does not know', () => {
    const pick = (...fields: string[]) => pickDigestChallenge(parseChallenges(fields))?.nonce
    expect(
      pick('Digest nonce=a', 'Digest nonce=b, algorithm=SHA-256', 'Digest nonce=c, algorithm=SHA-256'),
    ).toBe('b')
    expect(pick('Digest nonce=a, algorithm=SHA-512-256, Digest nonce=b, algorithm=SHA-256')).toBe('a')
    expect(pick('Digest nonce=a, algorithm=SHA3-256', 'Digest nonce=b')).toBe('b')
    expect(pick('Basic realm="x"')).toBeUndefined()
  })
})

describe('DigestStates', () => {
  const PORTS = { hashes: HASHES, random: constantRandom(0) }
  const ready = (states: DigestStates, role: 'origin' | 'proxy', peer: string, user: string): boolean =>
    states.of({ role, peer, user }, PORTS).isReady

  test('keep a state for its role, peer and user only (CVE-2026-7168, CVE-2026-8927, CVE-2026-11856)', () => {
    const states = new DigestStates(10)
    states
      .of({ role: 'proxy', peer: 'http://a:1', user: 'u' }, PORTS)
      .receive(parseDigestChallenge(challengeOf('Digest nonce=n'))!)
    expect(ready(states, 'proxy', 'http://a:1', 'u')).toBe(true)
    expect(ready(states, 'proxy', 'http://b:1', 'u')).toBe(false)
    expect(ready(states, 'proxy', 'http://a:2', 'u')).toBe(false)
    expect(ready(states, 'proxy', 'http://a:1', 'U')).toBe(false)
    expect(ready(states, 'origin', 'http://a:1', 'u')).toBe(false)
    states.clear()
    expect(ready(states, 'proxy', 'http://a:1', 'u')).toBe(false)
  })

  test('forget the one not used for longest', () => {
    const states = new DigestStates(2)
    const challenge = parseDigestChallenge(challengeOf('Digest nonce=n'))!
    for (const user of ['a', 'b']) states.of({ role: 'origin', peer: 'p', user }, PORTS).receive(challenge)
    states.of({ role: 'origin', peer: 'p', user: 'a' }, PORTS)
    states.of({ role: 'origin', peer: 'p', user: 'c' }, PORTS)
    expect(ready(states, 'origin', 'p', 'a')).toBe(true)
    expect(ready(states, 'origin', 'p', 'b')).toBe(false)
  })
})

describe('NonceCounts', () => {
  const challenge = parseDigestChallenge(challengeOf('Digest realm="r", nonce="n", qop="auth"'))!
  const next = (state: DigestState, counts: NonceCounts, peer = 'http://a:1'): string | undefined =>
    /nc=(\d+)/.exec(state.authorize(GET, { user: 'u', password: 'p' }, counts.of('origin', peer)) ?? '')?.[1]

  function asked(): DigestState {
    const state = new DigestState(HASHES, constantRandom(0))
    state.receive(challenge)
    return state
  }

  test('let no two states use one count of one nonce', () => {
    const counts = new NonceCounts(10)
    const [one, two] = [asked(), asked()]
    expect([one, two, two, one].map((state) => next(state, counts))).toEqual([
      '00000001',
      '00000002',
      '00000003',
      '00000004',
    ])
    expect(next(asked(), counts, 'http://b:1')).toBe('00000001')
  })

  test('go on where a state is, when they have forgotten it', () => {
    const counts = new NonceCounts(1)
    const state = asked()
    next(state, counts)
    next(state, counts)
    next(asked(), counts, 'http://b:1')
    expect(next(state, counts)).toBe('00000003')
  })

  test('are not asked where there is no count (RFC 2069)', () => {
    const counts = new NonceCounts(10)
    const old = new DigestState(HASHES, constantRandom(0))
    old.receive(parseDigestChallenge(challengeOf('Digest realm="r", nonce="n"'))!)
    expect(next(old, counts)).toBeUndefined()
    expect(next(asked(), counts)).toBe('00000001')
  })
})
