/**
 * What NTLM proves a password with ([MS-NLMP] sections 3.3.1 and 3.3.2): the LM and NT responses of both versions.
 *
 * The rule: version 2 whenever the server speaks of extended session security, version 1 otherwise; the same
 * choice as curl 8.22's, whose version 1 still carries the LM response.
 */
import { joined } from '../base/joined.ts'
import { utf8 } from './credentials.ts'
import { encryptDes } from './des.ts'
import type { Hashes } from '../env/environment.ts'
import { md4 } from './md4.ts'

/** The two responses of a type 3 message. */
export interface NtlmResponses {
  readonly lm: Uint8Array
  readonly nt: Uint8Array
}

/** NTLMv1 ([MS-NLMP] 3.3.1): `challenge` is the server's 8 bytes. */
export function respondV1(password: string, challenge: Uint8Array): NtlmResponses {
  return {
    lm: encryptThrice(lmHash(password), challenge),
    nt: encryptThrice(ntHash(password), challenge),
  }
}

/** What NTLMv2 needs beside the password. */
export interface V2Facts {
  readonly user: string
  readonly domain: string
  readonly challenge: Uint8Array
  /** The server's description of itself, as it came; may be empty. */
  readonly targetInfo: Uint8Array
  /** 8 bytes of chance. */
  readonly clientChallenge: Uint8Array
  /** The date in ms since 1970. */
  readonly dateMs: number
}

/** NTLMv2 and LMv2 ([MS-NLMP] 3.3.2). */
export function respondV2(password: string, facts: V2Facts, hashes: Hashes): NtlmResponses {
  const { challenge, clientChallenge } = facts
  const key = hashes.hmac('md5', ntHash(password), utf16(upperCase(facts.user) + facts.domain))
  const blob = joined([
    BLOB_HEAD,
    fileTime(facts.dateMs),
    clientChallenge,
    FOUR_ZEROS,
    facts.targetInfo,
    FOUR_ZEROS,
  ])
  return {
    lm: joined([hashes.hmac('md5', key, joined([challenge, clientChallenge])), clientChallenge]),
    nt: joined([hashes.hmac('md5', key, joined([challenge, blob])), blob]),
  }
}

/** UTF-16, lowest byte first, as NTLM calls Unicode. */
export function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2)
  for (let at = 0; at < text.length; at += 1) {
    bytes[at * 2] = text.charCodeAt(at)
    bytes[at * 2 + 1] = text.charCodeAt(at) >> 8
  }
  return bytes
}

function ntHash(password: string): Uint8Array {
  return md4(utf16(password))
}

/** Two halves of seven upper-case bytes, each a DES key for a known text. */
function lmHash(password: string): Uint8Array {
  const key = new Uint8Array(14)
  key.set(utf8(password.replace(/[a-z]/g, (letter) => letter.toUpperCase())).subarray(0, 14))
  const text = utf8('KGS!@#$%')
  return joined([encryptDes(key.subarray(0, 7), text), encryptDes(key.subarray(7), text)])
}

function encryptThrice(hash: Uint8Array, challenge: Uint8Array): Uint8Array {
  const key = new Uint8Array(21)
  key.set(hash)
  return joined([0, 7, 14].map((from) => encryptDes(key.subarray(from, from + 7), challenge)))
}

/** Character by character as Windows does it: `ß` stays one character. */
function upperCase(text: string): string {
  return Array.from(text, (char) => {
    const upper = char.toUpperCase()
    return upper.length === char.length ? upper : char
  }).join('')
}

/** Tenths of microseconds since 1601, in 8 bytes, lowest first. */
function fileTime(dateMs: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(
    0,
    BigInt(Math.trunc(dateMs) + MS_FROM_1601_TO_1970) * 10_000n,
    true,
  )
  return bytes
}

const BLOB_HEAD = new Uint8Array([1, 1, 0, 0, 0, 0, 0, 0])
const FOUR_ZEROS = new Uint8Array(4)
const MS_FROM_1601_TO_1970 = 11_644_473_600_000
