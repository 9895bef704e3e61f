/**
 * Which body the options of a request ask for, and how long it is: one of `body`, `postFields`, `json` and
 * `mimePost`.
 *
 * The rule: there is one body or none, chosen by the options of this run alone (CVE-2022-32221, CVE-2023-28322:
 * what an earlier request was sent from was read for a later one).
 */
import { TransferError } from '../errors/transfer-error.ts'
import { URL_ENCODED, type GivenBody } from '../form/given-body.ts'
import type { EasySettings, SettledBody } from '../options/option-types.ts'
import { bodySource, NO_BODY, type BodySource, type SpentBodies } from './body-source.ts'
import { pendingContent, pendingForm } from './prepare-body.ts'
import { resumed } from './resumed-body.ts'

/** The body of a request. BAD_FUNCTION_ARGUMENT when the options ask for two. */
export function requestBody(settings: EasySettings, spent: SpentBodies): BodySource {
  const given = SOURCES.filter((name) => settings[name] !== undefined)
  if (given.length > 1) {
    throw refused(
      `options ${given.join(' and ')} are both set: a request has one body; set what is not wanted to undefined`,
      given[1]!,
    )
  }
  const source = given.length === 0 ? NO_BODY : sourceOf(settings, spent)
  return settings.resumeFrom > 0 ? resumed(source, settings.resumeFrom) : source
}

const SOURCES = ['body', 'postFields', 'json', 'mimePost'] as const

function sourceOf(settings: EasySettings, spent: SpentBodies): BodySource {
  const { body, postFields, json, mimePost } = settings
  if (postFields !== undefined)
    return { is: 'bytes', bytes: postFields, type: { text: URL_ENCODED, isForm: false } }
  if (json !== undefined) return { is: 'bytes', bytes: json, type: { text: JSON_TYPE, isForm: false } }
  if (mimePost !== undefined) return pendingForm(mimePost, formTerms(settings), spent)
  return isGiven(body!) ? givenSource(body, settings, spent) : bodySource(body!, spent)
}

/** What `json` sends and asks for. */
export const JSON_TYPE = 'application/json'

function givenSource(body: GivenBody, settings: EasySettings, spent: SpentBodies): BodySource {
  switch (body.is) {
    case 'bytes':
      return { is: 'bytes', bytes: body.bytes, type: { text: body.contentType, isForm: false } }
    case 'form':
      return pendingForm(body.parts, formTerms(settings), spent)
    case 'read':
      return pendingContent(body.content, body.contentType, spent)
  }
}

function isGiven(body: SettledBody): body is GivenBody {
  return typeof body === 'object' && !(Symbol.iterator in body) && !(Symbol.asyncIterator in body)
}

/** What the user says of the type goes into it: libcurl adds the boundary behind. */
function formTerms(settings: EasySettings): Parameters<typeof pendingForm>[1] {
  const line = settings.headers?.findLast(({ name }) => name.toLowerCase() === 'content-type')
  return {
    escape: settings.formEscape ? 'backslash' : 'percent',
    contentType: line?.value ?? 'multipart/form-data',
  }
}

/**
 * The length that is announced; undefined: none, and HTTP/1 sends in chunks. BAD_FUNCTION_ARGUMENT for lengths
 * that cannot all be right, PARTIAL_FILE when nothing is left behind `resumeFrom`.
 */
export function announcedLength(settings: EasySettings, body: BodySource): number | undefined {
  if (body.is === 'none') return 0
  if (body.is === 'pending' || settings.trailers !== undefined || asksForChunks(settings)) return undefined
  const known = body.is === 'bytes' ? body.bytes.length : body.length
  const { inFileSize, resumeFrom } = settings
  const rest = inFileSize < 0 ? undefined : inFileSize - Math.max(0, resumeFrom)
  if (rest !== undefined && known !== undefined && rest !== known)
    throw refused(
      `option inFileSize says ${inFileSize} bytes, but the body has ${known + Math.max(0, resumeFrom)}`,
      'inFileSize',
    )
  const length = known ?? (settings.framingAsGiven ? undefined : lengthInHeaders(settings)) ?? rest
  if (resumeFrom > 0 && (length === undefined || length <= 0)) throw nothingToResume(resumeFrom, length)
  return length
}

function asksForChunks({ headers }: EasySettings): boolean {
  const line = headers?.findLast(({ name }) => name.toLowerCase() === 'transfer-encoding')
  return line?.value?.toLowerCase() === 'chunked'
}

/** A stream's length, when the user gives one as Content-Length. */
function lengthInHeaders(settings: EasySettings): number | undefined {
  const given = settings.headers?.findLast((line) => line.name.toLowerCase() === 'content-length')?.value
  if (given === undefined) return undefined
  if (!/^\d{1,15}$/.test(given))
    throw refused(
      `option headers must have digits in Content-Length, not ${JSON.stringify(given)}`,
      'headers',
    )
  return Number(given)
}

/** libcurl: CURLE_PARTIAL_FILE, "File already completely uploaded". */
function nothingToResume(resumeFrom: number, length: number | undefined): TransferError {
  return length === undefined
    ? refused(
        'option resumeFrom needs to know how long the body is: give inFileSize (RFC 9110 14.4: Content-Range ends with the size)',
        'resumeFrom',
      )
    : new TransferError(
        'PARTIAL_FILE',
        `nothing is left to send from byte ${resumeFrom} on: the body has ${resumeFrom + length} bytes`,
        { resumeFrom },
        { phase: 'setup' },
      )
}

/** The Content-Range of a body that is part of a document (RFC 9110 14.4); undefined: it is all of it. */
export function contentRange(
  { range, resumeFrom }: EasySettings,
  body: BodySource,
  length: number | undefined,
): string | undefined {
  if (body.is === 'none' || body.is === 'pending') return undefined
  const isRange = range !== undefined && range !== ''
  if (isRange && resumeFrom !== 0) throw refused('range and resumeFrom cannot be had together', 'resumeFrom')
  if (length === undefined) {
    if (!isRange) return undefined
    throw refused('option range needs to know how long the body is: give inFileSize', 'range')
  }
  if (resumeFrom < 0) return length === 0 ? undefined : `bytes 0-${length - 1}/${length}`
  if (resumeFrom > 0) return `bytes ${resumeFrom}-${resumeFrom + length - 1}/${resumeFrom + length}`
  if (!isRange) return undefined
  if (/^\d+-\d+$/.test(range)) return `bytes ${range}/${length}`
  throw refused(`option range must be like "0-99" with a body, not ${JSON.stringify(range)}`, 'range')
}

function refused(message: string, option: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, { option }, { phase: 'setup' })
}
