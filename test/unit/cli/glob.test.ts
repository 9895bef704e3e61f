import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandGlob, fillName, GlobError, parseGlob, plainGlob } from '../../../packages/cli/src/line/glob.ts'

describe('a glob', () => {
  test.each([
    ['a URL without one', 'http://a/', ['http://a/']],
    ['a set', 'http://{a,b}/', ['http://a/', 'http://b/']],
    ['a set with empty choices', 'h/{a,,b}', ['h/a', 'h/', 'h/b']],
    ['a set of one', 'h/{a}', ['h/a']],
    ['a set with an escaped comma', 'h/{a\\,b,c}', ['h/a,b', 'h/c']],
    ['numbers', 'h/[8-11]', ['h/8', 'h/9', 'h/10', 'h/11']],
    ['numbers with leading zeros', 'h/[08-11]', ['h/08', 'h/09', 'h/10', 'h/11']],
    ['numbers that outgrow their zeros', 'h/[09-100:91]', ['h/09', 'h/100']],
    ['numbers with a step', 'h/[1-10:4]', ['h/1', 'h/5', 'h/9']],
    ['numbers with a blank after the hyphen', 'h/[1- 2]', ['h/1', 'h/2']],
    ['one number', 'h/[5-5]', ['h/5']],
    ['zeros', 'h/[00-01]', ['h/00', 'h/01']],
    ['letters', 'h/[a-d]', ['h/a', 'h/b', 'h/c', 'h/d']],
    ['letters with a step', 'h/[A-G:3]', ['h/A', 'h/D', 'h/G']],
    ['several, the last one turning fastest', '{a,b}/[1-2]', ['a/1', 'a/2', 'b/1', 'b/2']],
    ['an IPv6 address', 'http://[::1]:80/[1-2]', ['http://[::1]:80/1', 'http://[::1]:80/2']],
    ['empty brackets', 'h/?x[]=1', ['h/?x[]=1']],
    ['escaped braces and brackets', 'h/\\{a\\}\\[1\\]', ['h/{a}[1]']],
    ['another backslash', 'h/\\a', ['h/\\a']],
  ])('unfolds %s', (_case, url, urls) => {
    const glob = parseGlob(url)
    expect([...expandGlob(glob)].map((match) => match.url)).toEqual(urls)
    expect(glob.count).toBe(urls.length)
  })

  // Positions are counted from 1 and tell how far the glob could be read.
  test.each([
    ['http://x/[1-', 'bad range', 13],
    ['http://x/[1]', 'bad range', 12],
    ['http://x/[3-1]', 'bad range', 15],
    ['http://x/[a-3]', 'bad range', 15],
    ['http://x/[z-a]', 'bad range', 15],
    ['http://x/[A-z]', 'bad range', 15],
    ['http://x/[a-cc]', 'bad range', 11],
    ['http://x/[a-z:100]', 'bad range', 19],
    ['http://x/[1-5:0]', 'bad range', 17],
    ['http://x/[1-3:9]', 'bad range', 17],
    ['http://x/[1-2:]', 'bad range', 15],
    ['http://x/[5-5:2]', 'bad range', 17],
    ['http://x/[1 - 3]', 'bad range', 12],
    ['http://x/{<a>b}{<a>c}', 'Duplicate glob name', 19],
    ['{a}b'.repeat(98), 'too many {} sets', 388],
    ['http://x/[1-99999999999999999999]', 'bad range', 13],
    ['http://x/[-1-2]', 'bad range specification', 11],
    ['http://x/[', 'bad range specification', 11],
    ['http://x/{a,b', 'unmatched brace', 14],
    ['http://x/{}', 'empty string within braces', 11],
    ['http://x/{a,{b}}', 'nested brace', 13],
    ['http://x/{a,[1-2]}', 'nested brace', 13],
    ['http://x/{a]}', 'unexpected close bracket', 12],
    ['http://x/a]', 'unmatched close brace/bracket', 11],
    ['http://x/a}', 'unmatched close brace/bracket', 11],
    ['[1-4000000000][1-4000000000]', 'range overflow', 29],
  ])('is refused: %s (%s at %i)', (url, message, position) => {
    expect(failureOf(url)).toEqual({ message, position })
  })

  test('is not unfolded before it is asked', () => {
    const glob = parseGlob('h/[1-1000000000]/[1-1000]')
    expect(expandGlob(glob).next().value).toMatchObject({ url: 'h/1/1', values: ['1', '1'] })
    expect(glob.count).toBe(1e12)
  })

  test('may give names to its values', () => {
    const named = [...expandGlob(parseGlob('h/{<a>x,y}[<b>1-2]'))].map((match) => [match.url, ...match.named])
    expect(named).toEqual([
      ['h/x1', ['a', 'x'], ['b', '1']],
      ['h/x2', ['a', 'x'], ['b', '2']],
      ['h/y1', ['a', 'y'], ['b', '1']],
      ['h/y2', ['a', 'y'], ['b', '2']],
    ])
  })

  test('that is off stands for itself', () => {
    expect([...expandGlob(plainGlob('h/{a,[b'))]).toMatchObject([{ url: 'h/{a,[b', values: [] }])
  })

  test('of sets unfolds to all combinations in order, each with its values', () => {
    const word = fc.stringMatching(/^[a-z0-9/.]{1,4}$/)
    const sets = fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(sets, word, (choices, text) => {
        const written = choices.map((set) => `{${set.join(',')}}`).join(text)
        const expected = choices.reduce<string[][]>(
          (rows, set) => rows.flatMap((row) => set.map((value) => [...row, value])),
          [[]],
        )
        const matches = [...expandGlob(parseGlob(written))]
        expect(matches.map((match) => match.values)).toEqual(expected)
        expect(matches.map((match) => match.url)).toEqual(expected.map((values) => values.join(text)))
      }),
    )
  })

  test('of numbers unfolds to the numbers that a loop would count', () => {
    const range = fc.record({ from: fc.nat(2_000), more: fc.nat(200), step: fc.integer({ min: 1, max: 50 }) })
    fc.assert(
      fc.property(range, fc.nat(6), ({ from, more, step }, zeros) => {
        fc.pre(more === 0 ? step === 1 : step <= more)
        const first = `${'0'.repeat(zeros)}${from}`
        const width = first.startsWith('0') ? first.length : 0
        const counted: string[] = []
        for (let n = from; n <= from + more; n += step) counted.push(String(n).padStart(width, '0'))
        const matches = [...expandGlob(parseGlob(`[${first}-${from + more}:${step}]`))]
        expect(matches.map((match) => match.url)).toEqual(counted)
      }),
    )
  })

  test('of any text whose braces and brackets are escaped stands for that text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('\\'))
        const [match, ...more] = expandGlob(parseGlob(text.replaceAll(/[{}[\]]/g, '\\$&')))
        expect(match?.url).toBe(text)
        expect(more).toEqual([])
      }),
    )
  })

  test('of any text is unfolded or refused at a position in it', () => {
    const text = fc
      .array(fc.constantFrom('{', '}', '[', ']', ',', '-', ':', '\\', 'a', 'c', '1', '3', ' '))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, (url) => {
        const failure = failureOf(url)
        if (failure === undefined) return
        expect(failure.position).toBeGreaterThan(0)
        expect(failure.position).toBeLessThanOrEqual(url.length + 1)
      }),
    )
  })
})

describe('a name for files', () => {
  test.each([
    ['#1.html', ['a'], 'a.html'],
    ['#2-#1', ['a', 'b'], 'b-a'],
    ['#0', ['a'], '#0'],
    ['#3', ['a', 'b'], '#3'],
    ['#', ['a'], '#'],
    ['plain', ['a'], 'plain'],
    ['#1#1', ['#1'], '#1#1'],
    ['#<n>-#1', ['a'], 'x-a'],
    ['#<n', ['a'], '#<n'],
    [`#<${'n'.repeat(65)}>`, ['a'], `#<${'n'.repeat(65)}>`],
  ])('%s with %j is %s', (template, values, name) => {
    expect(fillName(template, { values, named: new Map([['n', 'x']]) })).toBe(name)
  })
})

function failureOf(url: string): { message: string; position: number } | undefined {
  try {
    parseGlob(url)
    return undefined
  } catch (error) {
    if (!(error instanceof GlobError)) throw error
    return { message: error.message, position: error.position }
  }
}
