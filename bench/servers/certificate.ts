/**
 * The certificate of the server: made anew at every start, vouching for itself, so that no key lies in the
 * repository and nothing expires. Written in DER by hand, so that no tool is needed.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** Below it stand the names of many origins at one address. */
export const NAMES_BELOW = 'bench.localhost'

export interface Certificate {
  /** Both PEM. */
  readonly cert: string
  readonly key: string
}

/** A certificate for 127.0.0.1 and all names below `NAMES_BELOW`, good for ten years, with a P-256 key. RFC 5280 section 4.1. */
export function makeCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const now = Date.now()
  const serial = randomBytes(8)
  serial[0] = 0x40 // Neither zero nor negative, so that DER needs no padding.
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, serial),
    ECDSA_SHA256,
    NAME,
    sequence(time(now - DAY_MS), time(now + 3650 * DAY_MS)),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(BASIC_CONSTRAINTS, SUBJECT_ALT_NAME)),
  )
  const signature = element(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]))
  const lines = sequence(body, ECDSA_SHA256, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
}

function time(ms: number): Buffer {
  return element(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}

const DAY_MS = 24 * 60 * 60 * 1000
/** RFC 5758 section 3.2. */
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const NAME = sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from('Trunkline bench')))))
/** An authority, since clients trust it as one. */
const BASIC_CONSTRAINTS = sequence(oid('551d13'), element(0x04, sequence(element(0x01, Buffer.of(0xff)))))
const SUBJECT_ALT_NAME = sequence(
  oid('551d11'),
  element(
    0x04,
    sequence(
      element(0x87, Buffer.of(127, 0, 0, 1)),
      element(0x82, Buffer.from(`*.${NAMES_BELOW}`)),
      element(0x82, Buffer.from('localhost')),
    ),
  ),
)
