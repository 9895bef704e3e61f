/**
 * `DigestChallenge`: what a server asks of Digest (RFC 7616 section 3.3), and which of several to answer.
 *
 * The rule: a challenge that cannot be answered rightly is none. It has a nonce, an algorithm known here, and a
 * qop where its algorithm needs one.
 */
import type { Challenge } from './challenges.ts'

/** A checked challenge; texts are Latin-1, as received, without quotes and escapes. */
export interface DigestChallenge {
  /** Empty when the server left it out, as curl has it. */
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: 'md5' | 'sha256' | 'sha512-256'
  /** An algorithm ending in `-sess`: user and password are hashed once with nonce and cnonce. */
  readonly isSession: boolean
  /** The algorithm as the server wrote it, which is how it is sent back; undefined when it wrote none. */
  readonly writtenAlgorithm: string | undefined
  /** `auth` when both are offered. Undefined: as in RFC 2069, without count and cnonce. */
  readonly qop: 'auth' | 'auth-int' | undefined
  /** The nonce used before was too old; user and password were not refused. */
  readonly isStale: boolean
  /** The user name is to be sent as a hash. */
  readonly wantsUserhash: boolean
}

/** Undefined when the challenge is of another scheme, broken, or of an unknown algorithm. `domain` and `charset` are ignored, as in curl. */
export function parseDigestChallenge({ scheme, params }: Challenge): DigestChallenge | undefined {
  const nonce = params.get('nonce')
  if (scheme !== 'digest' || nonce === undefined) return undefined
  const writtenAlgorithm = params.get('algorithm')
  const [algorithm, isSession] = ALGORITHMS.get(writtenAlgorithm?.toLowerCase() ?? 'md5') ?? UNKNOWN
  const qop = chooseQop(params.get('qop'))
  if (algorithm === undefined || (isSession && qop === undefined)) return undefined
  return {
    realm: params.get('realm') ?? '',
    nonce,
    opaque: params.get('opaque'),
    algorithm,
    isSession,
    writtenAlgorithm,
    qop,
    isStale: isTrue(params.get('stale')),
    wantsUserhash: isTrue(params.get('userhash')),
  }
}

/**
 * The challenge to answer: the one of the strongest algorithm, of equals the first. RFC 7616 3.7 leaves the
 * choice to local policy; the servers' order would let whoever can add a field choose MD5.
 */
export function pickDigestChallenge(challenges: readonly Challenge[]): DigestChallenge | undefined {
  let picked: DigestChallenge | undefined
  for (const challenge of challenges) {
    const next = parseDigestChallenge(challenge)
    if (next === undefined) continue
    if (picked === undefined || STRENGTHS[next.algorithm] > STRENGTHS[picked.algorithm]) picked = next
  }
  return picked
}

function chooseQop(offered: string | undefined): 'auth' | 'auth-int' | undefined {
  const names = offered?.split(',').map((name) => name.trim().toLowerCase())
  if (names?.includes('auth')) return 'auth'
  return names?.includes('auth-int') ? 'auth-int' : undefined
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

const UNKNOWN = [undefined, false] as const

const ALGORITHMS: ReadonlyMap<string, readonly [DigestChallenge['algorithm'], boolean]> = new Map([
  ['md5', ['md5', false]],
  ['md5-sess', ['md5', true]],
  ['sha-256', ['sha256', false]],
  ['sha-256-sess', ['sha256', true]],
  ['sha-512-256', ['sha512-256', false]],
  ['sha-512-256-sess', ['sha512-256', true]],
])

const STRENGTHS: Readonly<Record<DigestChallenge['algorithm'], number>> = {
  md5: 1,
  sha256: 2,
  'sha512-256': 3,
}
