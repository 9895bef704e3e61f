/** The TLS options as a handshake takes them: those for origins, and the same for proxies. */
import type { TlsSettings } from '../env/environment.ts'
import type { EasySettings } from '../options/option-types.ts'

/** For the origin. */
export function originTls(settings: EasySettings): TlsSettings {
  const pinned = settings.pinnedPublicKey
  const pins = pinsOf(pinned)
  // Written out in one piece: members that are spread cost 3 us (Node 20), a quarter of the whole plan.
  return keyed({
    caFile: settings.caInfo,
    caPath: settings.caPath,
    caBytes: settings.caInfoBlob,
    crlFile: settings.crlFile,
    certFile: settings.sslCert,
    certBytes: settings.sslCertBlob,
    keyFile: settings.sslKey,
    keyBytes: settings.sslKeyBlob,
    keyPassword: settings.keyPasswd,
    minVersion: settings.sslVersion,
    maxVersion: settings.sslVersionMax,
    ciphers: settings.sslCipherList,
    tls13Ciphers: settings.tls13Ciphers,
    curves: settings.sslEcCurves,
    signatureAlgorithms: settings.sslSignatureAlgorithms,
    verifyPeer: settings.sslVerifyPeer,
    verifyHost: settings.sslVerifyHost,
    pinnedPublicKeys: pins,
    pinnedPublicKeyFile: pins === undefined ? pinned : undefined,
  })
}

/** For a proxy. `isFirst`: whether the client certificate and the pins were meant for it. */
export function proxyTls(settings: EasySettings, isFirst: boolean): TlsSettings {
  const pinned = isFirst ? settings.proxyPinnedPublicKey : undefined
  const pins = pinsOf(pinned)
  return keyed({
    caFile: settings.proxyCaInfo,
    caPath: settings.proxyCaPath,
    caBytes: settings.proxyCaInfoBlob,
    crlFile: settings.proxyCrlFile,
    certFile: isFirst ? settings.proxySslCert : undefined,
    certBytes: isFirst ? settings.proxySslCertBlob : undefined,
    keyFile: isFirst ? settings.proxySslKey : undefined,
    keyBytes: isFirst ? settings.proxySslKeyBlob : undefined,
    keyPassword: isFirst ? settings.proxyKeyPasswd : undefined,
    minVersion: settings.proxySslVersion,
    ciphers: settings.proxySslCipherList,
    tls13Ciphers: settings.proxyTls13Ciphers,
    verifyPeer: settings.proxySslVerifyPeer,
    verifyHost: settings.proxySslVerifyHost,
    pinnedPublicKeys: pins,
    pinnedPublicKeyFile: pins === undefined ? pinned : undefined,
  })
}

/** The pins that are hashes; undefined: there are none, or they are in a file. */
function pinsOf(pinned: string | undefined): readonly string[] | undefined {
  const pins = pinned?.split(';')
  return pins?.every((pin) => pin.startsWith('sha256//')) === true ? pins : undefined
}

type Given = { readonly [Name in Exclude<keyof TlsSettings, 'key'>]?: TlsSettings[Name] | undefined } & Pick<
  TlsSettings,
  'minVersion' | 'verifyPeer' | 'verifyHost'
>

/** Without the members that are undefined, and with the key. */
function keyed(given: Given): TlsSettings {
  const values = defined(given)
  const key = JSON.stringify(values, (_name, value: unknown) =>
    value instanceof Uint8Array ? latin1(value) : value,
  )
  return { ...values, key }
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same object without the members that are undefined. */
function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
