import { describe, expect, test } from 'vitest'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import { keepAliveHint, persistence } from '../../../packages/core/src/http/keep-alive.ts'
import type { HttpVersion } from '../../../packages/core/src/http/message.ts'

describe('persistence', () => {
  test.each<{
    name: string
    version?: HttpVersion
    fields?: readonly (readonly [string, string])[]
    close?: boolean
    verdict: string
  }>([
    { name: 'HTTP/1.1 stays open', verdict: 'keep' },
    {
      name: 'HTTP/1.1 closes when the response says so',
      fields: [['Connection', 'Close']],
      verdict: 'connection-close',
    },
    {
      name: 'close may stand among others',
      fields: [
        ['Connection', 'x'],
        ['connection', 'keep-alive, CLOSE'],
      ],
      verdict: 'connection-close',
    },
    {
      name: 'a name that only begins with close is none',
      fields: [['Connection', 'closed']],
      verdict: 'keep',
    },
    {
      name: 'Proxy-Connection may say it too',
      fields: [['Proxy-Connection', 'close']],
      verdict: 'connection-close',
    },
    { name: 'HTTP/1.1 closes when the request said so', close: true, verdict: 'connection-close' },
    { name: 'HTTP/1.0 closes', version: '1.0', verdict: 'http-1.0' },
    {
      name: 'HTTP/1.0 stays open on keep-alive',
      version: '1.0',
      fields: [['Connection', 'Keep-Alive']],
      verdict: 'keep',
    },
    {
      name: 'HTTP/1.0 with keep-alive closes when the request said so',
      version: '1.0',
      fields: [['Connection', 'keep-alive']],
      close: true,
      verdict: 'connection-close',
    },
    {
      name: 'close wins over keep-alive',
      version: '1.0',
      fields: [['Connection', 'keep-alive, close']],
      verdict: 'connection-close',
    },
  ])('$name', ({ version = '1.1', fields = [], close = false, verdict }) => {
    const result = persistence({ version, status: 200, reason: '', fields: Fields.of(fields) }, close)
    expect(result.keep ? 'keep' : result.why).toBe(verdict)
  })
})

describe('keepAliveHint', () => {
  test.each([
    { value: 'timeout=5, max=100', hint: { timeoutMs: 5_000, max: 100 } },
    { value: 'Max = 3 , TIMEOUT = 1', hint: { timeoutMs: 1_000, max: 3 } },
    { value: 'timeout=0', hint: { timeoutMs: 0 } },
    { value: 'timeout=601', hint: { timeoutMs: 600_000 } },
    { value: 'timeout=99999999999999999999', hint: { timeoutMs: 600_000 } },
    { value: 'timeout=5, timeout=9', hint: { timeoutMs: 5_000 } },
    { value: 'timeout=-5, max=1.5', hint: {} },
    { value: 'timeout="5"', hint: {} },
    { value: 'timeout, max=', hint: {} },
    { value: '300', hint: {} },
    { value: '', hint: {} },
  ])('takes $hint from "$value"', ({ value, hint }) => {
    expect(keepAliveHint(Fields.of([['Keep-Alive', value]]))).toEqual(hint)
  })

  test('is empty without the field', () => {
    expect(keepAliveHint(Fields.of())).toEqual({})
  })
})
