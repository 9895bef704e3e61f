/**
 * `AuthPlan`: with what a request may authenticate itself at its origin, or at its proxy, and how.
 *
 * The rule: it is made from options and credentials alone; what servers said is no part of it.
 */
import { basicAuthorization } from './basic.ts'
import { bearerAuthorization } from './bearer.ts'
import { checkLogin, type Credentials } from './credentials.ts'
import { allowedSchemes, firstScheme, isConnectionBound } from './select.ts'
import type { AuthMeans, AuthScheme, AuthWord } from './select.ts'
import { checkSigV4Option } from './sigv4-scope.ts'

export interface AuthPlan {
  readonly allowed: ReadonlySet<AuthScheme>
  readonly means: AuthMeans
  readonly credentials: Credentials | undefined
  readonly bearer: string | undefined
  /** The option awsSigv4. */
  readonly sigV4: string | undefined
}

/** What an `AuthPlan` is made of. */
export interface AuthInput {
  /** The option httpAuth or proxyAuth; undefined: bearer with a token, basic without. */
  readonly words: readonly AuthWord[] | undefined
  readonly credentials: Credentials | undefined
  readonly bearer?: string | undefined
  readonly sigV4?: string | undefined
  /** Whether there is something that makes tokens of Negotiate. */
  readonly hasNegotiate: boolean
}

/**
 * Undefined: there is nothing to authenticate with. NOT_BUILT_IN for Negotiate alone without a library;
 * BAD_FUNCTION_ARGUMENT for what cannot be sent, while nothing has been.
 */
export function planAuth({
  words,
  credentials,
  bearer,
  sigV4,
  hasNegotiate,
}: AuthInput): AuthPlan | undefined {
  const means = { user: credentials !== undefined, bearer: bearer !== undefined, negotiate: hasNegotiate }
  const given = words ?? (bearer === undefined ? BASIC : BEARER)
  const allowed = sigV4 === undefined ? allowedSchemes(given, means) : SIGV4
  // A GSS library needs no name and password: it has its own.
  if (!means.user && !means.bearer && !(means.negotiate && allowed.has('negotiate'))) return undefined
  if (credentials !== undefined) checkLogin(credentials)
  if (sigV4 !== undefined) checkSigV4Option(sigV4)
  return { allowed, means, credentials, bearer, sigV4 }
}

/**
 * The field's value when it is the same in each request, so that nothing is to be kept or decided: Basic and
 * Bearer where they alone are allowed. Undefined: responses decide. BAD_FUNCTION_ARGUMENT.
 */
export function fixedAuthorization({ allowed, means, credentials, bearer }: AuthPlan): string | undefined {
  const scheme = firstScheme(allowed, means)
  if (scheme === 'bearer') return bearerAuthorization(bearer!)
  return scheme === 'basic' ? basicAuthorization(credentials!) : undefined
}

/** Whether a connection may come to be authenticated for the user: then it is his alone. */
export function mayBindConnection({ allowed, means }: AuthPlan): boolean {
  return [...allowed].some(
    (scheme) => isConnectionBound(scheme) && (scheme === 'negotiate' ? means.negotiate : means.user),
  )
}

/** Whether only HTTP/1.1 will do: nothing but what authenticates connections is allowed. */
export function needsOwnConnection({ allowed }: AuthPlan): boolean {
  return [...allowed].every(isConnectionBound)
}

const BASIC: readonly AuthWord[] = ['basic']
const BEARER: readonly AuthWord[] = ['bearer']
const SIGV4: ReadonlySet<AuthScheme> = new Set<AuthScheme>(['aws-sigv4'])
