/** CONNECT and its rounds of 407, whole, cut, with trailing bytes and spoilt. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { planAuth } from '../../../packages/core/src/auth/auth-plan.ts'
import { NonceCounts } from '../../../packages/core/src/auth/nonce-counts.ts'
import { DigestStates } from '../../../packages/core/src/auth/digest-states.ts'
import type { AuthWord } from '../../../packages/core/src/auth/select.ts'
import type { Environment } from '../../../packages/core/src/env/environment.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import { ConnectHandshake } from '../../../packages/core/src/proxy/connect-handshake.ts'
import { ProxyLogin } from '../../../packages/core/src/proxy/proxy-login.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { bytesOf, play, type Played } from '../../support/handshake-ends.ts'

const HEAD = {
  method: 'CONNECT',
  target: 'a.test:443',
  version: '1.1' as const,
  fields: Fields.of([['Host', 'a.test:443']]),
}
const ASKED = 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n'
const OK = 'HTTP/1.1 200 Connection established\r\n\r\n'

const hashes = {
  digest: (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest(),
  hmac: () => new Uint8Array(16),
}
const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 }

interface Given {
  readonly words?: readonly AuthWord[]
  readonly user?: string
  readonly digests?: DigestStates
}

function login({ words = ['basic'], user, digests = new DigestStates(10) }: Given = {}): ProxyLogin {
  const credentials = user === undefined ? undefined : { user, password: 'secret' }
  const environment = { hashes, random, clock: { date: () => new Date(0) } as Environment['clock'] }
  const plan = planAuth({ words, credentials, hasNegotiate: false })
  return new ProxyLogin(
    { proxy: 'http://p.test', proxyHost: 'p.test', target: HEAD.target, plan },
    { environment, digests, nonces: new NonceCounts(10), negotiate: undefined },
  )
}

const told: string[] = []
const make = (given?: Given): ConnectHandshake =>
  new ConnectHandshake(HEAD, login(given), (_sent, { status }) => told.push(String(status)))

function playEveryWay(given: Given | undefined, answers: readonly string[], thenEnds = false): Played {
  const bytes = answers.map(bytesOf)
  const whole = play(make(given), bytes, 0, thenEnds)
  for (const size of [1, 5, 64]) expect(play(make(given), bytes, size, thenEnds)).toEqual(whole)
  return whole
}

/** A refusal that asks for Digest. */
function digest(framing: string, more = ''): string {
  return `HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm="r", nonce="n1", qop="auth"${more}\r\n${framing}`
}

const ROUNDS = { words: ['digest'], user: 'ada' } as const

describe('one round', () => {
  test.each([
    ['as it should be', OK],
    ['with a length, which means nothing (RFC 9110 9.3.6)', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['chunked, which means nothing', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['from HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n'],
    ['behind 1xx', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n${OK}`],
    ['204', 'HTTP/1.1 204 Nothing\r\n\r\n'],
  ])('success %s; what follows is the tunnel', (_name, answer) => {
    expect(playEveryWay(undefined, [`${answer}\x16\x03\x01`])).toEqual({
      sent: ASKED,
      end: 'done \x16\x03\x01',
    })
  })

  test.each([
    ['403', 'HTTP/1.1 403 No\r\nContent-Length: 99\r\n\r\n', 'COULDNT_CONNECT 403'],
    [
      '407 without a login',
      'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="r"\r\n\r\n',
      'COULDNT_CONNECT 407',
    ],
    [
      'a redirect, which nobody follows',
      'HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n',
      'COULDNT_CONNECT 302',
    ],
    [
      '407 that nobody answers, in two framings at once',
      'HTTP/1.1 407 Who\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\nsome content\n',
      'RECV_ERROR 407',
    ],
    [
      'another refusal in two framings, which ends it all the same',
      'HTTP/1.1 403 No\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n',
      'COULDNT_CONNECT 403',
    ],
    ['101', 'HTTP/1.1 101 Switching\r\n\r\n', 'COULDNT_CONNECT 101'],
    ['no HTTP', '\x05\x00nothing of the kind\r\n\r\n', 'UNSUPPORTED_PROTOCOL'],
  ])('%s', (_name, answer, end) => {
    expect(playEveryWay(undefined, [answer]).end).toBe(end)
  })

  test('heads have a limit over 1xx and all', () => {
    const long = `HTTP/1.1 103 Early\r\nX: ${'y'.repeat(50_000)}\r\n\r\n`.repeat(7)
    expect(play(make(), [bytesOf(long + OK)], 0).end).toBe('TOO_LARGE')
  })

  test.each([
    ['before a word', []],
    ['in the head', ['HTTP/1.1 200 OK\r\nX:']],
    ['after 1xx', ['HTTP/1.1 103 Early\r\n\r\n']],
  ])('a proxy that closes %s', (_name, answers) => {
    expect(playEveryWay(undefined, answers, true).end).toBe('RECV_ERROR')
  })

  test('Basic goes unasked, and is not tried twice', () => {
    const { sent, end } = playEveryWay({ user: 'ada' }, [
      'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="r"\r\nContent-Length: 0\r\n\r\n',
    ])
    expect(sent).toBe(ASKED.replace('\r\n\r\n', '\r\nProxy-Authorization: Basic YWRhOnNlY3JldA==\r\n\r\n'))
    expect(end).toBe('COULDNT_CONNECT 407')
  })
})

describe('rounds', () => {
  test.each([
    ['with a length', digest('Content-Length: 4\r\n\r\nbody')],
    ['chunked', digest('Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n\r\n')],
    ['empty', digest('Content-Length: 0\r\n\r\n')],
    ['behind 1xx', `HTTP/1.1 102 Wait\r\n\r\n${digest('Content-Length: 4\r\n\r\nbody')}`],
  ])('a refusal %s is read to its end, then answered', (_name, refusal) => {
    const { sent, end } = playEveryWay(ROUNDS, [refusal, `${OK}tls`])
    expect(end).toBe('done tls')
    const [first, second = ''] = sent.split('\r\n\r\n')
    expect(`${first}\r\n\r\n`).toBe(ASKED)
    expect(second).toContain('Proxy-Authorization: Digest username="ada"')
    expect(second).toContain('uri="a.test:443"')
  })

  test('the answer is told, each with its round', () => {
    told.length = 0
    play(make(ROUNDS), [bytesOf(digest('Content-Length: 0\r\n\r\n')), bytesOf(OK)], 0)
    expect(told).toEqual(['407', '200'])
  })

  test.each([
    ['that closes', digest('Connection: close\r\nContent-Length: 0\r\n\r\n')],
    ['that closes, as old proxies say it', digest('Proxy-Connection: close\r\nContent-Length: 0\r\n\r\n')],
    ['without end', digest('\r\nbody')],
    ['from HTTP/1.0', digest('Content-Length: 0\r\n\r\n').replace('1.1', '1.0')],
    ['with too long a body', digest(`Content-Length: ${LIMITS.discardedBytes + 1}\r\n\r\n`)],
    ['with two lengths', digest('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')],
  ])('a refusal %s goes on over another connection', (_name, refusal) => {
    expect(playEveryWay(ROUNDS, [refusal]).end).toBe('reconnect')
  })

  test('a chunked body without end goes on over another connection', () => {
    const piece = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    expect(
      play(make(ROUNDS), [bytesOf(digest(`Transfer-Encoding: chunked\r\n\r\n${piece.repeat(17)}`))], 0).end,
    ).toBe('reconnect')
  })

  test('a proxy that closes instead of going on, without having said so', () => {
    expect(playEveryWay(ROUNDS, [digest('Content-Length: 0\r\n\r\n')], true).end).toBe('reconnect')
    expect(playEveryWay(ROUNDS, [digest('Content-Length: 9\r\n\r\n')], true).end).toBe('reconnect')
  })

  test('bytes behind a refusal make another connection', () => {
    expect(play(make(ROUNDS), [bytesOf(`${digest('Content-Length: 0\r\n\r\n')}${OK}`)], 0).end).toBe(
      'reconnect',
    )
  })

  test('a nonce is refused once for being wrong, and a few times for being stale', () => {
    const refusal = digest('Content-Length: 0\r\n\r\n')
    expect(playEveryWay(ROUNDS, [refusal, refusal]).end).toBe('COULDNT_CONNECT 407')
    const stale = digest('Content-Length: 0\r\n\r\n', ', stale=true')
    const { sent, end } = playEveryWay(
      ROUNDS,
      Array.from({ length: 9 }, () => stale),
    )
    expect(end).toBe('COULDNT_CONNECT 407')
    expect(sent.split('CONNECT').length - 1).toBe(LIMITS.authAnswers + 2)
  })

  test('a known nonce goes unasked, with the next count', () => {
    const digests = new DigestStates(10)
    const given = { ...ROUNDS, digests }
    play(make(given), [bytesOf(digest('Content-Length: 0\r\n\r\n')), bytesOf(OK)], 0)
    const { sent, end } = play(make(given), [bytesOf(OK)], 0)
    expect(end).toBe('done ')
    expect(sent).toContain('nc=00000002')
  })

  test('with several to choose from the proxy is asked first, and the strongest taken', () => {
    const refusal = digest('Proxy-Authenticate: Basic realm="r"\r\nContent-Length: 0\r\n\r\n')
    const { sent } = playEveryWay({ words: ['any'], user: 'ada' }, [refusal, OK])
    expect(sent.startsWith(ASKED)).toBe(true)
    expect(sent).toContain('Proxy-Authorization: Digest ')
    expect(sent).not.toContain('Basic')
  })

  test('NTLM takes three words on one connection, and begins anew on another', () => {
    const words = { words: ['ntlm'], user: 'ada' } as const
    const challenge = Buffer.concat([
      Buffer.from('NTLMSSP\0\x02\0\0\0', 'latin1'),
      Buffer.from('0000000038000000', 'hex'),
      Buffer.from('01020000', 'hex'),
      Buffer.from('0123456789abcdef', 'hex'),
      Buffer.alloc(24),
    ]).toString('base64')
    const second = `HTTP/1.1 407 Who\r\nProxy-Authenticate: NTLM ${challenge}\r\nContent-Length: 0\r\n\r\n`
    const { sent, end } = playEveryWay(words, [second, OK])
    expect(end).toBe('done ')
    const messages = [...sent.matchAll(/NTLM (\S+)/g)].map(([, text = '']) => Buffer.from(text, 'base64')[8])
    expect(messages).toEqual([1, 3])
    const again = login(words)
    expect(again.authorization()).toContain('NTLM')
    again.reconnected()
    expect(Buffer.from(again.authorization()!.slice(5), 'base64')[8]).toBe(1)
  })
})
