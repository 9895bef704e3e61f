/** The opening handshake (RFC 6455 4): what a 101 must say. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import {
  acceptOf,
  checkUpgrade,
  chosenProtocol,
  makeKey,
} from '../../../packages/core/src/websocket/handshake.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()

const GOOD: Readonly<Record<string, string>> = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Accept': ACCEPT,
}

function check(fields: Iterable<readonly [string, string]>, offered: string | undefined = undefined): string {
  const asked = Fields.of(offered === undefined ? [] : [['Sec-WebSocket-Protocol', offered]])
  const request = { method: 'GET', target: '/', version: '1.1', fields: asked } as const
  try {
    checkUpgrade(request, { version: '1.1', status: 101, reason: '', fields: Fields.of(fields) }, KEY, sha1)
    return 'taken up'
  } catch (error) {
    const { code, phase, message } = error as TransferError
    return code === 'WEIRD_SERVER_REPLY' && phase === 'receive' ? message : `${code} in ${phase}`
  }
}

test('RFC 6455 1.3: the example', () => {
  expect(makeKey(new TextEncoder().encode('the sample nonce'))).toBe(KEY)
  expect(acceptOf(KEY, sha1)).toBe(ACCEPT)
  expect(check(Object.entries(GOOD))).toBe('taken up')
})

describe('a 101', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      'case and other tokens do not matter',
      { Upgrade: 'foo, WebSocket', Connection: 'keep-alive, UPGRADE' },
      'taken up',
    ],
    ['to another protocol', { Upgrade: 'h2c' }, 'the server changed to another protocol than WebSocket'],
    [
      'without Connection',
      { Connection: 'keep-alive' },
      'the 101 of the server has no "Connection: Upgrade"',
    ],
    [
      'with an answer to another key',
      { 'Sec-WebSocket-Accept': acceptOf('x', sha1) },
      'Sec-WebSocket-Accept does not answer the key: the server does not speak WebSocket',
    ],
    [
      'in another case',
      { 'Sec-WebSocket-Accept': ACCEPT.toLowerCase() },
      'Sec-WebSocket-Accept does not answer the key: the server does not speak WebSocket',
    ],
    [
      'with compression',
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
      'the server uses an extension that was not offered',
    ],
    ['with an empty list of extensions', { 'Sec-WebSocket-Extensions': '' }, 'taken up'],
    [
      'with a subprotocol out of nowhere',
      { 'Sec-WebSocket-Protocol': 'chat' },
      'the server chose a subprotocol that was not offered',
    ],
  ])('%s', (_what, changes, said) => {
    expect(check(Object.entries({ ...GOOD, ...changes }))).toBe(said)
  })

  test.each(Object.keys(GOOD))('without %s', (name) => {
    expect(check(Object.entries(GOOD).filter(([one]) => one !== name))).not.toBe('taken up')
  })

  test('with two answers to the key', () => {
    expect(check([...Object.entries(GOOD), ['Sec-WebSocket-Accept', ACCEPT]])).toContain('does not answer')
  })

  test.each([
    ['one of those that were offered', 'soap, wamp', ['wamp'], 'taken up'],
    ['none', 'soap, wamp', [], 'taken up'],
    ['one in another case', 'soap, wamp', ['WAMP'], 'the server chose a subprotocol that was not offered'],
    ['two', 'soap, wamp', ['soap', 'wamp'], 'the server chose a subprotocol that was not offered'],
    ['a list', 'soap, wamp', ['soap, wamp'], 'the server chose a subprotocol that was not offered'],
    ['an empty one', 'soap', [''], 'the server chose a subprotocol that was not offered'],
  ])('with %s as subprotocol', (_what, offered, chosen, said) => {
    const fields = chosen.map((one) => ['Sec-WebSocket-Protocol', one] as const)
    expect(check([...Object.entries(GOOD), ...fields], offered)).toBe(said)
  })

  test('tells the subprotocol', () => {
    const head = (fields: Fields) => ({ version: '1.1', status: 101, reason: '', fields }) as const
    expect(chosenProtocol(head(Fields.of([['Sec-WebSocket-Protocol', 'wamp']])))).toBe('wamp')
    expect(chosenProtocol(head(Fields.of()))).toBe('')
  })
})
