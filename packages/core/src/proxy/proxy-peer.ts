/**
 * `ProxyPeer`: a proxy as it is named by an option or a variable: `[scheme://][user:password@]host[:port]`.
 *
 * The rule: it is taken apart here and nowhere else; a refusal never repeats what may hold a password.
 */
import { checkLogin, type Credentials } from '../auth/credentials.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { writtenHost } from '../http/origin.ts'

/** How a proxy is spoken to. `http1.0`: tunnels are asked for in HTTP/1.0; `https2`: HTTP/2, if it chooses that. */
export type ProxyType = 'http' | 'http1.0' | 'https' | 'https2' | 'socks4' | 'socks4a' | 'socks5' | 'socks5h'

export interface ProxyPeer {
  readonly type: ProxyType
  readonly host: string
  readonly port: number
  /** For SOCKS on this machine: its UNIX socket, which goes before host and port. */
  readonly path: string | undefined
  readonly credentials: Credentials | undefined
  /** `http://p.test:3128`, without credentials: what it is called, and what is remembered of it is kept under. */
  readonly text: string
}

/** What holds where the text does not say. */
export interface ProxyDefaults {
  readonly type: ProxyType
  /** 0: the port of the type. */
  readonly port: number
}

/** libcurl's codes: COULDNT_RESOLVE_PROXY when it is no proxy, COULDNT_CONNECT for an unknown scheme; BAD_FUNCTION_ARGUMENT for a login with control characters. `option`: the one to name. */
export function parseProxy(given: string, option: string, defaults: ProxyDefaults): ProxyPeer {
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  if (/[\x00-\x20\x7f]/.test(given)) throw malformed(option, 'holds a blank or a control character')
  const [, scheme, rest = ''] = /^(?:([^:/?#@]*):\/\/)?(.*)$/.exec(given)!
  const type = scheme === undefined ? defaults.type : typeOf(scheme.toLowerCase(), option, defaults.type)
  const [authority = '', ...path] = rest.split(/(?=[/?#])/)
  const at = authority.lastIndexOf('@')
  const [, written = '', digits] = /^(.*?)(?::(\d*))?$/.exec(authority.slice(at + 1))!
  if (written === '' || !URL.canParse(`http://${written}/`))
    throw malformed(option, `must be "[scheme://][user:password@]host[:port]"`)
  const { hostname } = new URL(`http://${written}/`)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const port = digits === undefined || digits === '' ? defaults.port || usualPort(type) : Number(digits)
  if (port < 1 || port > 65_535) throw malformed(option, 'must have a port from 1 to 65535')
  const rests = path.join('')
  const isLocal = isSocks({ type }) && host === 'localhost' && /^\/./.test(rests)
  const socketPath = isLocal ? decoded(rests) : undefined
  const where = socketPath === undefined ? `${writtenHost(host)}:${port}` : `localhost${socketPath}`
  return {
    type,
    host,
    port,
    path: socketPath,
    credentials: at < 0 ? undefined : credentialsOf(authority.slice(0, at), option),
    text: `${SCHEMES[type] ?? type}://${where}`,
  }
}

/** Whether it takes TLS to speak to it. */
export function hasTls({ type }: ProxyPeer): boolean {
  return type === 'https' || type === 'https2'
}

/** Whether it speaks SOCKS. */
export function isSocks({ type }: Pick<ProxyPeer, 'type'>): boolean {
  return type.startsWith('socks')
}

function typeOf(scheme: string, option: string, wanted: ProxyType): ProxyType {
  switch (scheme) {
    case 'http':
      return wanted === 'http1.0' ? wanted : 'http'
    case 'socks4':
    case 'socks4a':
    case 'socks5':
    case 'socks5h':
      return scheme
    case 'https':
      return wanted === 'https2' ? 'https2' : 'https'
    case 'socks':
      return 'socks4'
    default:
      throw new TransferError(
        'COULDNT_CONNECT',
        `option ${option} has the scheme ${JSON.stringify(scheme.slice(0, 20))}, which is none of a proxy`,
        { option, scheme: scheme.slice(0, 20) },
        { phase: 'setup' },
      )
  }
}

/** Of the types that are none themselves. */
const SCHEMES: Partial<Record<ProxyType, string>> = { 'http1.0': 'http', https2: 'https' }

/** libcurl's. */
function usualPort(type: ProxyType): number {
  return type === 'https' || type === 'https2' ? 443 : 1080
}

function credentialsOf(userinfo: string, option: string): Credentials {
  const colon = userinfo.indexOf(':')
  const credentials = {
    user: decoded(colon < 0 ? userinfo : userinfo.slice(0, colon)),
    password: colon < 0 ? '' : decoded(userinfo.slice(colon + 1)),
  }
  checkLogin(credentials, `option ${option}'s`)
  return credentials
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function malformed(option: string, rule: string): TransferError {
  return new TransferError(
    'COULDNT_RESOLVE_PROXY',
    `option ${option} ${rule}`,
    { option },
    { phase: 'setup' },
  )
}
