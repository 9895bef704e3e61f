import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseChallenges } from '../../../packages/core/src/auth/challenges.ts'
import {
  afterSending,
  allowedSchemes,
  beginAuth,
  decideAuth,
  firstScheme,
  isConnectionBound,
  withholdsBody,
  type AuthCase,
  type AuthMeans,
  type AuthProgress,
  type AuthWord,
} from '../../../packages/core/src/auth/select.ts'

const USER: AuthMeans = { user: true, bearer: false, negotiate: false }
const ALL: AuthMeans = { user: true, bearer: true, negotiate: true }

/** Plays a request against responses given as lists of challenges (or a status), and says what became of each. */
function play(
  words: readonly AuthWord[],
  responses: readonly (string | number)[],
  given: Partial<AuthCase> = {},
): string[] {
  const means = given.means ?? USER
  const allowed = given.allowed ?? allowedSchemes(words, means)
  let progress: AuthProgress = given.progress ?? beginAuth(allowed, means)
  // Digest has nothing to send before its first challenge; all others have.
  if (progress.scheme !== undefined && !progress.scheme.startsWith('digest'))
    progress = afterSending(progress)
  const told = [progress.scheme ?? 'none']
  for (const response of responses) {
    const decision = decideAuth({
      role: 'origin',
      status: typeof response === 'number' ? response : 401,
      challenges: typeof response === 'number' ? [] : parseChallenges([response]),
      allowed,
      means,
      isBodyWithheld: false,
      maxAnswers: 3,
      ...given,
      progress,
    })
    told.push(
      decision.is === 'retry' ? decision.scheme : decision.is === 'deliver' ? decision.because : decision.is,
    )
    if (decision.is === 'retry') progress = afterSending(decision.progress)
  }
  return told
}

describe('allowedSchemes', () => {
  test('knows any, anysafe and what cannot be done', () => {
    expect([...allowedSchemes(['any'], USER)]).toEqual(['bearer', 'digest', 'ntlm', 'basic', 'aws-sigv4'])
    expect([...allowedSchemes(['any'], ALL)]).toContain('negotiate')
    expect([...allowedSchemes(['anysafe'], USER)]).not.toContain('basic')
    expect([...allowedSchemes(['anysafe', 'basic'], USER)]).toContain('basic')
    expect([...allowedSchemes(['digest', 'digest-ie'], USER)]).toEqual(['digest-ie'])
    expect([...allowedSchemes(['negotiate', 'basic'], USER)]).toEqual(['basic'])
    expect([...allowedSchemes([], USER)]).toEqual([])
  })

  test('refuses Negotiate alone without a library', () => {
    expect(() => allowedSchemes(['negotiate'], USER)).toThrow(
      expect.objectContaining({ code: 'NOT_BUILT_IN' }),
    )
    expect([...allowedSchemes(['negotiate'], ALL)]).toEqual(['negotiate'])
  })
})

test('firstScheme is the only one, if there is what it needs', () => {
  const first = (words: AuthWord[], means: AuthMeans) => firstScheme(allowedSchemes(words, means), means)
  expect(first(['basic'], USER)).toBe('basic')
  expect(first(['ntlm'], USER)).toBe('ntlm')
  expect(first(['basic', 'digest'], USER)).toBeUndefined()
  expect(first(['any'], ALL)).toBeUndefined()
  expect(first(['bearer'], USER)).toBeUndefined()
  expect(first(['bearer'], ALL)).toBe('bearer')
  expect(first(['basic'], { user: false, bearer: true, negotiate: false })).toBeUndefined()
  expect(first([], USER)).toBeUndefined()
})

describe('decideAuth', () => {
  const OFFER = 'Basic realm="b", NTLM, Digest nonce=n, Bearer, Negotiate'

  test("picks in curl's order among what is allowed and possible", () => {
    expect(play(['any'], [OFFER], { means: ALL })).toEqual(['none', 'negotiate'])
    expect(play(['any'], [OFFER], { means: { ...ALL, negotiate: false } })).toEqual(['none', 'bearer'])
    expect(play(['any'], [OFFER])).toEqual(['none', 'digest'])
    expect(play(['basic', 'ntlm'], [OFFER])).toEqual(['none', 'ntlm'])
    expect(play(['basic', 'bearer'], [OFFER])).toEqual(['none', 'basic'])
    expect(play(['any'], ['Basic realm="b", Digest nonce=n, algorithm=SHA-1'])).toEqual(['none', 'basic'])
    expect(play(['digest-ie', 'ntlm'], [OFFER])).toEqual(['none', 'digest-ie'])
  })

  test.each<[string, AuthWord[], (string | number)[], string[]]>([
    ['basic once', ['basic'], [OFFER], ['basic', 'rejected']],
    ['basic once after a probe', ['any'], ['Basic realm=x', 'Basic realm=x'], ['none', 'basic', 'rejected']],
    ['no weaker scheme after a refusal', ['any'], [OFFER, 'Basic realm=b'], ['none', 'digest', 'rejected']],
    ['digest once', ['digest'], ['Digest nonce=a', 'Digest nonce=b'], ['digest', 'digest', 'rejected']],
    [
      'digest again for stale nonces, not for ever',
      ['digest'],
      ['Digest nonce=a', ...Array.from({ length: 5 }, (_, i) => `Digest nonce=b${i}, stale=true`)],
      ['digest', 'digest', 'digest', 'digest', 'digest', 'too-many', 'too-many'],
    ],
    ['nothing to answer', ['digest'], ['Basic realm=x'], ['digest', 'nothing-suits']],
    ['NTLM in two steps', ['ntlm'], ['NTLM AAAA', 'NTLM'], ['ntlm', 'ntlm', 'rejected']],
    ['NTLM in three steps', ['any'], ['NTLM', 'NTLM AAAA', 'NTLM'], ['none', 'ntlm', 'ntlm', 'rejected']],
    ['NTLM without end', ['any'], ['NTLM', 'NTLM AAAA', 'NTLM AAAA'], ['none', 'ntlm', 'ntlm', 'too-many']],
    ['NTLM refused at once', ['ntlm'], ['NTLM'], ['ntlm', 'rejected']],
    ['a type 2 that nobody asked for', ['any'], ['NTLM AAAA'], ['none', 'rejected']],
    ['NTLM that is gone', ['ntlm'], ['Basic realm=x'], ['ntlm', 'rejected']],
    ['a scheme nobody knows', ['any'], ['Blackmagic realm="x"'], ['none', 'nothing-suits']],
    ['an answer', ['any'], [200], ['none', 'not-asked']],
    ['a 407 of an origin', ['any'], [407], ['none', 'not-asked']],
  ])('%s', (_, words, responses, told) => {
    expect(play(words, responses)).toEqual(told)
  })

  test('a nonce of an earlier transfer may be refused once without being stale', () => {
    const progress = { scheme: 'digest', hasSent: true, answers: 0 } as const
    expect(play(['digest'], ['Digest nonce=new', 'Digest nonce=newer'], { progress })).toEqual([
      'digest',
      'digest',
      'rejected',
    ])
  })

  test('Negotiate goes on while the server has something to say', () => {
    expect(play(['negotiate'], ['Negotiate AA==', 'Negotiate AA==', 'Negotiate'], { means: ALL })).toEqual([
      'negotiate',
      'negotiate',
      'negotiate',
      'rejected',
    ])
  })

  test('an NTLM connection that is authenticated already may ask anew', () => {
    const progress = { scheme: 'ntlm', hasSent: false, answers: 0 } as const
    const decision = decideAuth({
      role: 'proxy',
      status: 407,
      challenges: parseChallenges(['NTLM']),
      allowed: allowedSchemes(['ntlm'], USER),
      means: USER,
      progress,
      isBodyWithheld: false,
      maxAnswers: 3,
    })
    expect(decision).toMatchObject({ is: 'retry', scheme: 'ntlm' })
  })

  test('nothing without credentials', () => {
    const means = { user: false, bearer: false, negotiate: false }
    expect(play(['any'], [OFFER], { means })).toEqual(['none', 'no-credentials'])
  })

  test('a body that was held back is sent after a success, and not after a redirect', () => {
    expect(play(['digest'], [200], { isBodyWithheld: true })).toEqual(['digest', 'resend-with-body'])
    expect(play(['digest'], [302], { isBodyWithheld: true })).toEqual(['digest', 'not-asked'])
    expect(play(['digest'], [100], { isBodyWithheld: true })).toEqual(['digest', 'not-asked'])
  })

  test('ends, whatever a server says', () => {
    const word = fc.constantFrom<AuthWord>(
      'any',
      'anysafe',
      'basic',
      'digest',
      'digest-ie',
      'ntlm',
      'negotiate',
      'bearer',
    )
    const field = fc
      .subarray([
        'Basic realm=x',
        'NTLM',
        'NTLM AAAA',
        'Negotiate',
        'Negotiate AA==',
        'Digest nonce=n',
        'Digest nonce=m, stale=true',
        'Bearer',
      ])
      .map((parts) => parts.join(', '))
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1 }),
        fc.array(field, { minLength: 12, maxLength: 12 }),
        (words, fields) => {
          const told = play(words, fields, { means: ALL })
          const retries = told
            .slice(1)
            .findIndex(
              (one) => !['basic', 'digest', 'digest-ie', 'ntlm', 'negotiate', 'bearer'].includes(one),
            )
          expect(retries).toBeGreaterThanOrEqual(0)
          expect(retries).toBeLessThanOrEqual(4)
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('bodies wait for what is not ready', () => {
  expect(withholdsBody('digest', false)).toBe(true)
  expect(withholdsBody('digest', true)).toBe(false)
  expect(withholdsBody('ntlm', false)).toBe(true)
  expect(withholdsBody('basic', false)).toBe(false)
  expect(withholdsBody(undefined, false)).toBe(false)
  expect(['ntlm', 'negotiate', 'digest', 'basic'].filter((one) => isConnectionBound(one as 'ntlm'))).toEqual([
    'ntlm',
    'negotiate',
  ])
})
