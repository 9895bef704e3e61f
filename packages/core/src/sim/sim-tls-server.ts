/**
 * The server side of simulated TLS: answers handshakes as its options say.
 *
 * The rule: one `SimTlsServer` is one server with its session keys, so sessions are resumed across its
 * connections and with nobody else's.
 */
import type { ByteStream, Clock, TlsVersion } from '../env/environment.ts'
import type { TlsMessage } from './sim-tls-records.ts'
import { SimTlsStream } from './sim-tls-stream.ts'

/** What kind of TLS server it is. */
export interface SimTlsServerOptions {
  /** Protocols it speaks, most wanted first; none: it ignores the extension. */
  readonly alpn?: readonly string[]
  /** Names in its certificate, which may begin with `*.`. */
  readonly certificateNames?: readonly string[]
  /** Whether its certificate leads to no trusted root. */
  readonly untrusted?: boolean
  /** What `pinnedPublicKeys` is compared with. Default: `sha256//` and the first certificate name. */
  readonly publicKey?: string
  /** The newest version it speaks. Default TLSv1.3. */
  readonly maxVersion?: TlsVersion
  /** Whether it issues sessions, one per handshake, and resumes them. Default true. */
  readonly sessions?: boolean
  /** Never answers the handshake. */
  readonly hang?: boolean
  /** Refuses every handshake with an alert. */
  readonly failHandshake?: boolean
}

type Hello = Extract<TlsMessage, { is: 'hello' }>

const VERSIONS: readonly string[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** The server's half of simulated TLS. */
export class SimTlsServer {
  readonly #options: SimTlsServerOptions
  readonly #clock: Clock
  readonly #issued = new Set<string>()
  #count = 0

  constructor(clock: Clock, options: SimTlsServerOptions = {}) {
    this.#clock = clock
    this.#options = options
  }

  /** Forgets all sessions, as a restart would. */
  forgetSessions(): void {
    this.#issued.clear()
  }

  /** Answers a handshake on `below`. `onSecure` must set the sink; a failed handshake closes the stream. */
  accept(below: ByteStream, onSecure: (stream: SimTlsStream) => void): void {
    const stream = new SimTlsStream(below, this.#clock)
    stream.onLost = () => stream.abort()
    stream.onMessage = (message) => {
      if (message.is === 'finished') {
        if (this.#options.sessions !== false) stream.tell({ is: 'session', session: this.#issue() })
        return
      }
      if (message.is !== 'hello') return stream.abort()
      if (this.#options.hang === true) return
      const answer = this.#answer(message)
      stream.tell(answer)
      if (answer.is !== 'welcome') return stream.abort()
      stream.establish({
        version: answer.version,
        cipher: 'simulated',
        alpn: answer.alpn,
        resumed: answer.resumed,
        verifyProblem: undefined,
        covers: () => false,
        certificates: () => [],
      })
      onSecure(stream)
    }
  }

  #answer(hello: Hello): TlsMessage {
    const {
      alpn = [],
      certificateNames = [],
      untrusted = false,
      publicKey,
      maxVersion = 'TLSv1.3',
    } = this.#options
    if (this.#options.failHandshake === true) return { is: 'alert', name: 'handshake_failure' }
    const version = Math.min(VERSIONS.indexOf(hello.maxVersion), VERSIONS.indexOf(maxVersion))
    if (version < VERSIONS.indexOf(hello.minVersion)) return { is: 'alert', name: 'protocol_version' }
    const chosen = alpn.find((protocol) => hello.alpn.includes(protocol))
    // RFC 7301 3.2: no protocol in common is fatal, when both sides named some.
    if (chosen === undefined && alpn.length > 0 && hello.alpn.length > 0) {
      return { is: 'alert', name: 'no_application_protocol' }
    }
    return {
      is: 'welcome',
      version: VERSIONS[version]!,
      ...(chosen === undefined ? {} : { alpn: chosen }),
      resumed: hello.session !== undefined && this.#issued.has(hello.session),
      certificateNames,
      isTrusted: !untrusted,
      publicKey: publicKey ?? `sha256//${certificateNames[0] ?? ''}`,
    }
  }

  #issue(): string {
    this.#count += 1
    const session = `session ${this.#count} of ${this.#options.certificateNames?.[0] ?? 'nobody'}`
    this.#issued.add(session)
    return session
  }
}
