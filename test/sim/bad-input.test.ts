/** Bad input is refused at the door with the name and the bound; garbage from a server ends one transfer only. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferErrorCode } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const AT_THE_DOOR: readonly (readonly [string, Record<string, unknown>, TransferErrorCode, RegExp])[] = [
  ['an unknown option', { timeout: 5 }, 'UNKNOWN_OPTION', /"timeout".*timeoutMs/],
  ['a prototype name', { constructor: 5 }, 'UNKNOWN_OPTION', /"constructor"/],
  [
    'a number as text',
    { timeoutMs: '5' },
    'BAD_FUNCTION_ARGUMENT',
    /timeoutMs must be a number from 0 to 2147483647 ms, not "5"/,
  ],
  ['a negative duration', { timeoutMs: -1 }, 'BAD_FUNCTION_ARGUMENT', /timeoutMs must be a number from 0/],
  ['NaN', { timeoutMs: Number.NaN }, 'BAD_FUNCTION_ARGUMENT', /not NaN/],
  [
    'a port too high',
    { localPort: 65_536 },
    'BAD_FUNCTION_ARGUMENT',
    /localPort must be a whole number from 0 to 65535 port, not 65536/,
  ],
  ['a broken count', { maxConnects: 1.5 }, 'BAD_FUNCTION_ARGUMENT', /maxConnects must be a whole number/],
  ['a flag that is none', { noBody: 1 }, 'BAD_FUNCTION_ARGUMENT', /noBody must be true or false, not 1/],
  [
    'a choice that is none',
    { httpVersion: '3' },
    'BAD_FUNCTION_ARGUMENT',
    /httpVersion must be one of "1\.0", "1\.1", "2", "2tls", "2-prior-knowledge", not "3"/,
  ],
  [
    'NUL in a list',
    { cookieFile: ['a\0b'] },
    'BAD_FUNCTION_ARGUMENT',
    /cookieFile must not hold the character U\+0000/,
  ],
  [
    'NUL in a text',
    { userAgent: 'a\0b' },
    'BAD_FUNCTION_ARGUMENT',
    /userAgent must not hold the character U\+0000/,
  ],
  [
    'a header line without a colon',
    { headers: ['nonsense'] },
    'BAD_FUNCTION_ARGUMENT',
    /headers must have a colon/,
  ],
  [
    'a line end in a header value',
    { headers: { 'X-A': 'b\r\nX-C: d' } },
    'BAD_FUNCTION_ARGUMENT',
    /headers must not hold the character U\+000D in the value of "X-A"/,
  ],
  [
    'a line end in a header name',
    { headers: { 'X-A\r\nB': 'c' } },
    'BAD_FUNCTION_ARGUMENT',
    /headers must have tokens as names, and "X-A\\r\.\.\." is not a token/,
  ],
  ['no name', { headers: { '': 'c' } }, 'BAD_FUNCTION_ARGUMENT', /headers must have a name for each field/],
  ['a line end in the user agent', { userAgent: 'x\ny' }, 'BAD_FUNCTION_ARGUMENT', /userAgent .* U\+000A/],
  [
    'a character beyond Latin-1',
    { referer: 'http://\u4e2d/' },
    'BAD_FUNCTION_ARGUMENT',
    /referer must not hold the character U\+4E2D/,
  ],
  ['half a character', { username: 'a\ud800' }, 'BAD_FUNCTION_ARGUMENT', /username .* lone surrogate/],
  [
    'a blank before the colon of a framing field, which would hide it from some readers',
    { headers: [['Transfer-Encoding ', 'chunked']] },
    'BAD_FUNCTION_ARGUMENT',
    /"Transfer-Encoding " is not a token/,
  ],
  ['a blank in a name', { headers: { 'Host\t': 'evil.test' } }, 'BAD_FUNCTION_ARGUMENT', /not a token/],
  [
    'a header value that is no string',
    { headers: { a: 5 } },
    'BAD_FUNCTION_ARGUMENT',
    /headers must have strings as values \(a\)/,
  ],
  ['a list of other things', { resolve: [1] }, 'BAD_FUNCTION_ARGUMENT', /resolve must be a list of strings/],
  ['a body that is none', { body: 5 }, 'BAD_FUNCTION_ARGUMENT', /body must be a string, bytes/],
  [
    'a callback that is none',
    { writeFunction: 'x' },
    'BAD_FUNCTION_ARGUMENT',
    /writeFunction must be a function/,
  ],
  ['a signal that is none', { signal: {} }, 'BAD_FUNCTION_ARGUMENT', /signal must be an AbortSignal/],
  [
    'a secret of a wrong type',
    { password: 12345 },
    'BAD_FUNCTION_ARGUMENT',
    /password must be a string, not what was given/,
  ],
]

const AT_THE_START: readonly (readonly [string, EasyOptions, TransferErrorCode, RegExp])[] = [
  ['no URL', {}, 'URL_MALFORMAT', /no URL was set/],
  ['an empty URL', { url: '' }, 'URL_MALFORMAT', /empty/],
  ['a URL without a host', { url: 'http://' }, 'URL_MALFORMAT', /the URL has no host/],
  ['a path for a URL', { url: '/x' }, 'URL_MALFORMAT', /the URL has no host/],
  ['a port too high', { url: 'http://a.test:70000/' }, 'URL_MALFORMAT', /70000/],
  ['a line end in the URL (CVE-2014-8150)', { url: 'http://a.test/\r\nX: 1' }, 'URL_MALFORMAT', /U\+000D/],
  ['a password is not repeated', { url: 'http://u:secret@a.test:99999/' }, 'URL_MALFORMAT', /^(?!.*secret)/],
  ['another scheme', { url: 'gopher://a.test/' }, 'UNSUPPORTED_PROTOCOL', /"gopher"/],
  [
    'a method that is no token',
    { url: 'http://a.test/', method: 'GET /x' },
    'BAD_FUNCTION_ARGUMENT',
    /method must be an HTTP token/,
  ],
  ['CONNECT', { url: 'http://a.test/', method: 'CONNECT' }, 'BAD_FUNCTION_ARGUMENT', /CONNECT/],
  [
    'a second Host',
    { url: 'http://a.test/', headers: ['Host: one.test', 'host: two.test'] },
    'BAD_FUNCTION_ARGUMENT',
    /must name Host once/,
  ],
  [
    'a resolve address that is a name',
    { url: 'http://a.test/', resolve: ['a.test:80:localhost'] },
    'BAD_FUNCTION_ARGUMENT',
    /resolve must hold entries of the form/,
  ],
  [
    'a resolve entry that is none',
    { url: 'http://a.test/', resolve: ['a.test'] },
    'BAD_FUNCTION_ARGUMENT',
    /resolve must hold entries of the form/,
  ],
  [
    'a connectTo entry that is none',
    { url: 'http://a.test/', connectTo: ['a.test:80'] },
    'BAD_FUNCTION_ARGUMENT',
    /connectTo must hold/,
  ],
  [
    'an interface form that is none',
    { url: 'http://a.test/', interface: 'what!is!this!x' },
    'BAD_FUNCTION_ARGUMENT',
    /interface must be/,
  ],
  [
    'a stream over HTTP/1.0',
    { url: 'http://a.test/', httpVersion: '1.0', body: ['x'] },
    'UPLOAD_FAILED',
    /unknown length/,
  ],
]

describe('bad input', () => {
  test.each(AT_THE_DOOR)(
    '%s is refused when it is set, and nothing else is set with it',
    (_name, options, code, text) => {
      const easy = new Easy()
      expect(() => easy.set({ referer: 'http://kept/', ...options } as EasyOptions)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(text) }),
      )
      expect(easy.getopt('referer')).toBeUndefined()
      expect(() => new Easy(options as EasyOptions)).toThrow(expect.objectContaining({ code }))
    },
  )

  test.each(AT_THE_START)(
    '%s is refused when a transfer starts, before a name is looked up',
    async (_name, options, code, text) => {
      await simulate(1, async (world) => {
        const { environment } = world
        const easy = new Easy({ ...options, environment })
        const multi = new Multi({ environment })
        for (const run of [() => easy.perform(), () => easy.stream(), () => multi.add(easy)]) {
          await expect(run()).rejects.toMatchObject({
            code,
            message: expect.stringMatching(text),
            phase: 'setup',
          })
        }
        expect([world.network.lookups, world.network.dials.length]).toEqual([0, 0])
      })
    },
  )

  test('options are taken by libcurl names, in libcurl units', () => {
    const easy = new Easy()
    easy
      .setopt('CURLOPT_MAXAGE_CONN', 60)
      .setopt('CURLOPT_TIMEOUT_MS', 500)
      .setopt('CURLOPT_URL', 'http://a.test/')
    expect([easy.getopt('maxAgeConnMs'), easy.getopt('timeoutMs'), easy.getopt('url')]).toEqual([
      60_000,
      500,
      'http://a.test/',
    ])
    expect(() => easy.setopt('CURLOPT_NO_SUCH', 1)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', curlNumber: 48 }),
    )
    expect(() => easy.getinfo('CURLINFO_NO_SUCH')).not.toThrow()
  })

  test('limits of multis and shares are checked as well', () => {
    expect(() => new Multi({ maxHostConnections: -1 })).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
    )
    expect(() => new Multi({ maxHosts: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION' }),
    )
  })
})

describe('garbage from a server', () => {
  const CASES: readonly (readonly [string, string, TransferErrorCode])[] = [
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', 'UNSUPPORTED_PROTOCOL'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n', 'UNSUPPORTED_PROTOCOL'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n', 'WEIRD_SERVER_REPLY'],
    ['a bare CR', 'HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n', 'WEIRD_SERVER_REPLY'],
    ['NUL', 'HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n', 'WEIRD_SERVER_REPLY'],
    [
      'lengths that differ',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      'WEIRD_SERVER_REPLY',
    ],
    ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello', 'WEIRD_SERVER_REPLY'],
    [
      'an unknown coding',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13, chunked\r\n\r\n',
      'BAD_CONTENT_ENCODING',
    ],
    ['a bad chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'RECV_ERROR'],
    [
      'a chunk without its end',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n',
      'RECV_ERROR',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(60_000)}`, 'TOO_LARGE'],
    ['too many informational responses', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(101), 'WEIRD_SERVER_REPLY'],
  ]
  test.each(CASES)('%s', async (_name, bytes, code) => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) => {
        if (exchange.request.target === '/bad') exchange.connection.write(bytes)
        else exchange.respond({ body: 'fine' })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      const get = (path: string) =>
        multi.add(new Easy({ url: `http://a.test/${path}`, environment })).then(
          (result) => result.text(),
          (error: { code: string; message: string }) =>
            `${error.code} ${/^connection #\d+ to a\.test:80, /.test(error.message)}`,
        )
      expect(await Promise.all([get('good'), get('bad'), get('good')])).toEqual([
        'fine',
        `${code} true`,
        'fine',
      ])
      expect(await get('good')).toBe('fine')
      expect(origin.connectionsAccepted).toBe(3)
      expect(multi.connections()).toHaveLength(2)
    })
  })
})
