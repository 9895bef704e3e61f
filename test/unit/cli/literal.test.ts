/** Values as TypeScript: whatever a command line holds, evaluated it is the same again, and nothing else happens. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Code, literal, quoted } from '../../../packages/cli/src/program/literal.ts'

test.each([
  ["it's", "'it\\'s'"],
  ['"', "'\"'"],
  ['a\\b\r\n', "'a\\\\b\\r\\n'"],
  ['ä', "'ä'"],
  ['\u007f\u200b\u202e\ufeff', "'\\u007f\\u200b\\u202e\\ufeff'"],
  ['\ud800', "'\\ud800'"],
])('text %j is %s', (text, written) => {
  expect(quoted(text)).toBe(written)
})

test.each([
  [{ a: 1, 'b-c': undefined, d: ['x', true] }, "{ a: 1, d: ['x', true] }"],
  [{ 'b-c': new Code('process.env') }, "{ 'b-c': process.env }"],
  [{ url: new Code('url') }, '{ url }'],
  [{}, '{}'],
  [{ 1: 1, true: true }, "{ '1': 1, true: true }"],
  [JSON.parse('{"__proto__":1}'), "{ ['__proto__']: 1 }"],
  [[], '[]'],
  [new TextEncoder().encode('text'), "'text'"],
  [Uint8Array.of(0xff, 0), "Buffer.from('/wA=', 'base64')"],
])('%j is %s', (value, written) => {
  expect(literal(value)).toBe(written)
})

test('what is long is written in lines', () => {
  expect(literal({ list: ['a'.repeat(60), 'b'.repeat(60)] })).toBe(
    `{\n  list: [\n    '${'a'.repeat(60)}',\n    '${'b'.repeat(60)}',\n  ],\n}`,
  )
})

test('evaluated, any value is what it was', () => {
  const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.integer(), fc.boolean())
  const value = fc.oneof(
    leaf,
    fc.array(leaf),
    fc.dictionary(fc.string(), leaf),
    fc.array(fc.dictionary(fc.string(), fc.array(leaf))),
  )
  fc.assert(
    fc.property(value, (given) => {
      expect(new Function(`return ${literal(given)}`)()).toEqual(given)
    }),
  )
})
