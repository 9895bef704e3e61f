/**
 * `Socks4Handshake`: SOCKS4, and SOCKS4a, in which the proxy looks the name up.
 *
 *     request = %x04 %x01 port(2) address(4) user %x00 [ host %x00 ]     ; with a host the address is 0.0.0.1
 *     reply   = %x00 code(1) port(2) address(4)
 *
 * The rule: user and host end with NUL, so neither may hold one, nor be longer than 255 bytes.
 */
import { utf8 } from '../auth/credentials.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { MORE, type Handshake, type HandshakeStep } from './handshake.ts'
import { addressBytes } from './ip-address.ts'
import { ReceivedBytes } from './received-bytes.ts'
import { checkLength, socksError, type SocksProblem } from './socks-error.ts'

export interface Socks4Request {
  /** An IPv4 address, or, for SOCKS4a, a name. */
  readonly host: string
  readonly port: number
  readonly user: string
}

export class Socks4Handshake implements Handshake {
  readonly #request: Uint8Array
  readonly #received = new ReceivedBytes()

  /** PROXY when something is too long, or IPv6; BAD_FUNCTION_ARGUMENT for a NUL. */
  constructor({ host, port, user }: Socks4Request) {
    const address = addressBytes(host)
    if (address !== undefined && address.length !== 4)
      throw socksError('BAD_ADDRESS_TYPE', `SOCKS4 has no IPv6, and ${host} is an address of that`)
    const userBytes = textBytes(user, 'the user name')
    checkLength(userBytes, 'the user name', 'LONG_USER')
    const name = address === undefined ? textBytes(host, 'the host name') : undefined
    if (name !== undefined) checkLength(name, 'the host name', 'LONG_HOSTNAME')
    this.#request = Uint8Array.from([
      VERSION,
      CONNECT,
      port >> 8,
      port & 0xff,
      ...(address ?? [0, 0, 0, 1]),
      ...userBytes,
      0,
      ...(name === undefined ? [] : [...name, 0]),
    ])
  }

  begin(): Uint8Array {
    return this.#request
  }

  receive(view: Uint8Array): HandshakeStep {
    this.#received.add(view)
    const reply = this.#received.take(REPLY_BYTES)
    if (reply === undefined) return MORE
    const [version, code = 0] = reply
    if (version !== 0)
      throw socksError('BAD_VERSION', `the SOCKS4 proxy answered with version ${version} instead of 0`)
    if (code !== GRANTED) {
      const [problem, text] = REFUSALS.get(code) ?? ['UNKNOWN_FAIL', `code ${code} is not known`]
      throw socksError(problem, `the SOCKS4 proxy refused the connection: ${text}`, { reply: code })
    }
    return { is: 'done', rest: this.#received.takeRest() }
  }

  ended(): HandshakeStep {
    throw socksError(
      'CLOSED',
      `the SOCKS4 proxy closed after ${this.#received.length} of ${REPLY_BYTES} bytes`,
    )
  }
}

function textBytes(text: string, what: string): Uint8Array {
  if (!text.includes('\0')) return utf8(text)
  throw new TransferError('BAD_FUNCTION_ARGUMENT', `${what} contains a NUL`, {}, { phase: 'setup' })
}

const VERSION = 4
const CONNECT = 1
const REPLY_BYTES = 8
const GRANTED = 90
const REFUSALS: ReadonlyMap<number, readonly [SocksProblem, string]> = new Map([
  [91, ['REQUEST_FAILED', 'rejected or failed']],
  [92, ['IDENTD', 'it cannot connect to identd on this machine']],
  [93, ['IDENTD_DIFFER', 'identd on this machine names another user']],
])
