/**
 * Whether a connection stays open after a response (RFC 9112 section 9.3), and for how long the server says
 * it will wait. Pure: what to do about it is decided elsewhere.
 *
 * The rule: `close` wins over everything; only digits are believed.
 */
import { LIMITS } from '../tables/limits.ts'
import type { Fields } from './fields.ts'
import type { ResponseHead } from './message.ts'
import { isDigits, trimBlanks } from './tokens.ts'

export type Persistence =
  { readonly keep: true } | { readonly keep: false; readonly why: 'connection-close' | 'http-1.0' }

/**
 * `requestSaysClose`: the request carried `Connection: close`. Proxy-Connection is no standard field, but
 * proxies send it and curl heeds its `close`.
 */
export function persistence(head: ResponseHead, requestSaysClose: boolean): Persistence {
  const { fields, version } = head
  if (requestSaysClose || fields.lists('connection', 'close') || fields.lists('proxy-connection', 'close'))
    return CLOSES
  if (version === '1.0' && !fields.lists('connection', 'keep-alive')) return IS_OLD
  return KEEPS
}

export interface KeepAliveHint {
  /** How long the server keeps an idle connection; at most LIMITS.keepAliveHintMs. */
  readonly timeoutMs?: number
  /** How many more requests the server takes on this connection. */
  readonly max?: number
}

/**
 * What `Keep-Alive: timeout=5, max=100` says. The field never became a standard (RFC 2068 19.7.1.1 has its
 * shape); members that are not `name=1*DIGIT` are passed over, and of two equal names the first counts.
 */
export function keepAliveHint(fields: Fields): KeepAliveHint {
  if (!fields.has('keep-alive')) return NO_HINT
  const hint: { timeoutMs?: number; max?: number } = {}
  for (const member of fields.tokens('keep-alive')) {
    const equals = member.indexOf('=')
    const digits = trimBlanks(member.slice(equals + 1))
    if (equals < 0 || !isDigits(digits)) continue
    const name = trimBlanks(member.slice(0, equals))
    if (name === 'timeout') hint.timeoutMs ??= Math.min(Number(digits) * 1_000, LIMITS.keepAliveHintMs)
    else if (name === 'max') hint.max ??= Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
  }
  return hint
}

const KEEPS: Persistence = Object.freeze({ keep: true })
const CLOSES: Persistence = Object.freeze({ keep: false, why: 'connection-close' })
const IS_OLD: Persistence = Object.freeze({ keep: false, why: 'http-1.0' })
const NO_HINT: KeepAliveHint = Object.freeze({})
