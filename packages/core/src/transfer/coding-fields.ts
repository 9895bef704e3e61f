/**
 * What a request says of codings (RFC 9110 10.1.4 and 12.5.3), and what its response may be for it, as pure functions
 * of the settings.
 */
import type { Decoders } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import { PLAIN_READING, type ResponseReading } from '../http/framing.ts'
import type { EasySettings } from '../options/option-types.ts'

/** `decoders`: what "all" means in acceptEncoding; undefined: what every Node has. */
export function* codingFields(
  { acceptEncoding, transferEncoding }: EasySettings,
  decoders: Decoders | undefined,
): Iterable<readonly [string, string]> {
  // The command of curl sends these two in this order.
  if (transferEncoding) yield ['TE', 'gzip']
  if (acceptEncoding === undefined) return
  const list = acceptEncoding === '' ? (decoders?.codings ?? ALWAYS).join(', ') : acceptEncoding
  if (!LIST.test(list)) {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option acceptEncoding must be "" or 1 to 200 visible characters such as "gzip, br", not ${JSON.stringify(acceptEncoding.slice(0, 100))}`,
      { option: 'acceptEncoding' },
      { phase: 'setup' },
    )
  }
  yield ['Accept-Encoding', list]
}

/** TE is for the next hop only, so Connection names it (RFC 9110 10.1.4), also where the user set either. */
export function nameTe({ transferEncoding }: EasySettings, fields: Fields): void {
  if (!transferEncoding || !fields.has('te') || fields.lists('connection', 'te')) return
  const at = fields.indexOf('connection')
  if (at < 0) fields.append('Connection', 'TE')
  // Of several fields of the user's the first one names it, as in curl; the others stay as they are.
  else fields.setAt(at, fields.valueAt(at) === '' ? 'TE' : `${fields.valueAt(at)}, TE`)
}

/** What is taken of a response over HTTP/1 that is refused otherwise. */
export function responseReading(settings: EasySettings): ResponseReading {
  const { transferEncoding, httpTransferDecoding, http09Allowed, ignoreContentLength } = settings
  if (!transferEncoding && httpTransferDecoding && !http09Allowed && !ignoreContentLength)
    return PLAIN_READING
  return {
    takesCodings: transferEncoding || !httpTransferDecoding,
    takesAnyCoding: !httpTransferDecoding,
    keepsFraming: !httpTransferDecoding,
    ignoresLength: ignoreContentLength,
    takesHttp09: http09Allowed,
  }
}

const ALWAYS = ['deflate', 'gzip', 'br']
const LIST = /^[\x20-\x7e]{1,200}$/
