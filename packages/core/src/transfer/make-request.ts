/**
 * From what is planned, and what holds at the moment, to an `OutgoingRequest`.
 *
 * The rule: a request that is planned and one that goes out now are made here, in the same way.
 */
import { OutgoingRequest } from '../connection/outgoing-request.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { spellingOf } from '../h1/head-writer.ts'
import { upgradeSettings } from '../h2/settings.ts'
import type { Fields } from '../http/fields.ts'
import { isSecure, isWebSocket } from '../http/origin.ts'
import { isToken } from '../http/tokens.ts'
import type { EasySettings } from '../options/option-types.ts'
import { isForwarded } from '../route/choose-proxy.ts'
import { LIMITS } from '../tables/limits.ts'
import { NO_BODY, type BodySource } from './body-source.ts'
import { responseReading } from './coding-fields.ts'
import { oddLines } from './odd-headers.ts'
import { contentRange } from './request-body.ts'
import {
  hasOtherLength,
  planFields,
  speaksOld,
  type FieldsInput,
  type MomentaryFields,
  type SentBody,
} from './request-fields.ts'
import { requestTarget } from './request-target.ts'

/** Throws BAD_FUNCTION_ARGUMENT for what cannot be sent. */
export function makeRequest(input: FieldsInput, now: MomentaryFields): OutgoingRequest {
  const { settings, url, method } = input
  const sent = sentBody(input, now)
  const { source: body, length: bodyLength } = sent
  const fields = planFields(input, sent, now)
  const isOld = speaksOld(settings, now)
  const expects = !isOld && asksFirst(settings, body, bodyLength, fields)
  // The user's own Expect is no part of the repeat after a 417, and stands where it was put otherwise.
  const expecting = expects ? expectingFields(fields) : undefined
  if (expects) fields.delete('expect')
  const { scheme } = url.origin
  const isForward = isForwarded(input.proxies)
  return new OutgoingRequest({
    // RFC 9112 3.2.2: a proxy is asked for the whole URL.
    head: {
      method,
      target: targetOf(input),
      version: isOld ? '1.0' : '1.1',
      fields,
    },
    spelling: settings.headers && spellingOf(settings.headers),
    odd: oddLines(settings, input.step),
    isDoubtful: settings.framingAsGiven && hasOtherLength(settings.headers, bodyLength),
    scheme: isSecure(url.origin) ? 'https' : 'http',
    authority: url.origin.authority,
    bodyLength,
    asksFirst: expects,
    expecting,
    sensitive: sensitiveNames(settings),
    reading: responseReading(settings),
    webSocket: isWebSocket(url.origin) && !settings.connectOnly,
    // A body would have to be sent whole before HTTP/2 can begin (RFC 7540 3.2); a proxy is not the one to ask.
    upgrade:
      settings.httpVersion === '2' && scheme === 'http' && body.is === 'none' && !isForward
        ? H2C_SETTINGS
        : undefined,
  })
}

/** RFC 9112 3.2.2: a proxy that forwards is asked for the whole URL. */
function targetOf({ settings, url, step, proxies }: FieldsInput): string {
  const target = requestTarget(settings, url, step)
  return isForwarded(proxies) && settings.requestTarget === undefined ? url.text : target
}

function sentBody(
  { settings, body, bodyLength }: FieldsInput,
  { isBodyWithheld }: MomentaryFields,
): SentBody {
  return {
    source: isBodyWithheld ? NO_BODY : body,
    length: isBodyWithheld ? 0 : bodyLength,
    range: contentRange(settings, body, bodyLength),
    type: body.is === 'bytes' || body.is === 'stream' ? body.type : undefined,
  }
}

/** Whether to wait for `100 Continue`: for large bodies and those of unknown size, as libcurl does. */
function asksFirst(
  settings: EasySettings,
  body: BodySource,
  bodyLength: number | undefined,
  fields: Fields,
): boolean {
  if (body.is === 'none' || body.is === 'pending') return false
  if (fields.has('expect')) return fields.lists('expect', '100-continue')
  const isRemoved = settings.headers?.some((line) => line.name.toLowerCase() === 'expect') === true
  // Chunks may carry a body whose size is known.
  const size = body.is === 'bytes' ? body.bytes.length : (body.length ?? bodyLength)
  return !isRemoved && (size === undefined || size > LIMITS.expect100Bytes)
}

function expectingFields(fields: Fields): Fields {
  const expecting = fields.copy()
  expecting.set('Expect', '100-continue')
  return expecting
}

function sensitiveNames(settings: EasySettings): ReadonlySet<string> {
  if (settings.sensitiveHeaders === undefined) return NO_NAMES
  for (const name of settings.sensitiveHeaders) {
    if (isToken(name)) continue
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option sensitiveHeaders must hold field names, not ${JSON.stringify(name)}`,
      { option: 'sensitiveHeaders' },
      { phase: 'setup' },
    )
  }
  return new Set(settings.sensitiveHeaders.map((name) => name.toLowerCase()))
}

const H2C_SETTINGS = upgradeSettings()
const NO_NAMES: ReadonlySet<string> = new Set()
