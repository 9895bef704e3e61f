/**
 * Which fields may stand behind a body (RFC 9110 section 6.5.1). Pure.
 *
 * The rule: a trailer never says what only a head may.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from './fields.ts'

/** BAD_FUNCTION_ARGUMENT for a field that is not allowed in a trailer section. */
export function checkTrailers(trailers: Fields): void {
  for (let index = 0; index < trailers.count; index += 1) {
    const name = trailers.nameAt(index)
    if (!NOT_IN_TRAILERS.has(name.toLowerCase())) continue
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `the field ${JSON.stringify(name)} is not allowed in a trailer`,
      undefined,
      { phase: 'send' },
    )
  }
}

/** RFC 9110 6.5.1: framing, routing, request modifiers, authentication, and what is needed to read the content. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'trailer',
  'te',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'host',
  'cache-control',
  'expect',
  'max-forwards',
  'pragma',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'cookie',
  'set-cookie',
  'content-encoding',
  'content-type',
  'content-range',
  'location',
])
