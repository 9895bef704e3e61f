/**
 * A certificate that vouches for itself, made on the fly for 127.0.0.1, so that the main job can show TLS
 * without a file or a tool. Written with a DER encoder of a few lines; valid for a day.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** Both PEM. */
export interface Credentials {
  readonly cert: string
  readonly key: string
}

/** The certificate is also the one root to trust. RFC 5280 section 4.1. */
export function selfSignedForLoopback(): Credentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const name = sequence(element(0x31, sequence(oid(COMMON_NAME), element(0x0c, Buffer.from('Trunkline')))))
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    // Positive, as a serial number must be: the first bit is cleared.
    element(0x02, Buffer.from(createHash('sha1').update(spki).digest().subarray(0, 8)).fill(1, 0, 1)),
    ECDSA_SHA256,
    name,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name,
    spki,
    element(
      0xa3,
      sequence(
        sequence(oid(SUBJECT_ALT_NAME), element(0x04, sequence(element(0x87, Buffer.of(127, 0, 0, 1))))),
      ),
    ),
  )
  const signature = element(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]))
  const text = sequence(body, ECDSA_SHA256, signature)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${text}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function oid(encoded: string): Buffer {
  return element(0x06, Buffer.from(encoded, 'hex'))
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)
  return element(0x18, Buffer.from(`${digits}Z`))
}

/** X.690 section 8.1: tag, length, content. Nothing here is longer than 65,535 bytes. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

const DAY_MS = 24 * 60 * 60 * 1_000
// Object identifiers, as they are encoded: 2.5.4.3, 2.5.29.17, and 1.2.840.10045.4.3.2.
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
