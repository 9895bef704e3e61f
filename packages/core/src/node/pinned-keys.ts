/**
 * Pinned public keys: `sha256//BASE64` over the SubjectPublicKeyInfo (RFC 7469 section 2.4, and libcurl's
 * CURLOPT_PINNEDPUBLICKEY).
 *
 * The rule: the digest is taken over the bytes that stand in the certificate, not over a key parsed and
 * written anew, so that it is the digest which other tools print.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { TlsSettings } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { meaning } from './classify-error.ts'
import { derElement } from './der-element.ts'

/** The allowed keys as base64 digests; undefined when any key will do. Rejects with SSL_PINNEDPUBKEYNOTMATCH. */
export async function readPins(settings: TlsSettings): Promise<ReadonlySet<string> | undefined> {
  const { pinnedPublicKeys, pinnedPublicKeyFile } = settings
  if (pinnedPublicKeys === undefined && pinnedPublicKeyFile === undefined) return undefined
  const pins = new Set<string>()
  for (const pin of pinnedPublicKeys ?? []) pins.add(pin.startsWith(PREFIX) ? pin.slice(PREFIX.length) : pin)
  if (pinnedPublicKeyFile !== undefined) pins.add(digest(await readKey(pinnedPublicKeyFile)))
  return pins
}

/** The pin of a certificate in DER, as base64 without the prefix; undefined when it is none. */
export function pinOf(certificate: Uint8Array): string | undefined {
  const key = subjectPublicKeyInfo(certificate)
  return key === undefined ? undefined : digest(key)
}

/** A pin that no key matches, with the wanted ones named. */
export function pinError(serverName: string, pin: string | undefined): TransferError {
  const shown = pin === undefined ? 'there is no certificate' : `it is ${PREFIX}${pin}`
  return new TransferError(
    'SSL_PINNEDPUBKEYNOTMATCH',
    `the public key of ${serverName} is not a pinned one: ${shown}`,
    { host: serverName, pin: pin === undefined ? undefined : PREFIX + pin },
    { phase: 'tls' },
  )
}

async function readKey(path: string): Promise<Uint8Array> {
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (error) {
    throw new TransferError(
      'SSL_PINNEDPUBKEYNOTMATCH',
      `the pinned public key ${path} cannot be read: ${meaning(error)}`,
      { file: path },
      { phase: 'tls', cause: error },
    )
  }
  const pem = /-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/.exec(content.toString('latin1'))
  return pem === null ? content : Buffer.from(pem[1] ?? '', 'base64')
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

/** RFC 5280 section 4.1: the seventh element of TBSCertificate, the sixth when it has no version. */
function subjectPublicKeyInfo(certificate: Uint8Array): Uint8Array | undefined {
  const outer = derElement(certificate, 0)
  const inner = outer && derElement(certificate, outer.contentAt)
  if (inner === undefined) return undefined
  let at = inner.contentAt
  if (certificate[at] === VERSION_TAG) at = derElement(certificate, at)?.end ?? certificate.length
  // serialNumber, signature, issuer, validity, subject
  for (let skipped = 0; skipped < 5; skipped += 1) at = derElement(certificate, at)?.end ?? certificate.length
  const key = derElement(certificate, at)
  return key && certificate.subarray(at, key.end)
}

const PREFIX = 'sha256//'
const VERSION_TAG = 0xa0
