/** The ports that authentication takes, over node:crypto and without chance. */
import { createHash, createHmac } from 'node:crypto'
import type { RandomSource } from '../../../packages/core/src/env/environment.ts'
import type { Challenge } from '../../../packages/core/src/auth/challenges.ts'
import { parseChallenges } from '../../../packages/core/src/auth/challenges.ts'
import type { Hashes } from '../../../packages/core/src/env/environment.ts'

export const HASHES: Hashes = {
  digest: (algorithm, bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest()),
  hmac: (algorithm, key, bytes) => new Uint8Array(createHmac(algorithm, key).update(bytes).digest()),
}

/** Bytes that are all `value`. */
export function constantRandom(value: number): RandomSource {
  return { bytes: (count) => new Uint8Array(count).fill(value), fraction: () => 0 }
}

/** Random bytes that come from a text, in order. */
export function randomOf(bytes: Uint8Array): RandomSource {
  let at = 0
  return { bytes: (count) => bytes.slice(at, (at += count)), fraction: () => 0 }
}

export function challengeOf(field: string): Challenge {
  const [challenge] = parseChallenges([field])
  if (challenge === undefined) throw new Error(`no challenge in ${field}`)
  return challenge
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

export function fromText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
