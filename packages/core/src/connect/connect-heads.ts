/**
 * The heads of a proxy's answers to CONNECT, for those to whom the opening's failure is told.
 *
 * Why it exists: an error holds plain facts only, and goes through the pool, which knows nothing of HTTP.
 */
import type { ResponseHead } from '../http/message.ts'

/** Notes the heads that came before an opening failed. */
export function keepConnectHeads(error: unknown, heads: readonly ResponseHead[]): void {
  if (heads.length > 0 && typeof error === 'object' && error !== null) HEADS.set(error, heads)
}

/** The heads that came before this failure, in order. */
export function connectHeadsOf(error: object): readonly ResponseHead[] {
  return HEADS.get(error) ?? NONE
}

const HEADS = new WeakMap<object, readonly ResponseHead[]>()
const NONE: readonly ResponseHead[] = []
