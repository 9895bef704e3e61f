/** The TLS options as a handshake takes them: those for origins, and the same for proxies. */
import type { TlsSettings } from '../env/environment.ts'
import { namesSet } from '../options/option-set.ts'
import type { EasySettings } from '../options/option-types.ts'

/** Which option each setting of a handshake comes from. */
type Members = Readonly<Partial<Record<keyof TlsSettings, keyof EasySettings>>>

const ORIGIN = {
  caFile: 'caInfo',
  caPath: 'caPath',
  caBytes: 'caInfoBlob',
  crlFile: 'crlFile',
  certFile: 'sslCert',
  certBytes: 'sslCertBlob',
  keyFile: 'sslKey',
  keyBytes: 'sslKeyBlob',
  keyPassword: 'keyPasswd',
  minVersion: 'sslVersion',
  maxVersion: 'sslVersionMax',
  ciphers: 'sslCipherList',
  tls13Ciphers: 'tls13Ciphers',
  curves: 'sslEcCurves',
  signatureAlgorithms: 'sslSignatureAlgorithms',
  verifyPeer: 'sslVerifyPeer',
  verifyHost: 'sslVerifyHost',
  pinnedPublicKeyFile: 'pinnedPublicKey',
} as const satisfies Members

const PROXY = {
  caFile: 'proxyCaInfo',
  caPath: 'proxyCaPath',
  caBytes: 'proxyCaInfoBlob',
  crlFile: 'proxyCrlFile',
  minVersion: 'proxySslVersion',
  ciphers: 'proxySslCipherList',
  tls13Ciphers: 'proxyTls13Ciphers',
  verifyPeer: 'proxySslVerifyPeer',
  verifyHost: 'proxySslVerifyHost',
} as const satisfies Members

/** What only the proxies of the first request are shown. */
const FIRST_PROXY = {
  ...PROXY,
  certFile: 'proxySslCert',
  certBytes: 'proxySslCertBlob',
  keyFile: 'proxySslKey',
  keyBytes: 'proxySslKeyBlob',
  keyPassword: 'proxyKeyPasswd',
  pinnedPublicKeyFile: 'proxyPinnedPublicKey',
} as const satisfies Members

const ORIGIN_OPTIONS: ReadonlySet<string> = new Set(Object.values(ORIGIN))

/** Those of the defaults, worked out once: it takes 2 us, a quarter of the whole plan (Node 20). */
let usual: TlsSettings | undefined

/** For the origin. */
export function originTls(settings: EasySettings): TlsSettings {
  if (namesSet(settings).some((name) => ORIGIN_OPTIONS.has(name))) return tlsSettings(settings, ORIGIN)
  return (usual ??= tlsSettings(settings, ORIGIN))
}

/** For a proxy. `isFirst`: whether the client certificate and the pins were meant for it. */
export function proxyTls(settings: EasySettings, isFirst: boolean): TlsSettings {
  return tlsSettings(settings, isFirst ? FIRST_PROXY : PROXY)
}

/** What is set, and the key of all of it. */
function tlsSettings(settings: EasySettings, members: Members): TlsSettings {
  const values: Record<string, unknown> = {}
  for (const [member, option] of Object.entries(members)) {
    const value = settings[option]
    if (value === undefined) continue
    const pins = member === 'pinnedPublicKeyFile' ? pinsOf(value as string) : undefined
    if (pins === undefined) values[member] = value
    else values['pinnedPublicKeys'] = pins
  }
  const key = JSON.stringify(values, (_name, value: unknown) =>
    value instanceof Uint8Array ? latin1(value) : value,
  )
  return Object.assign(values, { key }) as unknown as TlsSettings
}

/** The pins that are hashes; undefined: they are in a file. */
function pinsOf(pinned: string): readonly string[] | undefined {
  const pins = pinned.split(';')
  return pins.every((pin) => pin.startsWith('sha256//')) ? pins : undefined
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
