import { describe, expect, test } from 'vitest'
import { entityTag, isEntityTag, sameEntityTag } from '../../../packages/core/src/http/entity-tag.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'

describe('an entity tag', () => {
  test.each(['"xyzzy"', 'W/"xyzzy"', '""', '"a!#~\u00ff"'])('is %j', (text) => {
    expect(entityTag(Fields.of([['etag', text]]))).toBe(text)
  })

  test.each(['', 'xyzzy', '"a', 'a"', 'w/"a"', '"a"b"', '"a b"', '"a\r"', '*'])('is not %j', (text) => {
    expect(isEntityTag(text)).toBe(false)
    expect(entityTag(Fields.of([['ETag', text]]))).toBeUndefined()
  })

  test('need not be there', () => {
    expect(entityTag(Fields.of())).toBeUndefined()
  })

  // RFC 9110 8.8.3.2, its table.
  test.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
    ['1', '1', false, false],
  ])('%s and %s', (one, other, strong, weak) => {
    expect([sameEntityTag(one, other, 'strong'), sameEntityTag(one, other, 'weak')]).toEqual([strong, weak])
  })
})
