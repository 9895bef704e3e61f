/**
 * `Socks5Handshake`: SOCKS5 (RFC 1928) with user name and password (RFC 1929).
 *
 * The rule: a name longer than 255 bytes is refused before anything is sent; it is never looked up here instead,
 * nor cut (CVE-2023-38545). A reply is read whole, whatever kind of address stands in it.
 */
import { utf8, type Credentials } from '../auth/credentials.ts'
import { MORE, type Handshake, type HandshakeStep } from './handshake.ts'
import { addressBytes } from './ip-address.ts'
import { ReceivedBytes } from './received-bytes.ts'
import { checkLength, socksError, type SocksProblem } from './socks-error.ts'

export interface Socks5Request {
  /** An address, or a name for the proxy to look up. */
  readonly host: string
  readonly port: number
  readonly credentials: Credentials | undefined
}

export class Socks5Handshake implements Handshake {
  readonly #connect: Uint8Array
  readonly #login: Uint8Array | undefined
  readonly #received = new ReceivedBytes()
  #awaits: 'method' | 'login' | 'reply' = 'method'

  /** PROXY when the host, the user name or the password is too long. */
  constructor({ host, port, credentials }: Socks5Request) {
    this.#connect = connectRequest(host, port)
    this.#login = credentials === undefined ? undefined : loginRequest(credentials)
  }

  begin(): Uint8Array {
    return Uint8Array.from(
      this.#login === undefined ? [VERSION, 1, NO_LOGIN] : [VERSION, 2, NO_LOGIN, PASSWORD_LOGIN],
    )
  }

  receive(view: Uint8Array): HandshakeStep {
    this.#received.add(view)
    switch (this.#awaits) {
      case 'method':
        return this.#chooseMethod()
      case 'login':
        return this.#judgeLogin()
      case 'reply':
        return this.#judgeReply()
    }
  }

  ended(): HandshakeStep {
    const { length } = this.#received
    throw socksError(
      'CLOSED',
      `the SOCKS5 proxy closed while its ${this.#awaits} was awaited, ${length} bytes of it here`,
    )
  }

  #chooseMethod(): HandshakeStep {
    const answer = this.#received.take(2)
    if (answer === undefined) return MORE
    const [version, method = 0] = answer
    checkVersion(version)
    if (method === NO_LOGIN) return this.#ask('reply', this.#connect)
    if (method === PASSWORD_LOGIN && this.#login !== undefined) return this.#ask('login', this.#login)
    if (method === NOTHING_SUITS) {
      const why =
        this.#login === undefined ? 'wants a login, and there is none' : 'takes no login with a password'
      throw socksError('NO_AUTH', `the SOCKS5 proxy ${why}`)
    }
    throw socksError('UNKNOWN_MODE', `the SOCKS5 proxy chose method ${method}, which was not offered`, {
      method,
    })
  }

  #judgeLogin(): HandshakeStep {
    const answer = this.#received.take(2)
    if (answer === undefined) return MORE
    // Of the version some proxies say 5 where 1 belongs; curl looks at the status only.
    const status = answer[1]!
    if (status !== 0)
      throw socksError(
        'USER_REJECTED',
        `the SOCKS5 proxy refused user name and password (status ${status})`,
        {
          reply: status,
        },
      )
    return this.#ask('reply', this.#connect)
  }

  #judgeReply(): HandshakeStep {
    const received = this.#received
    if (received.length < 2) return MORE
    checkVersion(received.at(0))
    const code = received.at(1)!
    if (code !== SUCCEEDED) {
      const [problem, text] = REFUSALS[code] ?? ['REPLY_UNASSIGNED', `reply ${code} is not known`]
      throw socksError(problem, `the SOCKS5 proxy could not connect: ${text}`, { reply: code })
    }
    if (received.length < 5) return MORE
    const type = received.at(3)!
    const addressLength =
      type === IPV4 ? 4 : type === IPV6 ? 16 : type === NAME ? 1 + received.at(4)! : undefined
    if (addressLength === undefined)
      throw socksError(
        'BAD_ADDRESS_TYPE',
        `the reply of the SOCKS5 proxy has an address of unknown type ${type}`,
      )
    return received.take(4 + addressLength + 2) === undefined
      ? MORE
      : { is: 'done', rest: received.takeRest() }
  }

  /** What comes before it is asked for is against the rules, and no part of the answer. */
  #ask(next: 'login' | 'reply', send: Uint8Array): HandshakeStep {
    if (this.#received.length > 0)
      throw socksError('UNKNOWN_FAIL', `the SOCKS5 proxy sent ${this.#received.length} bytes unasked`)
    this.#awaits = next
    return { is: 'more', send }
  }
}

function connectRequest(host: string, port: number): Uint8Array {
  const address = addressBytes(host)
  const name = address === undefined ? utf8(host) : undefined
  if (name !== undefined) checkLength(name, 'the host name', 'LONG_HOSTNAME')
  return Uint8Array.from([
    VERSION,
    CONNECT,
    0,
    ...(name === undefined
      ? [address!.length === 4 ? IPV4 : IPV6, ...address!]
      : [NAME, name.length, ...name]),
    port >> 8,
    port & 0xff,
  ])
}

function loginRequest({ user, password }: Credentials): Uint8Array {
  const userBytes = utf8(user)
  const passwordBytes = utf8(password)
  checkLength(userBytes, 'the user name', 'LONG_USER')
  checkLength(passwordBytes, 'the password', 'LONG_PASSWD')
  return Uint8Array.from([
    LOGIN_VERSION,
    userBytes.length,
    ...userBytes,
    passwordBytes.length,
    ...passwordBytes,
  ])
}

function checkVersion(version: number | undefined): void {
  if (version !== VERSION)
    throw socksError('BAD_VERSION', `the SOCKS5 proxy answered with version ${version} instead of 5`)
}

const VERSION = 5
const LOGIN_VERSION = 1
const CONNECT = 1
const NO_LOGIN = 0
const PASSWORD_LOGIN = 2
const NOTHING_SUITS = 0xff
const SUCCEEDED = 0
const IPV4 = 1
const NAME = 3
const IPV6 = 4

/** By reply code (RFC 1928 section 6). */
const REFUSALS: Readonly<Record<number, readonly [SocksProblem, string]>> = {
  1: ['REPLY_GENERAL_SERVER_FAILURE', 'general failure'],
  2: ['REPLY_NOT_ALLOWED', 'not allowed by its rules'],
  3: ['REPLY_NETWORK_UNREACHABLE', 'the network is unreachable'],
  4: ['REPLY_HOST_UNREACHABLE', 'the host is unreachable'],
  5: ['REPLY_CONNECTION_REFUSED', 'the connection was refused'],
  6: ['REPLY_TTL_EXPIRED', 'the time to live has expired'],
  7: ['REPLY_COMMAND_NOT_SUPPORTED', 'it does not know the command'],
  8: ['REPLY_ADDRESS_TYPE_NOT_SUPPORTED', 'it does not know the type of address'],
}
