/** What a request asks for in its first line: the URL's path and query, or the option requestTarget (CURLOPT_REQUEST_TARGET). */
import { TransferError } from '../errors/transfer-error.ts'
import type { ParsedUrl } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import { LIMITS } from '../tables/limits.ts'
import type { RequestStep } from './redirect.ts'

/**
 * The target of a request. The one given by hand is for the URL that was set: a redirect leads to a target of its
 * own, and asking for the old one again would go round in circles. BAD_FUNCTION_ARGUMENT.
 */
export function requestTarget(settings: EasySettings, url: ParsedUrl, step: RequestStep | undefined): string {
  const given = settings.requestTarget
  if (given === undefined || step !== undefined) return url.target
  if (/^[\x21-\x7e]+$/.test(given) && given.length <= LIMITS.urlChars) return given
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option requestTarget must be 1 to ${LIMITS.urlChars} visible ASCII characters, such as "*" or "/a?b": percent-encode others`,
    { option: 'requestTarget' },
    { phase: 'setup' },
  )
}
