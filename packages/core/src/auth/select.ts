/**
 * Which scheme to authenticate with: before the first request, and after each 401 or 407.
 *
 * The rule: each run of a request ends. A scheme that was answered with a refusal is not tried again and no
 * weaker one after it; only a stale nonce, of which there are so many, and the steps of a handshake go on.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { Challenge } from './challenges.ts'
import { pickDigestChallenge, type DigestChallenge } from './digest-challenge.ts'

/** A way to authenticate. */
export type AuthScheme = 'basic' | 'digest' | 'digest-ie' | 'bearer' | 'ntlm' | 'negotiate' | 'aws-sigv4'

/** A word of the option `httpAuth` or `proxyAuth`. */
export type AuthWord = AuthScheme | 'any' | 'anysafe'

/** What there is to authenticate with. */
export interface AuthMeans {
  /** A user name was given, be it empty. */
  readonly user: boolean
  /** A bearer token was given. */
  readonly bearer: boolean
  /** There is an installed GSS library to hand Negotiate to. */
  readonly negotiate: boolean
}

/**
 * The schemes that a list of words allows. `any` is all but `digest-ie`, `anysafe` is that without `basic`, both
 * without what cannot be done here. NOT_BUILT_IN when nothing is left.
 */
export function allowedSchemes(words: readonly AuthWord[], means: AuthMeans): ReadonlySet<AuthScheme> {
  const allowed = new Set<AuthScheme>()
  for (const word of words) {
    if (word !== 'any' && word !== 'anysafe') allowed.add(word)
    else for (const scheme of BY_PREFERENCE) if (word === 'any' || scheme !== 'basic') allowed.add(scheme)
  }
  if (allowed.has('digest-ie')) allowed.delete('digest')
  if (!means.negotiate && allowed.delete('negotiate') && allowed.size === 0) {
    const message = 'Negotiate needs a GSS library, and none is installed'
    throw new TransferError('NOT_BUILT_IN', message, { scheme: 'negotiate' }, { phase: 'setup' })
  }
  return allowed
}

/**
 * The scheme to begin with unasked: the only one that is allowed, if there is what it needs. With several the
 * first request goes without, and the challenges decide, as in curl.
 */
export function firstScheme(allowed: ReadonlySet<AuthScheme>, means: AuthMeans): AuthScheme | undefined {
  const [only, ...others] = allowed
  return only !== undefined && others.length === 0 && hasMeans(only, means) ? only : undefined
}

/** What a request has been through at one origin, or at its proxy. */
export interface AuthProgress {
  /** In use since the first request or a challenge; undefined: none yet. */
  readonly scheme: AuthScheme | undefined
  /** Whether an Authorization of that scheme was sent with the last request. */
  readonly hasSent: boolean
  /** Challenges answered, or begun to be, in this run of the request. */
  readonly answers: number
}

/** Where a run begins. */
export function beginAuth(allowed: ReadonlySet<AuthScheme>, means: AuthMeans): AuthProgress {
  return { scheme: firstScheme(allowed, means), hasSent: false, answers: 0 }
}

/** After a request with a field of the scheme went out. */
export function afterSending(progress: AuthProgress): AuthProgress {
  return progress.hasSent ? progress : { ...progress, hasSent: true }
}

/** A response, and how it came about. */
export interface AuthCase {
  readonly role: 'origin' | 'proxy'
  readonly status: number
  /** All WWW-Authenticate challenges for an origin, all Proxy-Authenticate for a proxy. */
  readonly challenges: readonly Challenge[]
  readonly allowed: ReadonlySet<AuthScheme>
  readonly means: AuthMeans
  readonly progress: AuthProgress
  /** The request has a body and was sent without it, since it would be refused (see `withholdsBody`). */
  readonly isBodyWithheld: boolean
  /** How many stale nonces, or steps of Negotiate, one run may have. */
  readonly maxAnswers: number
}

/** What to do with a response. */
export type AuthDecision =
  /** Send again with `scheme`; `digest` or `challenge` is what its state is to receive first. */
  | {
      readonly is: 'retry'
      readonly scheme: AuthScheme
      readonly digest?: DigestChallenge
      readonly challenge?: Challenge
      readonly progress: AuthProgress
    }
  /** The server wanted no authentication: send again with the body and without Authorization. */
  | { readonly is: 'resend-with-body' }
  | {
      readonly is: 'deliver'
      readonly because: 'not-asked' | 'no-credentials' | 'nothing-suits' | 'rejected' | 'too-many'
    }

/** Decides on a response. */
export function decideAuth(given: AuthCase): AuthDecision {
  const { status, role, progress, means } = given
  if (status !== (role === 'origin' ? 401 : 407)) {
    // As in curl, a redirect or an error is final though the body was never seen.
    const wasWelcome = given.isBodyWithheld && status >= 200 && status < 300
    return wasWelcome ? { is: 'resend-with-body' } : { is: 'deliver', because: 'not-asked' }
  }
  if (!means.user && !means.bearer && !means.negotiate) return { is: 'deliver', because: 'no-credentials' }
  const scheme = progress.scheme ?? pickScheme(given)
  if (scheme === undefined) return { is: 'deliver', because: 'nothing-suits' }

  const retry = {
    is: 'retry',
    scheme,
    progress: { scheme, hasSent: false, answers: progress.answers + 1 },
  } as const
  switch (scheme) {
    case 'digest':
    case 'digest-ie': {
      const digest = pickDigestChallenge(given.challenges)
      if (digest === undefined)
        return { is: 'deliver', because: progress.hasSent ? 'rejected' : 'nothing-suits' }
      // The first answer is free: what was sent before it, if anything, had the nonce of an earlier transfer,
      // and not all servers say `stale` of those.
      if (progress.answers > 0 && !digest.isStale) return { is: 'deliver', because: 'rejected' }
      return progress.answers > given.maxAnswers
        ? { is: 'deliver', because: 'too-many' }
        : { ...retry, digest }
    }
    case 'ntlm':
    case 'negotiate': {
      const challenge = given.challenges.find((one) => one.scheme === scheme)
      if (challenge === undefined)
        return { is: 'deliver', because: progress.hasSent ? 'rejected' : 'nothing-suits' }
      // A word of the server's continues what was begun; without one it wants to begin, or has refused.
      if (
        (challenge.token68 !== undefined) !== progress.hasSent &&
        !(scheme === 'negotiate' && !progress.hasSent)
      )
        return { is: 'deliver', because: 'rejected' }
      // Beginning, and then going on from type 2, which is one more when the beginning was asked for.
      const most = scheme === 'ntlm' ? 2 : given.maxAnswers
      return progress.answers >= most ? { is: 'deliver', because: 'too-many' } : { ...retry, challenge }
    }
    case 'basic':
    case 'bearer':
    case 'aws-sigv4':
      return progress.answers > 0 || progress.hasSent ? { is: 'deliver', because: 'rejected' } : retry
  }
}

/**
 * Whether a body should wait for the end of authentication: the request is sent with `Content-Length: 0` then, as
 * in curl. `isReady`: the scheme's state has what the last step needs (a nonce, a type 2 message).
 */
export function withholdsBody(scheme: AuthScheme | undefined, isReady: boolean): boolean {
  return (
    !isReady && (scheme === 'digest' || scheme === 'digest-ie' || scheme === 'ntlm' || scheme === 'negotiate')
  )
}

/** Whether a scheme authenticates the connection rather than the request: HTTP/1.1 only, and part of its identity. */
export function isConnectionBound(scheme: AuthScheme): boolean {
  return scheme === 'ntlm' || scheme === 'negotiate'
}

function pickScheme({ allowed, challenges, means }: AuthCase): AuthScheme | undefined {
  return BY_PREFERENCE.map((scheme) =>
    scheme === 'digest' && allowed.has('digest-ie') ? 'digest-ie' : scheme,
  ).find((scheme) => {
    if (!allowed.has(scheme) || !hasMeans(scheme, means)) return false
    if (scheme === 'digest' || scheme === 'digest-ie') return pickDigestChallenge(challenges) !== undefined
    return challenges.some((one) => one.scheme === scheme)
  })
}

function hasMeans(scheme: AuthScheme, means: AuthMeans): boolean {
  if (scheme === 'bearer') return means.bearer
  return scheme === 'negotiate' ? means.negotiate : means.user
}

/** curl's order. No server offers `aws-sigv4` by this name. */
const BY_PREFERENCE = ['negotiate', 'bearer', 'digest', 'ntlm', 'basic', 'aws-sigv4'] as const
