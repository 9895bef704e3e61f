/**
 * The three messages of NTLM ([MS-NLMP] section 2.2.1), as bytes.
 *
 * The rule: a length or an offset of the server's is compared with what is there before anything is read with
 * it, and one of ours with the size of a message before it is written (CVE-2018-16890, CVE-2019-3822).
 */
import { joined } from '../base/joined.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { utf8 } from './credentials.ts'
import { utf16, type NtlmResponses } from './ntlm-responses.ts'

/** Bits of `flags` that mean something here. */
export const NTLM_FLAGS = {
  unicode: 0x1,
  oem: 0x2,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  extendedSecurity: 0x80000,
  targetInfo: 0x800000,
} as const

/** Type 1, the same 32 bytes as curl's. `isUnicode`: also offers Unicode, for names that are not ASCII. */
export function typeOneMessage(isUnicode: boolean): Uint8Array {
  const message = new Uint8Array(32)
  message.set(SIGNATURE)
  const view = new DataView(message.buffer)
  view.setUint32(8, 1, true)
  const { oem, requestTarget, ntlm, alwaysSign, extendedSecurity, unicode } = NTLM_FLAGS
  view.setUint32(
    12,
    oem | requestTarget | ntlm | alwaysSign | extendedSecurity | (isUnicode ? unicode : 0),
    true,
  )
  return message
}

/** What the server says in type 2. */
export interface NtlmChallenge {
  readonly flags: number
  /** 8 bytes. */
  readonly challenge: Uint8Array
  /** Empty when the server sent none. */
  readonly targetInfo: Uint8Array
}

/** Undefined when it is no type 2 message, or speaks of bytes it does not have. */
export function parseTypeTwo(message: Uint8Array): NtlmChallenge | undefined {
  if (message.length < 32 || SIGNATURE.some((byte, index) => message[index] !== byte)) return undefined
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  if (view.getUint32(8, true) !== 2) return undefined
  const flags = view.getUint32(20, true)
  let targetInfo = message.slice(0, 0)
  if ((flags & NTLM_FLAGS.targetInfo) !== 0 && message.length >= 48) {
    const length = view.getUint16(40, true)
    const offset = view.getUint32(44, true)
    // Numbers here are exact up to 2^53: the sum cannot wrap, as it did in CVE-2018-16890.
    if (length > 0 && (offset < 48 || offset + length > message.length)) return undefined
    if (length > 0) targetInfo = message.slice(offset, offset + length)
  }
  return { flags, challenge: message.slice(24, 32), targetInfo }
}

/** What stands in type 3. */
export interface TypeThree {
  readonly flags: number
  readonly responses: NtlmResponses
  readonly domain: string
  readonly user: string
}

/**
 * Type 3. Names are UTF-16 when the server's flags say so, otherwise UTF-8. TOO_LARGE when it has more than
 * `maxMessageBytes`, which must be below 64 KiB because lengths and offsets have 16 bits, or its names more than
 * `maxNameBytes`.
 */
export function typeThreeMessage(
  { flags, responses, domain, user }: TypeThree,
  { maxMessageBytes, maxNameBytes }: { readonly maxMessageBytes: number; readonly maxNameBytes: number },
): Uint8Array {
  const encode = (flags & NTLM_FLAGS.unicode) === 0 ? utf8 : utf16
  // In the order of their bytes; the descriptions of the head stand in the order of the numbers beside them.
  const parts: readonly (readonly [place: number, bytes: Uint8Array])[] = [
    [12, responses.lm],
    [20, responses.nt],
    [28, encode(domain)],
    [36, encode(user)],
    [44, encode(WORKSTATION)],
  ]
  const nameBytes = parts.slice(2).reduce((sum, [, { length }]) => sum + length, 0)
  if (nameBytes > maxNameBytes) throw namesTooLong(nameBytes, maxNameBytes)
  const head = new Uint8Array(64)
  head.set(SIGNATURE)
  const view = new DataView(head.buffer)
  view.setUint32(8, 3, true)
  let offset = head.length
  for (const [place, { length }] of parts) {
    if (offset + length > maxMessageBytes) throw tooLarge(maxMessageBytes)
    view.setUint16(place, length, true)
    view.setUint16(place + 2, length, true)
    view.setUint32(place + 4, offset, true)
    offset += length
  }
  view.setUint32(60, flags, true)
  return joined([head, ...parts.map(([, bytes]) => bytes)])
}

function tooLarge(limitBytes: number): TransferError {
  return new TransferError(
    'TOO_LARGE',
    `the NTLM message would have more than ${limitBytes} bytes: the server's target info is too long`,
    { limitBytes },
  )
}

function namesTooLong(bytes: number, limitBytes: number): TransferError {
  return new TransferError(
    'TOO_LARGE',
    `user name and domain have ${bytes} bytes in the NTLM message, and may have ${limitBytes}`,
    { bytes, limitBytes },
  )
}

/** `NTLMSSP` and a zero. */
const SIGNATURE = new Uint8Array([0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0])
/** The same for everybody, as in curl: the name of this machine is nobody's business. */
const WORKSTATION = 'WORKSTATION'
