/**
 * What a handshake is made with, read from files and bytes: a secure context and the pinned keys.
 *
 * The rule: whatever cannot be read or used is refused with its own code, the path and the reason. OpenSSL
 * would pass over a broken certificate in a bundle in silence, so every one is parsed here first.
 */
import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsSettings } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { TransferErrorCode } from '../tables/error-codes.ts'
import { meaning } from './classify-error.ts'
import { readPins } from './pinned-keys.ts'

export interface TlsMaterial {
  readonly context: SecureContext
  /** Base64 digests of the allowed keys; undefined: any. */
  readonly pins: ReadonlySet<string> | undefined
}

/** Rejects with SSL_CACERT_BADFILE, SSL_CERTPROBLEM, SSL_CRL_BADFILE, SSL_CIPHER or SSL_PINNEDPUBKEYNOTMATCH. */
export async function readTlsMaterial(settings: TlsSettings): Promise<TlsMaterial> {
  const trust = await readTrust(settings)
  const crl = await readRevocations(settings)
  const identity = await readIdentity(settings)
  const pins = await readPins(settings)
  const { caFile, caPath, crlFile, certFile, keyFile } = settings
  const identityPath = keyFile === undefined ? certFile : `${certFile ?? ''} with ${keyFile}`.trimStart()
  const parts: readonly Part[] = [
    { code: 'SSL_CACERT_BADFILE', what: 'the CA certificates', path: caFile ?? caPath, options: trust },
    { code: 'SSL_CRL_BADFILE', what: 'the revocation list', path: crlFile, options: crl },
    {
      code: 'SSL_CERTPROBLEM',
      what: 'the client certificate or its key',
      path: identityPath,
      options: identity,
    },
    { code: 'SSL_CIPHER', what: 'the wanted ciphers', path: undefined, options: cipherOptions(settings) },
    {
      code: 'SSL_CIPHER',
      what: 'the wanted curves',
      path: undefined,
      options: optional('ecdhCurve', settings.curves),
    },
    {
      code: 'SSL_CIPHER',
      what: 'the wanted signature algorithms',
      path: undefined,
      options: optional('sigalgs', settings.signatureAlgorithms),
    },
    {
      code: 'SSL_CONNECT_ERROR',
      what: 'the wanted TLS versions',
      path: undefined,
      options: versionOptions(settings),
    },
  ]
  return { context: makeContext(parts), pins }
}

/** One group of options, and what to say when OpenSSL refuses it. */
interface Part {
  readonly code: TransferErrorCode
  readonly what: string
  readonly path: string | undefined
  readonly options: SecureContextOptions
}

function makeContext(parts: readonly Part[]): SecureContext {
  try {
    return createSecureContext(
      Object.assign({}, ...parts.map((part) => part.options)) as SecureContextOptions,
    )
  } catch (error) {
    throw culprit(parts) ?? unusable('SSL_CONNECT_ERROR', 'the TLS settings', undefined, error)
  }
}

/** The part that is refused on its own, as an error. */
function culprit(parts: readonly Part[]): TransferError | undefined {
  for (const part of parts) {
    try {
      createSecureContext(part.options)
    } catch (error) {
      return unusable(part.code, part.what, part.path, error)
    }
  }
  return undefined
}

/** Without any CA setting, Node's roots. Trouble is passed over when no trust is asked for, as libcurl does. */
async function readTrust(settings: TlsSettings): Promise<SecureContextOptions> {
  const { caFile, caPath, caBytes, verifyPeer } = settings
  if (caFile === undefined && caPath === undefined && caBytes === undefined) return {}
  const found = new Set<string>()
  try {
    if (caBytes !== undefined) addCertificates(found, text(caBytes), undefined)
    else if (caFile !== undefined)
      addCertificates(found, await readText('SSL_CACERT_BADFILE', caFile), caFile)
    if (caPath !== undefined) await addDirectory(found, caPath)
  } catch (error) {
    if (verifyPeer) throw error
  }
  return { ca: [...found] }
}

async function addDirectory(found: Set<string>, path: string): Promise<void> {
  let names: string[]
  try {
    names = await readdir(path)
  } catch (error) {
    throw unusable('SSL_CACERT_BADFILE', 'the CA directory', path, error)
  }
  for (const name of names.sort()) {
    // A directory may hold other things, and links that lead nowhere; what cannot be read is no certificate.
    const content = await readFile(join(path, name), 'latin1').catch(() => '')
    for (const block of pemBlocks(content, CERTIFICATE)) {
      if (found.has(block) || isCertificate(block)) found.add(block)
    }
  }
}

function addCertificates(found: Set<string>, content: string, path: string | undefined): void {
  const blocks = pemBlocks(content, CERTIFICATE)
  if (blocks.length === 0)
    throw unusable('SSL_CACERT_BADFILE', 'the CA file', path, 'it holds no PEM certificate')
  blocks.forEach((block, index) => {
    if (!isCertificate(block)) {
      const which = `certificate ${index + 1} of ${blocks.length} is broken`
      throw unusable('SSL_CACERT_BADFILE', 'the CA file', path, which)
    }
    found.add(block)
  })
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0
  } catch {
    return false
  }
}

async function readRevocations({ crlFile }: TlsSettings): Promise<SecureContextOptions> {
  if (crlFile === undefined) return {}
  const blocks = pemBlocks(await readText('SSL_CRL_BADFILE', crlFile), REVOCATIONS)
  if (blocks.length === 0)
    throw unusable('SSL_CRL_BADFILE', 'the CRL file', crlFile, 'it holds no PEM revocation list')
  return { crl: blocks }
}

/** A key that is not named is looked for beside the certificate, as libcurl does. */
async function readIdentity(settings: TlsSettings): Promise<SecureContextOptions> {
  const { certFile, certBytes, keyFile, keyBytes, keyPassword } = settings
  if (certFile === undefined && certBytes === undefined) return {}
  const cert = certBytes ?? (await readBytes('SSL_CERTPROBLEM', certFile!))
  const password = optional('passphrase', keyPassword)
  if (isPkcs12(certFile, cert)) return { pfx: Buffer.from(cert), ...password }
  const key = keyBytes ?? (keyFile === undefined ? cert : await readBytes('SSL_CERTPROBLEM', keyFile))
  return { cert: Buffer.from(cert), key: Buffer.from(key), ...password }
}

/** By its name; bytes without a name are PKCS#12 when they are not PEM. */
function isPkcs12(path: string | undefined, content: Uint8Array): boolean {
  return path === undefined ? !text(content).includes('-----BEGIN ') : /\.(p12|pfx)$/i.test(path)
}

/** OpenSSL keeps two lists where Node has one; whichever is not given keeps Node's default. */
function cipherOptions({ ciphers, tls13Ciphers }: TlsSettings): SecureContextOptions {
  if (ciphers === undefined && tls13Ciphers === undefined) return {}
  const defaults = DEFAULT_CIPHERS.split(':')
  const older = ciphers ?? defaults.filter((name) => !name.startsWith('TLS_')).join(':')
  const newer = tls13Ciphers ?? defaults.filter((name) => name.startsWith('TLS_')).join(':')
  return { ciphers: `${newer}:${older}` }
}

function versionOptions({ minVersion, maxVersion }: TlsSettings): SecureContextOptions {
  return maxVersion === undefined ? { minVersion } : { minVersion, maxVersion }
}

function optional<K extends 'ecdhCurve' | 'sigalgs' | 'passphrase'>(
  name: K,
  value: string | undefined,
): SecureContextOptions {
  return value === undefined ? {} : { [name]: value }
}

function pemBlocks(content: string, label: string): string[] {
  return content.match(new RegExp(`-----BEGIN ${label}-----[^]+?-----END ${label}-----`, 'g')) ?? []
}

async function readText(code: TransferErrorCode, path: string): Promise<string> {
  return text(await readBytes(code, path))
}

async function readBytes(code: TransferErrorCode, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw unusable(code, 'the file', path, error)
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function unusable(
  code: TransferErrorCode,
  what: string,
  path: string | undefined,
  cause: unknown,
): TransferError {
  const where = path === undefined ? '' : ` ${path}`
  return new TransferError(
    code,
    `${what}${where} cannot be used: ${meaning(cause)}`,
    { file: path },
    { phase: 'tls', cause: typeof cause === 'string' ? undefined : cause },
  )
}

const CERTIFICATE = '(?:X509 |TRUSTED )?CERTIFICATE'
const REVOCATIONS = 'X509 CRL'
