/**
 * Certificates for tests: an authority of one's own, and leaves, client certificates and revocation lists that it
 * issues, on P-256 keys. Written with a small DER writer, so that tests need no tool and no file.
 *
 * The rule: synchronous, no dependency, and only what tests of TLS look at.
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** What `tls` takes; both PEM. */
export interface Credentials {
  readonly cert: string
  readonly key: string
}

export interface CertificateWish {
  /** DNS names; the first is also the subject. */
  readonly names?: readonly string[]
  /** IPv4 and full-length IPv6 addresses. */
  readonly addresses?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** For client authentication instead of server authentication. */
  readonly client?: boolean
}

export interface Authority {
  /** The authority's own certificate, self-signed, PEM. */
  readonly cert: string
  issue(wish: CertificateWish): Credentials
  /** A revocation list over certificates that it issued, PEM. */
  revoke(...certs: readonly string[]): string
}

export function makeAuthority(name = 'Trunkline test authority'): Authority {
  const { publicKey, privateKey } = newKeys()
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey,
    signer: privateKey,
    notBefore: YESTERDAY,
    notAfter: IN_TEN_YEARS,
    extensions: [basicConstraints(true), keyUsage(0x06)],
  })
  return {
    cert,
    issue: (wish) => issue(name, privateKey, wish),
    revoke: (...certs) => revocationList(name, privateKey, certs),
  }
}

/** A certificate that vouches for itself. */
export function selfSigned(wish: CertificateWish): Credentials {
  const { publicKey, privateKey } = newKeys()
  return credentials(wish, wish.names?.[0] ?? 'self', publicKey, privateKey, privateKey)
}

/** `sha256//BASE64` of the public key of a PEM certificate's credentials, as pins are written. */
export function pinOfKey(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return `sha256//${createHash('sha256').update(spki).digest('base64')}`
}

function issue(issuer: string, signer: KeyObject, wish: CertificateWish): Credentials {
  const { publicKey, privateKey } = newKeys()
  return credentials(wish, issuer, publicKey, privateKey, signer)
}

function credentials(
  wish: CertificateWish,
  issuer: string,
  publicKey: KeyObject,
  privateKey: KeyObject,
  signer: KeyObject,
): Credentials {
  const names = wish.names ?? []
  const addresses = wish.addresses ?? []
  const cert = certificate({
    subject: names[0] ?? addresses[0] ?? (wish.client === true ? 'client' : 'leaf'),
    issuer,
    publicKey,
    signer,
    notBefore: wish.notBefore ?? (wish.notAfter ? new Date(wish.notAfter.getTime() - DAY_MS) : YESTERDAY),
    notAfter: wish.notAfter ?? IN_TEN_YEARS,
    extensions: [
      basicConstraints(false),
      extension('2.5.29.37', sequence(oid(wish.client === true ? '1.3.6.1.5.5.7.3.2' : '1.3.6.1.5.5.7.3.1'))),
      ...(names.length + addresses.length > 0 ? [subjectAltName(names, addresses)] : []),
    ],
  })
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

interface CertificateParts {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: readonly Buffer[]
}

/** RFC 5280 section 4.1. */
function certificate(parts: CertificateParts): string {
  const key = parts.publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serialNumber(key)),
    ECDSA_SHA256,
    distinguishedName(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    distinguishedName(parts.subject),
    key,
    tagged(3, sequence(...parts.extensions)),
  )
  return signed(body, parts.signer, 'CERTIFICATE')
}

/** RFC 5280 section 5.1. */
function revocationList(issuer: string, signer: KeyObject, certs: readonly string[]): string {
  const revoked = certs.map((cert) => sequence(serialOf(cert), time(YESTERDAY)))
  const body = sequence(
    integer(Buffer.from([1])),
    ECDSA_SHA256,
    distinguishedName(issuer),
    time(YESTERDAY),
    time(IN_TEN_YEARS),
    ...(revoked.length > 0 ? [sequence(...revoked)] : []),
    tagged(0, sequence(extension('2.5.29.20', integer(Buffer.from([1]))))),
  )
  return signed(body, signer, 'X509 CRL')
}

function signed(body: Buffer, signer: KeyObject, label: string): string {
  const signature = sign('sha256', body, signer)
  const whole = sequence(body, ECDSA_SHA256, element(0x03, Buffer.concat([Buffer.of(0), signature])))
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`
}

/** The serial number is the first element behind the version, and eight bytes long, in what is written here. */
function serialOf(cert: string): Buffer {
  const der = Buffer.from(cert.replace(/-----[^-]+-----/g, ''), 'base64')
  const at = der.indexOf(Buffer.of(0xa0, 3, 2, 1, 2)) + 5
  return der.subarray(at, at + 2 + (der[at + 1] ?? 0))
}

/** Eight bytes of which the first is neither zero nor negative, so that DER needs no padding and allows no other form. */
function serialNumber(key: Buffer): Buffer {
  const bytes = createHash('sha256').update(key).digest().subarray(0, 8)
  bytes[0] = 0x40 | (bytes[0]! & 0x3f)
  return bytes
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
}

function basicConstraints(isAuthority: boolean): Buffer {
  return extension('2.5.29.19', sequence(...(isAuthority ? [element(0x01, Buffer.of(0xff))] : [])), true)
}

/** The bits of the first byte of KeyUsage, RFC 5280 section 4.2.1.3: 0x06 is keyCertSign and cRLSign. */
function keyUsage(bits: number): Buffer {
  return extension('2.5.29.15', element(0x03, Buffer.of(1, bits)), true)
}

function subjectAltName(names: readonly string[], addresses: readonly string[]): Buffer {
  const dns = names.map((name) => element(0x82, Buffer.from(name, 'latin1')))
  const ip = addresses.map((address) => element(0x87, addressBytes(address)))
  return extension('2.5.29.17', sequence(...dns, ...ip))
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - front.length - back.length).fill('0')
  return Buffer.from([...front, ...zeros, ...back].map((part) => part.padStart(4, '0')).join(''), 'hex')
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [element(0x01, Buffer.of(0xff))] : []), element(0x04, value))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(element(0x31, sequence(oid('2.5.4.3'), element(0x0c, Buffer.from(commonName)))))
}

function time(date: Date): Buffer {
  return element(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}

function integer(bytes: Buffer): Buffer {
  return element(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const digits = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return element(0x06, Buffer.from(bytes))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function tagged(number: number, content: Buffer): Buffer {
  return element(0xa0 + number, content)
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

const DAY_MS = 24 * 60 * 60 * 1000
const YESTERDAY = new Date(Date.now() - DAY_MS)
const IN_TEN_YEARS = new Date(Date.now() + 3650 * DAY_MS)
/** ecdsa-with-SHA256, RFC 5758 section 3.2. */
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
