/** Well-formed messages through `H1Reader`, in every way in which bytes may come. */
import { describe, expect, test } from 'vitest'
import { H1Reader } from '../../../packages/core/src/h1/reader.ts'
import { MESSAGES } from './messages.ts'
import { bytesOf, eventLine, readPieces, textOf } from './reading.ts'

describe.each(MESSAGES)('H1Reader reads $name', ({ text, lines, ...reading }) => {
  test('in one piece', () => {
    expect(readPieces([text], reading)).toEqual(lines)
    expect(readPieces([text], reading, true)).toEqual(lines)
  })

  test('byte by byte', () => {
    expect(readPieces([...text], reading)).toEqual(lines)
    expect(readPieces([...text], reading, true)).toEqual(lines)
  })

  test('cut in two at every place', () => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(readPieces([text.slice(0, cut), text.slice(cut)], reading), `cut at ${cut}`).toEqual(lines)
    }
  })

  test('and leaves the bytes behind it unread', () => {
    // A server awaits the next request, and a body until close has no end to stand behind.
    if (reading.role === 'server' || reading.ends === true) return
    expect(readPieces([text + 'HTTP'], reading)).toEqual([...lines, 'unread "HTTP"'])
    expect(readPieces([...text, 'H', 'TTP'], reading)).toEqual([...lines, 'unread "HTTP"'])
  })
})

describe.each(MESSAGES)('H1Reader, with one byte spoilt in $name,', ({ text, ...reading }) => {
  const CODES = [
    'WEIRD_SERVER_REPLY',
    'UNSUPPORTED_PROTOCOL',
    'BAD_CONTENT_ENCODING',
    'RECV_ERROR',
    'PARTIAL_FILE',
    'GOT_NOTHING',
    'TOO_LARGE',
  ]
  const SPOILS: readonly ((byte: number) => number)[] = [
    () => 0x00,
    () => 0x0a,
    () => 0x0d,
    () => 0x20,
    () => 0x3a,
    () => 0x7f,
    () => 0xff,
    (byte) => byte ^ 0x01,
    (byte) => byte ^ 0x10,
  ]

  const spoilt = [...text].flatMap((char, at) =>
    SPOILS.map(
      (spoil) => text.slice(0, at) + String.fromCharCode(spoil(char.charCodeAt(0))) + text.slice(at + 1),
    ),
  )

  test('says the same of it in one piece and byte by byte', () => {
    const differing = spoilt.filter((one) => {
      const whole = readPieces([one], { ...reading, ends: true })
      return readPieces([...one], { ...reading, ends: true }).join('\n') !== whole.join('\n')
    })
    expect(differing).toEqual([])
  })

  test('fails only in the stated ways', () => {
    const codes = spoilt.map(
      (one) => /^([A-Z_]+): /.exec(readPieces([one], { ...reading, ends: true }).at(-1) ?? '')?.[1],
    )
    expect(CODES).toEqual(expect.arrayContaining([...new Set(codes.filter((code) => code !== undefined))]))
  })
})

describe('H1Reader', () => {
  const TWO =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/1.1 204 OK\r\n\r\n'

  test('can be paused after every event: the rest is kept, though the view is gone', () => {
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.expectResponse('GET')
    const view = bytesOf(TWO)
    reader.offer(view)
    const lines: string[] = []
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      lines.push(eventLine(event))
      reader.keep()
      view.fill(0xee)
    }
    expect(lines).toEqual([
      'response 1.1 200 "OK" [Transfer-Encoding: chunked] chunked',
      'data "abc"',
      'data "de"',
      'end',
      'response 1.1 204 "OK" [] none',
      'end',
    ])
  })

  test('takes offers on top of unread bytes, in order', () => {
    const reader = new H1Reader('client')
    for (const char of TWO) {
      const view = bytesOf(char)
      reader.offer(view)
      reader.keep()
      view.fill(0xee)
    }
    expect(reader.unread).toBe(TWO.length)
    expect(reader.next()).toBeUndefined()
    reader.expectResponse('GET')
    const lines: string[] = []
    for (let event = reader.next(); event !== undefined; event = reader.next()) lines.push(eventLine(event))
    expect(lines.slice(1)).toEqual(['data "abc"', 'data "de"', 'end'])
    expect(textOf(reader.takeRest())).toBe('HTTP/1.1 204 OK\r\n\r\n')
  })

  test('hands out data as a part of the offered view, without a copy', () => {
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    const view = bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
    reader.offer(view)
    reader.next()
    const data = reader.next()
    expect(data?.is === 'data' && data.bytes.buffer === view.buffer).toBe(true)
    const whole = bytesOf('def')
    reader.offer(whole)
    const second = reader.next()
    expect(second?.is === 'data' && second.bytes === whole).toBe(true)
  })

  test('shows the head as it was received', () => {
    const text = 'HTTP/1.1 200 OK\nA:  b\r\n c\r\nContent-Length: 0\r\n\n'
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.offer(bytesOf(text))
    const event = reader.next()
    expect(event?.is === 'response' && event.head.raw).toBe(text)
    expect(reader.headBytes).toBe(text.length)
  })

  test('counts all heads of a response, and only of that', () => {
    const heads = [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'A: b\r\n\r\n',
    ]
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.expectResponse('GET')
    const counts: number[] = []
    reader.offer(bytesOf(`${heads[0]}${heads[1]}0\r\n${heads[2]}HTTP/1.1 204 OK\r\n\r\n`))
    while (reader.next()?.is !== 'response') counts.push(reader.headBytes)
    counts.push(reader.headBytes)
    expect(counts).toEqual([25, 25 + 47])
    while (reader.next()?.is !== 'response');
    expect(reader.headBytes).toBe('HTTP/1.1 204 OK\r\n\r\n'.length)
  })

  test('knows whether it is between messages', () => {
    const reader = new H1Reader('client')
    const states: boolean[] = [reader.isBetweenMessages]
    reader.expectResponse('GET')
    states.push(reader.isBetweenMessages)
    for (const piece of ['HTTP', '/1.1 100 C\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n', 'x']) {
      reader.offer(bytesOf(piece))
      while (reader.next() !== undefined);
      states.push(reader.isBetweenMessages)
    }
    expect(states).toEqual([true, true, false, false, false, true])
  })

  describe.each([
    { name: '101', method: 'GET', head: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n' },
    {
      name: 'a 2xx to CONNECT',
      method: 'CONNECT',
      head: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
  ])('after $name', ({ method, head }) => {
    test('parses nothing more and gives the rest away', () => {
      const reader = new H1Reader('client')
      reader.expectResponse(method)
      reader.expectResponse('GET')
      reader.offer(bytesOf(`${head}HTTP/1.1 200 OK\r\n`))
      expect(reader.next()).toMatchObject({ is: 'response', framing: { is: 'none' }, suspicious: undefined })
      expect(reader.next()).toEqual({ is: 'end', trailers: undefined })
      expect(reader.next()).toBeUndefined()
      reader.offer(bytesOf('more'))
      expect(reader.next()).toBeUndefined()
      expect(reader.isBetweenMessages).toBe(false)
      expect(textOf(reader.takeRest())).toBe('HTTP/1.1 200 OK\r\nmore')
      expect(reader.unread).toBe(0)
    })
  })

  test('reads on after a refused CONNECT', () => {
    const lines = readPieces(['HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 204 OK\r\n\r\n'], {
      methods: ['CONNECT', 'GET'],
    })
    expect(lines).toEqual([
      'response 1.1 407 "No" [Content-Length: 1] length 1',
      'data "x"',
      'end',
      'response 1.1 204 "OK" [] none',
      'end',
    ])
  })

  test('is broken after it has thrown, and throws the same again', () => {
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.offer(bytesOf('SSH-2.0'))
    let first: unknown
    try {
      reader.next()
    } catch (error) {
      first = error
    }
    expect(first).toMatchObject({ code: 'UNSUPPORTED_PROTOCOL' })
    reader.offer(bytesOf('HTTP/1.1 204 OK\r\n\r\n'))
    expect(() => reader.next()).toThrow(first as Error)
    expect(reader.isBetweenMessages).toBe(false)
  })
})
