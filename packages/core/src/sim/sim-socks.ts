/**
 * A simulated SOCKS proxy, of versions 4 and 5 at once.
 *
 * The rule: written for itself, so that it shares no mistake with the client's handshakes.
 */
import { joined } from '../base/joined.ts'
import type { Cancelable, Clock } from '../env/environment.ts'
import { parseUrl } from '../http/origin.ts'
import { copied } from './sim-bytes.ts'
import { addressFamily, type SimNetwork } from './sim-network.ts'
import { splice } from './sim-splice.ts'
import type { SimStream } from './sim-stream.ts'

/** How a simulated SOCKS proxy behaves. */
export interface SimSocksOptions {
  /** Who is let in over SOCKS5, with passwords. Default: everybody. */
  readonly users?: Readonly<Record<string, string>>
  /** The reply code instead of a connection: 1 to 8 for SOCKS5, 91 to 93 for SOCKS4. */
  readonly refuseWith?: number
}

/** What a SOCKS proxy was asked for. */
export interface SimSocksRequest {
  readonly version: 4 | 5
  /** A name where the client left the lookup to the proxy. */
  readonly host: string
  readonly port: number
  readonly user: string | undefined
}

/** What it stands in. */
export interface SimSocksParts {
  readonly clock: Clock
  readonly network: SimNetwork
}

/** A simulated SOCKS proxy. */
export class SimSocks {
  /** In order. */
  readonly requests: SimSocksRequest[] = []
  readonly #parts: SimSocksParts
  readonly #options: SimSocksOptions
  readonly #listener: Cancelable
  #connections = 0
  #openTunnels = 0

  /** Begins to listen, at `host:port`. Made by `SimWorld.socks`. */
  constructor(parts: SimSocksParts, where: string, options: SimSocksOptions = {}) {
    const { origin } = parseUrl(`http://${where}`)
    this.#parts = parts
    this.#options = options
    this.#listener = parts.network.listen(origin.host, origin.port, (stream) => this.#accept(stream))
  }

  /** How many connections were accepted. */
  get connectionsAccepted(): number {
    return this.#connections
  }

  /** How many of them lead somewhere now. */
  get openTunnels(): number {
    return this.#openTunnels
  }

  /** Refuses new connections from now on. */
  stop(): void {
    this.#listener.cancel()
  }

  #accept(stream: SimStream): void {
    this.#connections += 1
    const pieces: Uint8Array[] = []
    const talk = this.#talk(stream)
    let wanted = talk.next().value as number
    const onBytes = (view: Uint8Array): void => {
      pieces.push(copied(view))
      let all = joined(pieces)
      for (;;) {
        // A negative count: up to and with the next NUL.
        const end = wanted < 0 ? all.indexOf(0) + 1 : wanted
        if (end > all.length || (wanted < 0 && end === 0)) break
        const next = talk.next(all.subarray(0, end))
        all = all.slice(end)
        if (next.done === true) return
        wanted = next.value
      }
      pieces.splice(0, pieces.length, all)
    }
    stream.sink = {
      bytes: onBytes,
      ended: () => stream.close(),
      failed: () => {},
      drained: () => {},
    }
  }

  /** Yields how many bytes it wants next. */
  *#talk(stream: SimStream): Generator<number, void, Uint8Array> {
    const [version] = yield 1
    if (version === 4) yield* this.#talk4(stream)
    else if (version === 5) yield* this.#talk5(stream)
    else stream.close()
  }

  *#talk4(stream: SimStream): Generator<number, void, Uint8Array> {
    const request = yield 7
    const user = textOf(yield -1)
    const address = request.subarray(3, 7)
    const isNamed = address[0] === 0 && address[1] === 0 && address[2] === 0 && address[3] !== 0
    const host = isNamed ? textOf(yield -1) : address.join('.')
    const { refuseWith } = this.#options
    this.#note({ version: 4, host, port: portOf(request, 1), user })
    const reply = (code: number): Uint8Array => Uint8Array.of(0, code, 0, 0, 0, 0, 0, 0)
    this.#connect(stream, host, portOf(request, 1), {
      granted: reply(90),
      refused: reply(refuseWith ?? 91),
    })
  }

  *#talk5(stream: SimStream): Generator<number, void, Uint8Array> {
    const { users, refuseWith } = this.#options
    const [count = 0] = yield 1
    const methods = yield count
    const method = users === undefined ? 0 : 2
    if (!methods.includes(method)) {
      stream.write(Uint8Array.of(5, 0xff))
      stream.close()
      return
    }
    stream.write(Uint8Array.of(5, method))
    let user: string | undefined
    if (users !== undefined) {
      const [, userLength = 0] = yield 2
      user = textOf(yield userLength)
      const [passwordLength = 0] = yield 1
      const isKnown = users[user] === textOf(yield passwordLength)
      stream.write(Uint8Array.of(1, isKnown ? 0 : 1))
      if (!isKnown) {
        stream.close()
        return
      }
    }
    const [, , , type] = yield 4
    const host = type === 1 ? (yield 4).join('.') : type === 3 ? textOf(yield (yield 1)[0]!) : v6Of(yield 16)
    const port = portOf(yield 2, 0)
    this.#note({ version: 5, host, port, user })
    // A reply may have any kind of address; a name is the longest.
    const name = [...'somewhere.test'].map((char) => char.charCodeAt(0))
    this.#connect(stream, host, port, {
      granted: Uint8Array.of(5, 0, 0, 3, name.length, ...name, 0x1f, 0x90),
      refused: Uint8Array.of(5, refuseWith ?? 5, 0, 1, 0, 0, 0, 0, 0, 0),
    })
  }

  #note(request: SimSocksRequest): void {
    this.requests.push(request)
  }

  #connect(
    stream: SimStream,
    host: string,
    port: number,
    replies: { readonly granted: Uint8Array; readonly refused: Uint8Array },
  ): void {
    const { network } = this.#parts
    const [address = host] = network.addressesOf(host)
    const refuse = (): void => {
      stream.write(replies.refused)
      stream.close()
    }
    if (this.#options.refuseWith !== undefined) return refuse()
    network.reach({ family: addressFamily(address) ?? 4, address, port }).then((far) => {
      if (!stream.isOpen) return far.abort()
      stream.write(replies.granted)
      this.#openTunnels += 1
      splice(stream, far, () => {
        this.#openTunnels -= 1
      })
    }, refuse)
  }
}

function portOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/\0$/, '')
}

function v6Of(bytes: Uint8Array): string {
  return Array.from({ length: 8 }, (_, at) => portOf(bytes, at * 2).toString(16)).join(':')
}
