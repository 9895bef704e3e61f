import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dispositionName,
  folderOf,
  inFolder,
  locationName,
  remoteName,
} from '../../../packages/cli/src/output/output-name.ts'

describe('-O takes the last part of the path', () => {
  test.each([
    ['http://a/b/c', 'c'],
    ['a/b/c?d/e#f/g', 'c'],
    ['http://a/b/c/', 'c'],
    ['http://a/b///', 'b'],
    ['http://a/////', undefined],
    ['http://a', undefined],
    ['a/..', undefined],
    ['a/b%2fc', 'b%2fc'],
  ])('%s: %s', (url, name) => expect(remoteName(url)).toBe(name))
})

describe('-J takes the name of Content-Disposition', () => {
  test.each([
    ['filename=name; charset=funny', 'name'],
    ['attachment; filename=name', 'name'],
    ['attachment; FileName = "a b"; x=y', 'a b'],
    ['inline; filename="a\\"b"', 'a"b'],
    ["attachment; filename='a;b'", 'a;b'],
    ['attachment; filename=/etc/passwd', 'passwd'],
    ['attachment; filename=log\\server\\name', 'name'],
    ['attachment; filename=".."', undefined],
    ['attachment; filename="a/"', undefined],
    ["attachment; filename*=UTF-8''x", undefined],
    ['attachment; notfilename=x', undefined],
    ['attachment', undefined],
  ])('%s: %s', (value, name) => expect(dispositionName(value)).toBe(name))

  test('which never leads into another folder and holds no control byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // oxlint-disable-next-line no-control-regex
        expect(dispositionName(`attachment; filename="${text}"`) ?? 'x').not.toMatch(/^\.\.?$|[/\\\0-\x1f]/)
      }),
    )
  })
})

test('a Location names a file by its path', () => {
  expect(locationName('too/name?fooo#second/other')).toBe('name')
  expect(locationName('http://host')).toBeUndefined()
})

test('a folder stands before a name, and is found again', () => {
  expect(inFolder('d', 'f')).toBe('d/f')
  expect(inFolder(undefined, 'f')).toBe('f')
  expect(folderOf('d/e/f')).toBe('d/e')
  expect(folderOf('f')).toBeUndefined()
})
