/** Servers that know users: by the connection (NTLM, Negotiate), and by the request (Basic, Digest). For `witness`. */
import { createHash } from 'node:crypto'
import type { Answer } from './witnesses.ts'

/** A type 2 message of a server without target info, which makes version 1 of the responses do. */
const TYPE_2 = 'TlRMTVNTUAACAAAADAAMADgAAAABAgIAASNFZ4mrze8AAAAAAAAAAAAAAAAEAAAABgBwFwAAAA9TAGUAcgB2AGUAcgA='

/**
 * Authenticates connections by the form of NTLM, as IIS does: whoever asks on one afterwards is taken for the user
 * that it was authenticated for. Every password is right.
 */
export function ntlmServer(users: readonly string[] = ['ada', 'eve']): Answer {
  const known = new Map<string, string>()
  return ({ connection, authorization }) => {
    const message = authorization?.startsWith('NTLM ') === true ? atob(authorization.slice(5)) : undefined
    const type = message?.charCodeAt(8)
    if (type === 1) return { status: 401, headers: { 'WWW-Authenticate': `NTLM ${TYPE_2}` }, body: 'go on' }
    if (type === 3) {
      const said = message!.replaceAll('\0', '')
      known.set(connection, users.find((user) => said.includes(user)) ?? 'nobody')
    }
    const user = known.get(connection)
    return user === undefined
      ? { status: 401, headers: { 'WWW-Authenticate': 'NTLM' }, body: 'who?' }
      : { body: `hello ${user}` }
  }
}

/** The same by Negotiate in one step; a token is the user's name. Other schemes are taken for the request only. */
export function negotiateServer(): Answer {
  const known = new Map<string, string>()
  return ({ connection, authorization }) => {
    const [scheme, value = ''] = authorization?.split(' ') ?? []
    if (scheme === 'Negotiate') known.set(connection, atob(value))
    // What the advisories are about: a connection that is somebody's serves him, whatever a request says.
    const user = known.get(connection) ?? (scheme === 'Basic' ? atob(value).split(':')[0] : undefined)
    return user === undefined
      ? { status: 401, headers: { 'WWW-Authenticate': ['Negotiate', 'Basic realm="x"'] }, body: 'who?' }
      : { body: `hello ${user}` }
  }
}

/** What `negotiateServer` takes for a token of this user. */
export function tokensOf(user: string): () => Uint8Array {
  return () => new TextEncoder().encode(user)
}

/** Digest (RFC 7616 with MD5) at each origin apart; a nonce names its origin. */
export function digestServer(passwords: Readonly<Record<string, string>>): Answer {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  return ({ url, method, authorization = '' }) => {
    const realm = new URL(url).host
    const part = (name: string): string =>
      new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(authorization)?.[1] ?? ''
    const user = part('username')
    const secret = md5(`${user}:${realm}:${passwords[user] ?? ''}`)
    const what = md5(`${method}:${part('uri')}`)
    const expected = md5(`${secret}:${part('nonce')}:${part('nc')}:${part('cnonce')}:auth:${what}`)
    if (authorization !== '' && part('response') === expected) return { body: `hello ${user}` }
    const challenge = `Digest realm="${realm}", nonce="nonce of ${realm}", qop="auth"`
    return { status: 401, headers: { 'WWW-Authenticate': challenge }, body: 'who?' }
  }
}
