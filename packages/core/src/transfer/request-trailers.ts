/**
 * Fields that follow a request's body (CURLOPT_TRAILERFUNCTION; RFC 9110 section 6.5): announced ahead as far as
 * they are known, and asked for when the body has been sent.
 *
 * The rule: what is known ahead and may not stand in a trailer is refused before anything is sent.
 */
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import { writeFieldSection } from '../h1/head-writer.ts'
import { Fields } from '../http/fields.ts'
import { checkTrailers } from '../http/trailers.ts'
import { checkHeaders } from '../options/check-option.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import { EASY_OPTIONS } from '../tables/option-table.ts'
import type { BodySource } from './body-source.ts'

/** The Trailer field; undefined: none. BAD_FUNCTION_ARGUMENT for trailers that cannot be sent. */
export function announcedTrailers({ trailers }: EasySettings, body: BodySource): string | undefined {
  if (trailers === undefined || body.is === 'none' || typeof trailers === 'function') return undefined
  const fields = checkedFields(trailers)
  const names = new Set(Array.from(fields, ([name]) => name))
  return names.size === 0 ? undefined : [...names].join(', ')
}

/**
 * The trailers themselves; undefined: none. Throws BAD_FUNCTION_ARGUMENT for what may not stand there, and
 * ABORTED_BY_CALLBACK when the function threw.
 */
export function trailersNow({ trailers }: EasySettings): Fields | undefined {
  if (trailers === undefined) return undefined
  let lines = trailers
  if (typeof lines === 'function') {
    try {
      lines = checkHeaders('trailers', EASY_OPTIONS.trailers, lines())
    } catch (cause) {
      if (isTransferError(cause)) throw cause
      const text = cause instanceof Error ? cause.message : String(cause)
      throw new TransferError(
        'ABORTED_BY_CALLBACK',
        `the trailers function threw: ${text}`,
        {},
        { phase: 'send', cause },
      )
    }
  }
  const fields = checkedFields(lines)
  return fields.count === 0 ? undefined : fields
}

function checkedFields(lines: readonly HeaderLine[]): Fields {
  const fields = Fields.of(
    lines.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  )
  checkTrailers(fields)
  // For what it refuses, in whichever version of HTTP they are sent.
  writeFieldSection(fields)
  return fields
}
