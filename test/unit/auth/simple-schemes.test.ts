import { describe, expect, test } from 'vitest'
import { basicAuthorization } from '../../../packages/core/src/auth/basic.ts'
import { bearerAuthorization } from '../../../packages/core/src/auth/bearer.ts'
import { maySendCredentials } from '../../../packages/core/src/auth/credential-scope.ts'
import { checkLogin } from '../../../packages/core/src/auth/credentials.ts'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'

function refusalOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe('basicAuthorization', () => {
  test.each([
    // RFC 7617 section 2 and 2.1.
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123\u00a3', 'Basic dGVzdDoxMjPCow=='],
    ['', '5up3r53cr37', 'Basic OjV1cDNyNTNjcjM3'],
    ['user one', 'with spaces and "\n\r\ta', 'Basic dXNlciBvbmU6d2l0aCBzcGFjZXMgYW5kICIKDQlh'],
  ])('of %j and %j', (user, password, value) => {
    expect(basicAuthorization({ user, password })).toBe(value)
  })

  test.each([
    [{ user: 'u\0', password: 's3cret' }, 'the user name contains the character U+0000'],
    [{ user: 'u', password: 's3cret\0' }, 'the password contains the character U+0000'],
  ])('refuses a NUL and does not repeat it', (credentials, message) => {
    expect(refusalOf(() => basicAuthorization(credentials))).toMatchObject({
      code: 'BAD_FUNCTION_ARGUMENT',
      message,
    })
  })
})

describe('bearerAuthorization', () => {
  test('writes the token as it is', () => {
    expect(bearerAuthorization('mF_9.B5f-4.1JqM')).toBe('Bearer mF_9.B5f-4.1JqM')
  })

  test.each([
    ['', 'the bearer token is empty'],
    ['s3cret\r\nX: y', 'the bearer token contains the character U+000D'],
    ['s3cret\0', 'the bearer token contains the character U+0000'],
    ['s3 cret', 'the bearer token contains the character U+0020'],
    ['s3cret\u010a', 'the bearer token contains the character U+010A'],
  ])('refuses %j', (token, message) => {
    expect(refusalOf(() => bearerAuthorization(token))).toMatchObject({
      code: 'BAD_FUNCTION_ARGUMENT',
      message,
    })
  })
})

test('checkLogin refuses each control character and nothing else', () => {
  for (let code = 0; code < 0x180; code += 1) {
    const isControl = code < 0x20 || code === 0x7f
    const text = `s3cret${String.fromCharCode(code)}`
    for (const login of [
      { user: text, password: '' },
      { user: '', password: text },
    ]) {
      const refusal = refusalOf(() => checkLogin(login))
      expect(refusal !== undefined).toBe(isControl)
      expect(String(refusal)).not.toContain('s3cret')
    }
  }
})

describe('maySendCredentials', () => {
  const first = parseUrl('http://a.test/').origin
  test.each([
    ['http://a.test/other', true],
    ['http://a.test:80/', true],
    ['https://a.test/', false], // CVE-2022-27774
    ['http://a.test:8080/', false], // CVE-2022-27776
    ['http://b.test/', false], // CVE-2018-1000007
    ['http://sub.a.test/', false],
  ])('to %s', (url, may) => {
    expect(maySendCredentials(first, parseUrl(url).origin, false)).toBe(may)
    expect(maySendCredentials(first, parseUrl(url).origin, true)).toBe(true)
  })
})
