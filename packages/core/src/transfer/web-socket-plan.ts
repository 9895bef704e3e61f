/**
 * What becomes of a request whose URL is `ws` or `wss`: what it must not ask for, and the fields it has. Pure.
 */
import { badOption } from '../errors/bad-option.ts'
import type { EasySettings } from '../options/option-types.ts'
import { isWebSocket, parseUrl } from '../http/origin.ts'
import type { BodySource } from './body-source.ts'
import { HANDSHAKE_FIELDS, UPGRADE_FIELDS } from '../websocket/handshake.ts'

/** BAD_FUNCTION_ARGUMENT for what a handshake cannot have: RFC 6455 4.1 wants a GET of HTTP/1.1 without a body. */
export function checkWebSocket(settings: EasySettings, given: BodySource): void {
  const { method, upload, noBody, httpVersion, headers } = settings
  if (method !== undefined && method !== 'GET')
    throw badOption('method', `must be GET for a WebSocket, not ${JSON.stringify(method)}`)
  if (given.is !== 'none') throw badOption('body', 'cannot be had with a WebSocket: send messages instead')
  if (upload) throw badOption('upload', 'cannot be had with a WebSocket')
  if (noBody) throw badOption('noBody', 'cannot be had with a WebSocket')
  if (httpVersion === '1.0') throw badOption('httpVersion', 'must be 1.1 or higher for a WebSocket')
  const own = headers?.find(({ name }) => HANDSHAKE_FIELDS.has(name.toLowerCase()))
  if (own !== undefined)
    throw badOption('headers', `must not hold ${own.name}, which the WebSocket handshake sets by itself`)
}

/** The fields that ask for a WebSocket, without the key of the connection. */
export function webSocketFields({ connectOnly }: EasySettings): readonly (readonly [string, string])[] {
  return connectOnly ? [] : UPGRADE_FIELDS
}

/**
 * The settings of a run whose connection is handed over: nothing is said on it, but the handshake of a WebSocket whose
 * frames are the user's (`wsRawMode`).
 */
export function settingsToConnect(settings: EasySettings): EasySettings {
  const { url, wsRawMode } = settings
  const connectOnly = !(wsRawMode && url !== undefined && isWebSocket(parseUrl(url).origin))
  if (settings.connectOnly === connectOnly) return settings
  return Object.freeze(
    Object.create(settings, { connectOnly: { value: connectOnly, enumerable: true } }),
  ) as EasySettings
}
