/**
 * Ranges and time conditions (RFC 9110 sections 13 and 14): the fields that ask for them, and what an answer says.
 * Pure.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { httpDate } from '../http/http-date.ts'
import type { ResponseHead } from '../http/message.ts'
import type { EasySettings } from '../options/option-types.ts'

/** The Range field; undefined: none. BAD_FUNCTION_ARGUMENT for a range that cannot be read. */
export function rangeField(settings: EasySettings): string | undefined {
  const { range, resumeFrom } = settings
  if (range === undefined || range === '') return resumeFrom > 0 ? `bytes=${resumeFrom}-` : undefined
  if (resumeFrom > 0) throw refused('range and resumeFrom cannot be had together', 'resumeFrom')
  // libcurl sends what it is given; what could end the field is all that is refused.
  if (!/^[\x20-\x7e]{1,1000}$/.test(range))
    throw refused(
      `option range must be visible characters, such as "0-99", "100-", "-50" or a list of these, not ${JSON.stringify(range)}`,
      'range',
    )
  return `bytes=${range}`
}

/** The field of a time condition; undefined: none. */
export function timeField({
  timeCondition,
  timeValueS,
}: EasySettings): readonly [string, string] | undefined {
  if (timeCondition === 'none') return undefined
  const name = timeCondition === 'if-modified-since' ? 'If-Modified-Since' : 'If-Unmodified-Since'
  return [name, httpDate(timeValueS)]
}

/** What becomes of a response under the conditions of its request. */
export type ConditionVerdict =
  /** It is what was asked for. */
  | { readonly is: 'met' }
  /** It is not wanted: the document is not newer, or there is nothing left of it. Its body is not delivered. */
  | { readonly is: 'unmet' }
  | { readonly is: 'failed'; readonly error: TransferError }

/** RANGE_ERROR when a download cannot go on where it should: the pieces would not fit (CVE-2026-16728). */
export function judgeConditions(
  settings: EasySettings,
  head: ResponseHead,
  resumes = settings.resumeFrom > 0,
): ConditionVerdict {
  const { status, fields } = head
  const resumeFrom = resumes ? settings.resumeFrom : 0
  // Whatever the status says: what is no rest must not stand behind what is there. 416 says that nothing is left.
  if (resumeFrom > 0 && status !== 416) {
    const start = /^bytes +(\d+)-/i.exec(fields.first('content-range') ?? '')?.[1]
    if (status === 206 && Number(start) === resumeFrom) return MET
    const how =
      status === 206
        ? `sent a part that begins at ${start ?? 'no offset'}`
        : status === 200
          ? 'sent the whole'
          : `answered with status ${status}`
    return {
      is: 'failed',
      error: new TransferError(
        'RANGE_ERROR',
        `the download cannot go on at byte ${resumeFrom}: the server ${how}`,
        { resumeFrom, status },
        { phase: 'receive' },
      ),
    }
  }
  // Nothing is left of it: libcurl takes that for success, too.
  if (resumeFrom > 0 && status === 416) return UNMET
  // A server that does not heed the condition is heeded for it, as libcurl does.
  return status !== 200 || isFresh(settings, head) ? MET : UNMET
}

/** Whether a document is wanted under the time condition, by what its head says of its age. */
export function isFresh({ timeCondition, timeValueS }: EasySettings, { fields }: ResponseHead): boolean {
  if (timeCondition === 'none') return true
  const modified = Date.parse(fields.first('last-modified') ?? '')
  if (Number.isNaN(modified)) return true
  return modified / 1_000 > timeValueS === (timeCondition === 'if-modified-since')
}

const MET: ConditionVerdict = Object.freeze({ is: 'met' })
const UNMET: ConditionVerdict = Object.freeze({ is: 'unmet' })

function refused(message: string, option: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, { option }, { phase: 'setup' })
}
