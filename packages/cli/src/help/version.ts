/** Who the command says it is. */
import { arch, platform } from 'node:os'

/** The version of the command: the one in package.json, which a test compares. */
export const VERSION = '0.1.0'

/** The version of curl whose command line this is. */
export const CURL_VERSION = '8.22.0'

/** As whom the command answers. */
export type Persona = 'trunkline' | 'curl'

/** What User-Agent says. */
export function userAgentOf(persona: Persona): string {
  return persona === 'curl' ? `curl/${CURL_VERSION}` : `trunkline/${VERSION}`
}

/** What `-V` prints, in curl's form. */
export function versionText(persona: Persona = 'trunkline'): string {
  const where = `${arch()}-${platform()}`
  const who =
    persona === 'curl'
      ? `curl ${CURL_VERSION} (${where}) libcurl/${CURL_VERSION} trunkline/${VERSION}`
      : `trunkline ${VERSION} (${where}) curl/${CURL_VERSION}`
  return `${who}\nProtocols: ${PROTOCOLS.join(' ')}\nFeatures: ${FEATURES.join(' ')}\n`
}

const PROTOCOLS = ['file', 'http', 'https', 'ipfs', 'ipns', 'ws', 'wss']
const FEATURES = [
  'alt-svc',
  'AsynchDNS',
  'brotli',
  'HSTS',
  'HTTP2',
  'HTTPS-proxy',
  'IDN',
  'IPv6',
  'Largefile',
  'libz',
  'NTLM',
  'PSL',
  'SSL',
  'SSLS-EXPORT',
  'threadsafe',
  'UnixSockets',
  'zstd',
]
