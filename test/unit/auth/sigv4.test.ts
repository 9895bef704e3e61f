import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalPath, canonicalQuery } from '../../../packages/core/src/auth/sigv4-canonical.ts'
import { parseSigV4Scope } from '../../../packages/core/src/auth/sigv4-scope.ts'
import { signSigV4, type SigV4Request } from '../../../packages/core/src/auth/sigv4.ts'
import { fromText, HASHES } from './ports.ts'

const REQUEST: SigV4Request = {
  method: 'GET',
  host: 'example.amazonaws.com',
  authority: 'example.amazonaws.com',
  target: '/',
  fields: [],
}

function sign(
  request: Partial<SigV4Request>,
  signer: { provider?: string; user?: string; password?: string; date?: Date } = {},
) {
  return signSigV4(
    { ...REQUEST, ...request },
    {
      provider: signer.provider ?? 'aws:amz:us-east-1:service',
      credentials: {
        user: signer.user ?? 'AKIDEXAMPLE',
        password: signer.password ?? 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      },
      date: signer.date ?? new Date('2015-08-30T12:36:00Z'),
      hashes: HASHES,
    },
  )
}

function signatureOf(fields: ReturnType<typeof sign>): string | undefined {
  return /Signature=(\w+)$/.exec(fields[0]![1])?.[1]
}

describe("AWS's test suite:", () => {
  test('get-vanilla, whole', () => {
    expect(sign({})).toEqual([
      [
        'Authorization',
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
      ],
      ['X-Amz-Date', '20150830T123600Z'],
    ])
  })

  test.each<[string, Partial<SigV4Request>, string]>([
    [
      'get-vanilla-query-order-key-case',
      { target: '/?Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-empty-query-key',
      { target: '/?Param1=value1' },
      'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
    ],
    ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      {
        method: 'POST',
        fields: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: fromText('Param1=value1'),
      },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
    [
      'get-header-value-trim',
      {
        fields: [
          ['My-Header1', ' value1'],
          ['My-Header2', ' "a   b   c"'],
        ],
      },
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    [
      'get-header-key-duplicate',
      {
        fields: [
          ['My-Header1', 'value2'],
          ['My-Header1', 'value2'],
          ['My-Header1', 'value1'],
        ],
      },
      'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
    ],
  ])('%s', (_, request, signature) => {
    expect(signatureOf(sign(request))).toBe(signature)
  })
})

describe("AWS's documentation:", () => {
  test('the IAM example', () => {
    const fields = sign(
      {
        host: 'iam.amazonaws.com',
        authority: 'iam.amazonaws.com',
        target: '/?Action=ListUsers&Version=2010-05-08',
        fields: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
      },
      { provider: 'aws:amz:us-east-1:iam' },
    )
    expect(signatureOf(fields)).toBe('5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
  })

  const S3 = { host: 'examplebucket.s3.amazonaws.com', authority: 'examplebucket.s3.amazonaws.com' }
  const S3_SIGNER = {
    provider: 'aws:amz:us-east-1:s3',
    user: 'AKIAIOSFODNN7EXAMPLE',
    password: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    date: new Date('2013-05-24T00:00:00Z'),
  }
  test.each<[string, Partial<SigV4Request>, string]>([
    [
      'GET of an S3 object with a range',
      { target: '/test.txt', fields: [['Range', 'bytes=0-9']] },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'GET of a lifecycle, with a name alone',
      { target: '/?lifecycle' },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a list of objects',
      { target: '/?max-keys=2&prefix=J' },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
    [
      'PUT of an object',
      {
        method: 'PUT',
        target: '/test%24file.text',
        fields: [
          ['Date', 'Fri, 24 May 2013 00:00:00 GMT'],
          ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
        ],
        body: fromText('Welcome to Amazon S3.'),
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
  ])('%s', (_, request, signature) => {
    expect(signatureOf(sign({ ...S3, ...request }, S3_SIGNER))).toBe(signature)
  })

  test('S3 is told the hash of the payload, or that there is none', () => {
    const hashField = (request: Partial<SigV4Request>) => sign({ ...S3, ...request }, S3_SIGNER).slice(1)
    expect(hashField({})).toEqual([
      ['X-Amz-Date', '20130524T000000Z'],
      ['x-amz-content-sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ])
    expect(hashField({ method: 'PUT', body: 'stream' })[1]).toEqual([
      'x-amz-content-sha256',
      'UNSIGNED-PAYLOAD',
    ])
    expect(hashField({ fields: [['X-Amz-Content-SHA256', 'abc']] })).toEqual([
      ['X-Amz-Date', '20130524T000000Z'],
    ])
  })
})

describe('signSigV4', () => {
  test("goes by the user's own date, and adds none", () => {
    const fields = sign({ fields: [['x-amz-date', '20150830T123600Z']] }, { date: new Date(0) })
    expect(fields).toHaveLength(1)
    expect(signatureOf(fields)).toBe('5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')
  })

  test('leaves an Authorization of the user alone', () => {
    expect(sign({ fields: [['authorization', 'x']] })).toEqual([])
  })

  test('names other providers as curl does', () => {
    const fields = sign({}, { provider: 'xxx:yyy:rrr:sss' })
    expect(fields[0]![1]).toMatch(
      /^XXX4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20150830\/rrr\/sss\/xxx4_request, SignedHeaders=host;x-yyy-date, /,
    )
    expect(fields[1]![0]).toBe('X-Yyy-Date')
  })

  test.each<[string, Partial<SigV4Request>, { user?: string; password?: string }, string]>([
    [
      'a key id with a line end',
      {},
      { user: 'A\r\nX: y' },
      'the access key id contains the character U+000D',
    ],
    ['a key id with a blank', {}, { user: 'A b' }, 'the access key id contains the character U+0020'],
    ['a NUL in the secret', {}, { password: 's3cret\0' }, 'the password contains the character U+0000'],
    [
      'a bad date',
      { fields: [['X-Amz-Date', 'today']] },
      {},
      'the field x-amz-date is not of the form 20150830T123600Z',
    ],
    [
      'a streamed body to other than S3',
      { method: 'PUT', body: 'stream' },
      {},
      'the body of a PUT request to be signed is not in memory, and only S3 takes unsigned ones',
    ],
  ])('refuses %s', (_, request, signer, message) => {
    expect(() => sign(request, signer)).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT', message }),
    )
  })
})

describe('parseSigV4Scope', () => {
  test.each([
    ['', 'sns.eu-west-1.amazonaws.com', 'aws amz eu-west-1 sns'],
    ['aws', 'sns.eu-west-1.amazonaws.com', 'aws aws eu-west-1 sns'],
    ['OSC:Goog', 'api.r.x', 'osc goog r api'],
    ['aws:amz:eu-west-2', 'sns.test', 'aws amz eu-west-2 sns'],
    ['aws:amz:eu-west-2:s3', '127.0.0.1', 'aws amz eu-west-2 s3'],
    ['aws:amz::s3', 'a.b.c', 'aws amz b a'],
    ['aws:amz:r:s:more', 'h', 'aws amz r s'],
  ])('%j on %s', (option, host, scope) => {
    const { provider1, provider2, region, service } = parseSigV4Scope(option, host)
    expect(`${provider1} ${provider2} ${region} ${service}`).toBe(scope)
  })

  test.each([
    [':amz', 'a.b.c', 'BAD_FUNCTION_ARGUMENT'],
    [`aws:${'a'.repeat(65)}`, 'a.b.c', 'BAD_FUNCTION_ARGUMENT'],
    ['aws:amz\r\nX', 'a.b.c', 'BAD_FUNCTION_ARGUMENT'],
    ['aws:amz', 'localhost', 'URL_MALFORMAT'],
    ['aws:amz', 'a.b', 'URL_MALFORMAT'],
    ['aws:amz:r', 'localhost', 'URL_MALFORMAT'],
    ['aws:amz', '.b.c', 'URL_MALFORMAT'],
  ])('refuses %j on %s', (option, host, code) => {
    expect(() => parseSigV4Scope(option, host)).toThrow(expect.objectContaining({ code }))
  })
})

describe('canonical forms', () => {
  test('of paths', () => {
    expect(canonicalPath('', 'x')).toBe('/')
    expect(canonicalPath('/a b/%20c/~d', 'x')).toBe('/a%20b/%2520c/~d')
    expect(canonicalPath('/a%20b/c', 'S3')).toBe('/a%20b/c')
  })

  test('of queries', () => {
    expect(canonicalQuery('')).toBe('')
    expect(canonicalQuery('&&b&a=&a=2&a=1&A=3&&')).toBe('A=3&a=&a=1&a=2&b=')
    expect(canonicalQuery('a=b=c&q=x+y&p=x%2By&s=%7e%7E/%zz')).toBe('a=b%3Dc&p=x%2By&q=x%20y&s=~~%2F%25zz')
    expect(canonicalQuery('k=\xe1%88%B4')).toBe('k=%E1%88%B4')
  })

  test('are their own canonical form', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0x21, max: 0xff }), { maxLength: 40 }), (codes) => {
        const once = canonicalQuery(String.fromCharCode(...codes))
        expect(canonicalQuery(once)).toBe(once)
      }),
    )
  })
})
