/**
 * Which codings a body came with (RFC 9110 8.4, RFC 9112 7), as pure functions of its head.
 *
 * The rule: fields are added up, never looked at one by one, because a bound that holds for each field is none
 * (CVE-2023-23916).
 */
import type { Coding } from '../env/environment.ts'
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Fields } from './fields.ts'

/** What of a body is decoded. */
export interface DecodingWish {
  readonly content: boolean
  readonly transfer: boolean
}

/** What a body was coded with. */
export type BodyCodings =
  /** Nothing that is decoded. */
  | { readonly is: 'none' }
  /** In the order in which they are undone: the transfer codings, then the content codings, of each the last one first. */
  | { readonly is: 'coded'; readonly codings: readonly Coding[] }
  /** A body with these cannot be decoded; one of no bytes needs not be. */
  | { readonly is: 'refused'; readonly error: TransferError }

/** The codings of a body with these fields, of which `supported` can be undone. */
export function bodyCodings(fields: Fields, wish: DecodingWish, supported: readonly Coding[]): BodyCodings {
  const transfer = wish.transfer
    ? fields.tokens('transfer-encoding').filter((name) => name !== 'chunked')
    : []
  const content = wish.content ? fields.tokens('content-encoding') : []
  const count = transfer.length + content.length
  if (count === 0) return NONE
  if (count > LIMITS.bodyCodings) {
    const limit = LIMITS.bodyCodings
    return refused(`the response names ${count} codings of its body, more than ${limit}`, {
      count,
      limit,
      transfer: transfer.length > 0,
    })
  }
  const codings: Coding[] = []
  for (const name of [...transfer.reverse(), ...content.reverse()]) {
    if (NOTHING.has(name)) continue
    const coding = ALIASES.get(name) ?? name
    if (!isKnown(coding))
      return refused(
        `the coding ${JSON.stringify(name.slice(0, 40))} is not known: ${supported.join(', ')} are`,
      )
    if (!supported.includes(coding)) {
      return refused(
        `the coding ${coding} needs Node 22.15 or the package fzstd: install one, or do not ask for it`,
      )
    }
    codings.push(coding)
  }
  return codings.length === 0 ? NONE : { is: 'coded', codings }
}

/**
 * Whether deflate data that begins with these two bytes is that of RFC 1950, as it should be, and not the bare one of
 * RFC 1951 that some servers send: the method is 8, and both are a multiple of 31.
 */
export function isZlibHeader(first: number, second: number): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}

function isKnown(name: string): name is Coding {
  return (KNOWN as readonly string[]).includes(name)
}

function refused(message: string, details: ErrorDetails = {}): BodyCodings {
  return {
    is: 'refused',
    error: new TransferError('BAD_CONTENT_ENCODING', message, details, { phase: 'receive' }),
  }
}

const KNOWN: readonly Coding[] = ['gzip', 'deflate', 'br', 'zstd']
/** RFC 9110 8.4.1.3. */
const ALIASES: ReadonlyMap<string, Coding> = new Map([['x-gzip', 'gzip']])
/** `identity` is reserved and should not be sent (RFC 9110 12.5.3); curl takes `none` for the same. */
const NOTHING: ReadonlySet<string> = new Set(['identity', 'none'])
const NONE: BodyCodings = Object.freeze({ is: 'none' })
