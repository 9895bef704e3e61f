/**
 * The opening handshake of RFC 6455 section 4, as pure rules: the fields that ask for it, and whether an answer
 * takes it up.
 */
import { encodeBase64 } from '../auth/base64.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'
import { trimBlanks } from '../http/tokens.ts'
import { violation } from './violation.ts'

/** Hash of bytes, as `Hashes.digest('sha1', ...)`. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array

/** How many bytes a key is made of. */
export const KEY_BYTES = 16

/** The fields of a request for a WebSocket, without its key, which is new for each connection. */
export const UPGRADE_FIELDS: readonly (readonly [string, string])[] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
]

/** The field that carries the key. */
export const KEY_FIELD = 'Sec-WebSocket-Key'

/** Fields that are written by the handshake alone: another value would ask for what cannot be understood. */
export const HANDSHAKE_FIELDS: ReadonlySet<string> = new Set([
  'upgrade',
  'connection',
  'sec-websocket-version',
  'sec-websocket-key',
  'sec-websocket-accept',
  'sec-websocket-extensions',
])

/** The key of a connection, from unpredictable bytes. */
export function makeKey(bytes: Uint8Array): string {
  return encodeBase64(bytes)
}

/** What a server that understood the key answers (RFC 6455 4.2.2). */
export function acceptOf(key: string, sha1: Sha1): string {
  const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return encodeBase64(sha1(Uint8Array.from(text, (char) => char.charCodeAt(0))))
}

/** Throws WEIRD_SERVER_REPLY when a 101 does not take up what was asked for (RFC 6455 4.1). */
export function checkUpgrade(request: RequestHead, { fields }: ResponseHead, key: string, sha1: Sha1): void {
  if (!fields.lists('upgrade', 'websocket'))
    throw violation('protocolError', 'the server changed to another protocol than WebSocket')
  if (!fields.lists('connection', 'upgrade'))
    throw violation('protocolError', 'the 101 of the server has no "Connection: Upgrade"')
  const accepts = fields.all('sec-websocket-accept')
  if (accepts.length !== 1 || accepts[0] !== acceptOf(key, sha1))
    throw violation(
      'protocolError',
      `Sec-WebSocket-Accept ${accepts.length === 0 ? 'is missing' : 'does not answer the key'}: the server does not speak WebSocket`,
    )
  // None is offered; one that is used all the same would be misread, bit by bit (CVE-2026-1526, CVE-2026-2229).
  if (fields.tokens('sec-websocket-extensions').length > 0)
    throw violation('protocolError', 'the server uses an extension that was not offered')
  const chosen = fields.all('sec-websocket-protocol')
  if (chosen.length === 0) return
  const offered = offeredProtocols(request)
  if (chosen.length > 1 || !offered.includes(trimBlanks(chosen[0]!)))
    throw violation('protocolError', 'the server chose a subprotocol that was not offered')
}

/** The subprotocol of a connection; empty: none. */
export function chosenProtocol({ fields }: ResponseHead): string {
  return fields.first('sec-websocket-protocol') ?? ''
}

/** Subprotocols compare with case. */
function offeredProtocols({ fields }: RequestHead): string[] {
  const text = fields.get('sec-websocket-protocol') ?? ''
  return text
    .split(',')
    .map(trimBlanks)
    .filter((one) => one !== '')
}
