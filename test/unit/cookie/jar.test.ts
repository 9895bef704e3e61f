/** What the jar takes, keeps and sends, by tables and properties. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieSite, writeCookieField } from '../../../packages/core/src/cookie/cookie-field.ts'
import { parseCookieList } from '../../../packages/core/src/cookie/cookie-list.ts'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'
import { at, COOKIE_LIMITS, DAY, fate, fileLines, handDate, makeJar, NOW, sent } from './jars.ts'

const LATEST = Math.floor((NOW + 400 * DAY + 30) / 60) * 60

describe('a jar', () => {
  test.each([
    ['http://a.example.com/x/y', 'a=1', 'a.example.com\tFALSE\t/x\tFALSE\t0\ta\t1'],
    ['http://a.example.com/x/y?z=/', 'a=1', 'a.example.com\tFALSE\t/x\tFALSE\t0\ta\t1'],
    ['http://a.example.com/', 'a=1; domain=example.com', '.example.com\tTRUE\t/\tFALSE\t0\ta\t1'],
    ['http://a.EXAMPLE.com/', 'a=1; domain=.Example.COM', '.Example.COM\tTRUE\t/\tFALSE\t0\ta\t1'],
    ['http://a.example.com/', 'a=1; domain=', 'a.example.com\tFALSE\t/\tFALSE\t0\ta\t1'],
    ['http://127.0.0.1/', 'a=1; domain=127.0.0.1', '127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1'],
    ['http://[::1]/', 'a=1', '::1\tFALSE\t/\tFALSE\t0\ta\t1'],
    ['http://moo/', 'a=1; domain=moo', 'moo\tFALSE\t/\tFALSE\t0\ta\t1'],
    ['http://co.uk/', 'a=1; domain=co.uk', 'co.uk\tFALSE\t/\tFALSE\t0\ta\t1'],
    ['https://x.test/', 'a=1; secure; httponly; path=/p/', '#HttpOnly_x.test\tFALSE\t/p\tTRUE\t0\ta\t1'],
    ['http://x.test/', `a=1; max-age=${500 * DAY}`, `x.test\tFALSE\t/\tFALSE\t${LATEST}\ta\t1`],
    [
      'http://x.test/',
      'a=1; expires=Fri Feb 13 11:56:27 GMT 2525',
      `x.test\tFALSE\t/\tFALSE\t${LATEST}\ta\t1`,
    ],
    ['http://x.test/', 'a=1; max-age=60', `x.test\tFALSE\t/\tFALSE\t${NOW + 60}\ta\t1`],
    ['http://x.test./', 'a=1', 'x.test.\tFALSE\t/\tFALSE\t0\ta\t1'],
  ])('of %s keeps %s as a line', (url, value, line) => {
    const jar = makeJar()
    expect(fate(jar, value, url)).toBe('kept')
    expect(fileLines(jar)).toEqual([line])
    expect(jar.lines()).toEqual([line])
  })

  test.each([
    ['http://www.example.com/', 'a=1; domain=anything.com', 'domain'],
    ['http://www.example.com/', 'a=1; domain=ample.com', 'domain'],
    ['http://www.example.com/', 'a=1; domain=x.www.example.com', 'domain'],
    ['http://www.example.com/', 'a=1; domain=anything.com; domain=example.com', 'domain'],
    ['http://www.example.com/', 'a=1; domain=.', 'domain'],
    ['http://www.example.com/', 'a=1; domain=..com', 'domain'],
    ['http://www.example.com/', 'a=1; domain=.com', 'public-suffix'],
    ['http://www.example.com/', 'a=1; domain=COM', 'public-suffix'],
    ['http://mine.github.io/', 'a=1; domain=github.io', 'public-suffix'],
    ['http://www.example.com/', 'a=1; secure', 'insecure-origin'],
    ['http://www.example.com/', 'a=1; path=/x\ty', 'control-byte'],
    ['https://www.example.com/', '__Secure-a=1', 'prefix'],
    ['https://www.example.com/x/', '__Host-a=1; secure', 'prefix'],
    ['https://www.example.com/', '__Host-a=1; secure; path=/; domain=www.example.com', 'prefix'],
    ['http://www.example.com/', 'novalue; domain=example.com', 'no-name'],
  ])('at %s refuses %s: %s', (url, value, why) => {
    const jar = makeJar()
    expect(fate(jar, value, url)).toBe(why)
    expect(jar.size).toBe(0)
  })

  test.each([
    ['https://www.example.com/', '__Secure-a=1; secure; domain=example.com'],
    ['https://www.example.com/', '__Host-a=1; secure'],
    ['https://www.example.com/x/y', '__Host-a=1; secure; path=/'],
    // The prefixes heed case.
    ['http://www.example.com/', '__secure-a=1'],
    ['http://www.example.com/', '__HOST-a=1; domain=example.com'],
  ])('at %s takes %s', (url, value) => expect(fate(makeJar(), value, url)).toBe('kept'))

  test('sends to whom it concerns', () => {
    const jar = makeJar()
    jar.set('host=1', at('https://www.example.com/'))
    jar.set('all=1; domain=example.com', at('https://www.example.com/'))
    jar.set('deep=1; path=/a/b', at('https://www.example.com/'))
    jar.set('safe=1; secure', at('https://www.example.com/'))
    expect(sent(jar, 'https://www.example.com/a/b/c?d')).toBe('deep=1; safe=1; host=1; all=1')
    expect(sent(jar, 'http://www.example.com/a/bc')).toBe('host=1; all=1')
    expect(sent(jar, 'https://WWW.example.com./')).toBe('safe=1; host=1; all=1')
    expect(sent(jar, 'https://example.com/')).toBe('all=1')
    expect(sent(jar, 'https://other.example.com/')).toBe('all=1')
    expect(sent(jar, 'https://wwwexample.com/')).toBe('')
    expect(sent(jar, 'https://com/')).toBe('')
  })

  test('sends the longest path, domain and name first, then the newest', () => {
    const jar = makeJar()
    for (const value of ['b=1', 'a=1', 'cc=1', 'd=1; path=/x', 'e=1; domain=x.test', 'f=1']) {
      jar.set(value, at('http://www.x.test/'))
    }
    expect(sent(jar, 'http://www.x.test/x')).toBe('d=1; cc=1; f=1; a=1; b=1; e=1')
    // A new value keeps the old place.
    jar.set('b=2', at('http://www.x.test/'))
    expect(sent(jar, 'http://www.x.test/')).toBe('cc=1; f=1; a=1; b=2; e=1')
    expect(fileLines(jar).map((line) => line.split('\t')[5])).toEqual(['f', 'e', 'd', 'cc', 'a', 'b'])
    expect(jar.cookies().map(({ name }) => name)).toEqual(['b', 'a', 'cc', 'd', 'e', 'f'])
  })

  test('tells cookies apart by name, domain, kind of domain and path, all but the domain with case', () => {
    const jar = makeJar()
    const set = (value: string) => fate(jar, value, 'http://x.test/')
    expect(set('a=1')).toBe('kept')
    expect(set('A=1')).toBe('kept')
    expect(set('a=1; path=/p')).toBe('kept')
    expect(set('a=1; path=/P')).toBe('kept')
    expect(set('a=1; domain=x.test')).toBe('kept')
    expect(set('a=2; domain=X.TEST')).toBe('replaced')
    expect(set('a=2; path=/p/')).toBe('replaced')
    expect(fate(jar, 'a=3', 'http://X.test./')).toBe('replaced')
    expect(jar.size).toBe(5)
  })

  test('drops cookies when their time is over, or the server says so', () => {
    const clock = handDate()
    const jar = makeJar(clock)
    const set = (value: string) => fate(jar, value, 'http://x.test/')
    set('short=1; max-age=10')
    set('gone=1; max-age=100')
    set('session=1')
    clock.pass(10)
    expect(sent(jar, 'http://x.test/')).toBe('session=1; short=1; gone=1')
    clock.pass(1)
    expect(sent(jar, 'http://x.test/')).toBe('session=1; gone=1')
    expect(set('gone=; expires=Thu, 01 Jan 1970 00:00:00 GMT')).toBe('removed')
    expect(set('never=1; max-age=0')).toBe('removed')
    expect(fileLines(jar)).toEqual(['x.test\tFALSE\t/\tFALSE\t0\tsession\t1'])
    expect(jar.size).toBe(1)
  })

  test('an insecure cookie does not hide a secure one, wherever it is set below', () => {
    const guarded = () => {
      const jar = makeJar()
      jar.set('this=1; domain=x.test; secure; path=/in', at('https://www.x.test/'))
      jar.set('plain=1', at('https://www.x.test/'))
      return jar
    }
    for (const value of ['this=2; path=/in', 'this=2; path=/in; domain=x.test', 'this=2; path=/in/deeper']) {
      expect(fate(guarded(), value, 'http://www.x.test/')).toBe('overlay')
      expect(fate(guarded(), value, 'https://www.x.test/in/secure')).toMatch(/kept|replaced/)
    }
    const jar = guarded()
    expect(fate(jar, 'this=2; path=/inner', 'http://www.x.test/')).toBe('kept')
    expect(fate(jar, 'that=2; path=/in', 'http://www.x.test/')).toBe('kept')
    expect(fate(jar, 'plain=2', 'http://www.x.test/')).toBe('replaced')
  })

  test('an insecure cookie of the domain does not hide a secure one of a host in it; an expired one it may', () => {
    const clock = handDate()
    const jar = makeJar(clock)
    jar.set('this=1; secure; max-age=5', at('https://www.x.test/'))
    expect(fate(jar, 'this=2; domain=x.test', 'http://www.x.test/')).toBe('overlay')
    expect(fate(jar, 'this=2; domain=x.test', 'http://other.x.test/')).toBe('overlay')
    expect(fate(jar, 'this=2', 'http://other.x.test/')).toBe('kept')
    clock.pass(6)
    expect(fate(jar, 'this=2; domain=x.test', 'http://www.x.test/')).toBe('kept')
  })

  test('is emptied by the words of cookieList', () => {
    const jar = makeJar()
    jar.set('session=1', at('http://x.test/'))
    jar.set('later=1; max-age=60', at('http://x.test/'))
    jar.clearSession()
    expect(sent(jar, 'http://x.test/')).toBe('later=1')
    jar.clear()
    expect(sent(jar, 'http://x.test/')).toBe('')
    expect(jar.size).toBe(0)
    expect(['ALL', 'sess', 'Flush', 'RELOAD', '__proto__'].map((text) => parseCookieList(text))).toEqual([
      { is: 'clear' },
      { is: 'clear-session' },
      { is: 'flush' },
      { is: 'reload' },
      { is: 'line', line: '__proto__' },
    ])
  })

  test('takes lines of users, secure ones too', () => {
    const jar = makeJar()
    const add = (line: string) => {
      const verdict = jar.addLine(line)
      return verdict?.is === 'refused' ? verdict.why : verdict?.is
    }
    expect(add('.x.test\tTRUE\t/\tTRUE\t0\tfile\t1')).toBe('kept')
    expect(add('Set-Cookie: head=1; domain=x.test; secure\r\n')).toBe('kept')
    expect(add('set-cookie:anybody=1; secure')).toBe('kept')
    expect(add('Set-Cookie: a=1; domain=.co.uk')).toBe('public-suffix')
    expect(add('Set-Cookie: a=1; domain=.')).toBe('domain')
    expect(add('x.test\tFALSE\t/\tFALSE\t0\ta\tb\r\nevil.test\tFALSE\t/\tFALSE\t0\tc\td')).toBe(
      'control-byte',
    )
    expect(add('# nothing')).toBeUndefined()
    expect(add('a=b')).toBe('fields')
    expect(sent(jar, 'https://www.x.test/')).toBe('head=1; file=1; anybody=1')
  })

  test('takes over what another jar has', () => {
    const [shared, mine] = [makeJar(), makeJar()]
    shared.set('both=shared', at('http://x.test/'))
    shared.set('theirs=1', at('http://x.test/'))
    shared.load('x.test\tFALSE\t/\tFALSE\t0\tfile\tshared', { keepSession: true })
    mine.set('both=mine', at('http://x.test/'))
    mine.set('own=1; secure', at('https://y.test/'))
    mine.load('x.test\tFALSE\t/\tFALSE\t0\ttheirs\tmine', { keepSession: true })
    shared.merge(mine)
    expect(sent(shared, 'http://x.test/')).toBe('theirs=1; file=shared; both=mine')
    expect(sent(shared, 'https://y.test/')).toBe('own=1')
    mine.clear()
    expect(sent(shared, 'https://y.test/')).toBe('own=1')
  })
})

describe('caps', () => {
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, i) => `n${String(i).padStart(4, '0')}=1`)

  test('50 cookies of one response, over all its heads', () => {
    const jar = makeJar()
    const first = jar.receive(['bad', ...numbered(30)], at('http://x.test/'))
    expect(first).toBe(30)
    expect(jar.receive(numbered(60).slice(30), at('http://x.test/'), first)).toBe(50)
    expect(jar.size).toBe(50)
    expect(jar.receive(['another=1'], at('http://x.test/'))).toBe(1)
  })

  test('150 cookies in one request, of those set first', () => {
    const jar = makeJar()
    for (const value of numbered(151)) jar.set(value, at('http://x.test/'))
    const names = jar.match(at('http://x.test/')).map(({ name }) => name)
    expect(names).toHaveLength(150)
    expect([names[0], names.at(-1)]).toEqual(['n0149', 'n0000'])
  })

  test('8,190 bytes of a Cookie line, and nothing after the first that does not fit', () => {
    const cookies = [...'abc'].map((name, i) => ({ ...COOKIE, name, value: 'v'.repeat(i === 2 ? 1 : 4_080) }))
    expect(writeCookieField(cookies, 'x=y', COOKIE_LIMITS)).toEqual({
      value: `a=${'v'.repeat(4_080)}; b=${'v'.repeat(4_080)}; c=v; x=y`,
      leftOut: 0,
    })
    const large = { ...COOKIE, name: 'large', value: 'v'.repeat(4_090) }
    expect(writeCookieField([large, large, cookies[2]!], 'x=y', COOKIE_LIMITS)).toEqual({
      value: `large=${'v'.repeat(4_090)}`,
      leftOut: 3,
    })
    expect(writeCookieField([], undefined, COOKIE_LIMITS)).toEqual({ value: undefined, leftOut: 0 })
    expect(writeCookieField([], 'x=y', COOKIE_LIMITS).value).toBe('x=y')
    // One byte less than the limit with the name of the field, as curl counts.
    const exact = { ...COOKIE, value: 'v'.repeat(8_189 - 'Cookie: a='.length) }
    expect(writeCookieField([exact], undefined, COOKIE_LIMITS).leftOut).toBe(0)
    const over = { ...exact, value: `${exact.value}v` }
    expect(writeCookieField([over], undefined, COOKIE_LIMITS)).toEqual({ value: undefined, leftOut: 1 })
  })

  test('of one site: the insecure that was set longest ago goes, other sites are left alone', () => {
    const jar = makeJar(handDate(), { cookiesPerSite: 3 })
    jar.set('other=1', at('http://y.test/'))
    jar.set('safe=1; secure', at('https://x.test/'))
    for (const value of ['a=1', 'b=1', 'a=2', 'c=1']) jar.set(value, at('http://www.x.test/'))
    expect(jar.cookies().map(({ name, value }) => name + value)).toEqual(['other1', 'safe1', 'a2', 'c1'])
    jar.set('s1=1; secure', at('https://x.test/'))
    jar.set('s2=1; secure', at('https://x.test/'))
    // All are secure now: an insecure one does not push any out.
    jar.set('d=1', at('http://x.test/'))
    expect(jar.cookies().map(({ name }) => name)).toEqual(['other', 'safe', 's1', 's2'])
    jar.set('s3=1; secure', at('https://x.test/'))
    expect(jar.cookies().map(({ name }) => name)).toEqual(['other', 's1', 's2', 's3'])
  })

  test('of the jar: expired ones go first, then those of the site with most', () => {
    const clock = handDate()
    const jar = makeJar(clock, { cookiesKept: 4 })
    jar.set('old=1; max-age=5', at('http://z.test/'))
    for (const value of ['a=1', 'b=1', 'c=1']) jar.set(value, at('http://x.test/'))
    clock.pass(6)
    jar.set('y=1', at('http://y.test/'))
    expect(jar.cookies().map(({ name }) => name)).toEqual(['a', 'b', 'c', 'y'])
    jar.set('z=1', at('http://z.test/'))
    expect(jar.cookies().map(({ name }) => name)).toEqual(['b', 'c', 'y', 'z'])
    expect(jar.size).toBe(4)
  })

  test('hold whatever is set, and the size is the number of cookies', () => {
    const step = fc.record({
      host: fc.constantFrom('x.test', 'www.x.test', 'y.test', '127.0.0.1', 'a.co.uk', 'b.co.uk'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      domain: fc.constantFrom('', 'x.test', 'y.test', 'co.uk', 'a.co.uk'),
      age: fc.constantFrom('', '; max-age=3', '; max-age=0'),
      secure: fc.boolean(),
      pass: fc.constantFrom(0, 0, 1, 4),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const clock = handDate()
        const jar = makeJar(clock, { cookiesPerSite: 3, cookiesKept: 7, cookiesSent: 2 })
        for (const { host, name, domain, age, secure, pass } of steps) {
          clock.pass(pass)
          const scheme = secure ? 'https' : 'http'
          const value = `${name}=1; domain=${domain}${age}${secure ? '; secure' : ''}`
          jar.set(value, at(`${scheme}://${host}/`))
          const all = jar.cookies()
          expect(all).toHaveLength(jar.size)
          expect(jar.size).toBeLessThanOrEqual(7)
          const matching = jar.match(at(`${scheme}://${host}/`))
          expect(matching.length).toBeLessThanOrEqual(2)
          for (const one of matching) expect(all).toContainEqual(one)
        }
      }),
    )
  })
})

describe('the site of a request', () => {
  const site = (url: string, hostField?: string, viaProxy = false) => {
    const { origin, target } = parseUrl(url)
    return cookieSite(origin, target, { hostField, viaProxy })
  }

  test.each([
    ['https://x.test/p?q', undefined, { host: 'x.test', target: '/p?q', isSecure: true }],
    ['http://x.test/', undefined, { host: 'x.test', target: '/', isSecure: false }],
    ['http://localhost/', undefined, { host: 'localhost', target: '/', isSecure: true }],
    ['http://127.0.0.1:81/', undefined, { host: '127.0.0.1', target: '/', isSecure: true }],
    ['http://[::1]/', undefined, { host: '::1', target: '/', isSecure: true }],
    ['http://x.test/', 'other.test:8080', { host: 'other.test', target: '/', isSecure: false }],
    ['http://x.test/', ' [::1]:80', { host: '::1', target: '/', isSecure: false }],
    ['http://127.0.0.1/', 'other.test', { host: 'other.test', target: '/', isSecure: false }],
    ['http://x.test/', 'localhost', { host: 'localhost', target: '/', isSecure: false }],
    ['http://x.test/', '', { host: 'x.test', target: '/', isSecure: false }],
  ])('%s with Host %s', (url, hostField, expected) => expect(site(url, hostField)).toEqual(expected))

  test('through a proxy this machine is not secure', () => {
    expect(site('http://localhost/', undefined, true).isSecure).toBe(false)
    expect(site('https://localhost/', undefined, true).isSecure).toBe(true)
  })
})

const COOKIE = {
  name: 'a',
  value: '',
  domain: 'x.test',
  hostOnly: true,
  path: '/',
  secure: false,
  httpOnly: false,
  expires: 0,
}
