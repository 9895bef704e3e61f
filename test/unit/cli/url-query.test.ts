import { describe, expect, test } from 'vitest'
import {
  encodedPiece,
  queryPiece,
  urlEncoded,
  withQuery,
  withUploadName,
} from '../../../packages/cli/src/line/url-query.ts'

describe('--data-urlencode', () => {
  test.each([
    ['text', '', { is: 'text', text: 'text' }],
    ['=te=xt', '', { is: 'text', text: 'te=xt' }],
    ['name=te@xt', 'name', { is: 'text', text: 'te@xt' }],
    ['@file', '', { is: 'file', path: 'file' }],
    ['name@file', 'name', { is: 'file', path: 'file' }],
    ['', '', { is: 'text', text: '' }],
  ])('%j', (given, name, source) => {
    expect(encodedPiece(given)).toMatchObject({ name, source, encodes: true })
  })

  test('of a query may be verbatim', () => {
    expect(queryPiece('+a b')).toEqual({ source: { is: 'text', text: 'a b' }, isJoined: false })
    expect(queryPiece('a=b')).toEqual(encodedPiece('a=b'))
  })

  test('encodes bytes', () => {
    expect(urlEncoded(Buffer.from('aZ0-._~ \u00e9&=+\n'))).toBe('aZ0-._~+%C3%A9%26%3D%2B%0A')
  })
})

test.each([
  ['http://a/b', 'http://a/b?q=1'],
  ['http://a/b?c', 'http://a/b?c&q=1'],
  ['http://a/b?', 'http://a/b?q=1'],
  ['http://a/b?c&', 'http://a/b?c&q=1'],
  ['http://a/b#d', 'http://a/b?q=1#d'],
  ['http://a', 'http://a/?q=1'],
  ['a', 'a/?q=1'],
  ['a/b', 'a/b?q=1'],
])('a query is added to %s', (url, expected) => {
  expect(withQuery(url, 'q=1')).toBe(expected)
})

test.each([
  ['http://a/b', 'http://a/b'],
  ['http://a/b/', 'http://a/b/x%20y'],
  ['http://a', 'http://a/x%20y'],
  ['a', 'a/x%20y'],
  ['http://a/b/?c', 'http://a/b/?c'],
])('a file is uploaded to %s', (url, expected) => {
  expect(withUploadName(url, 'some/where/x y')).toBe(expected)
})
