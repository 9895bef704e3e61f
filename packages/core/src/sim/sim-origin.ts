/**
 * A simulated origin server: a listener whose connections are served by a script.
 *
 * The rule: it speaks HTTP through the same codecs as the client, in either version, and records what came.
 */
import type { Cancelable, Clock } from '../env/environment.ts'
import { isSecure, parseUrl } from '../http/origin.ts'
import type { OpenWaits } from './open-waits.ts'
import { SimConnection } from './sim-connection.ts'
import type { SimHandler, SimRequestRecord, SimServerConnection } from './sim-exchange.ts'
import type { SimNetwork } from './sim-network.ts'
import type { SimH2Options, SimKeepAlive } from './sim-speaker.ts'
import type { SimStream } from './sim-stream.ts'
import { SimTlsServer, type SimTlsServerOptions } from './sim-tls-server.ts'
import type { SimTrace } from './sim-trace.ts'

/** How a simulated origin behaves. */
export interface SimOriginOptions {
  /** For https; the certificate is for the origin's host, and ALPN follows from `http2`, unless said otherwise. */
  readonly tls?: SimTlsServerOptions
  /**
   * Speaks HTTP/2 as well: over TLS ALPN offers `h2` first; in clear text it is spoken when a client begins with
   * it, and after `Upgrade: h2c`. Default false.
   */
  readonly http2?: boolean | SimH2Options
  /** When connections are closed by the server. Default: never, but as requests and responses say. */
  readonly keepAlive?: SimKeepAlive
  /** Listens at this Unix domain socket instead of a port. */
  readonly unixPath?: string
}

export interface SimOriginParts {
  readonly clock: Clock
  readonly network: SimNetwork
  readonly trace: SimTrace
  readonly waits: OpenWaits
  fail(error: unknown): void
}

/** A simulated origin server. */
export class SimOrigin {
  readonly host: string
  readonly port: number
  /** The first of the host's addresses. */
  readonly address: string
  /** All connections so far, in the order in which they were accepted. */
  readonly connections: SimServerConnection[] = []
  readonly #parts: SimOriginParts
  readonly #text: string
  readonly #handler: SimHandler
  readonly #options: SimOriginOptions
  readonly #tls: SimTlsServer | undefined
  readonly #http2: SimH2Options | undefined
  readonly #requests: SimRequestRecord[] = []
  #listeners: Cancelable | undefined

  /** Begins to listen. Made by `SimWorld.origin`. */
  constructor(parts: SimOriginParts, where: string, handler: SimHandler, options: SimOriginOptions = {}) {
    const { origin } = parseUrl(where)
    this.#parts = parts
    this.#text = `${origin.scheme}://${origin.authority}`
    this.#handler = handler
    this.#options = options
    const { http2 = false } = options
    this.#http2 = http2 === true ? {} : http2 === false ? undefined : http2
    this.host = origin.host
    this.port = origin.port
    this.address = parts.network.addressesOf(origin.host)[0] ?? ''
    if (isSecure(origin)) {
      this.#tls = new SimTlsServer(parts.clock, {
        certificateNames: [origin.host],
        alpn: this.#http2 === undefined ? ['http/1.1'] : ['h2', 'http/1.1'],
        ...options.tls,
      })
    }
    this.start()
  }

  /** How many connections were accepted, those that failed in the TLS handshake included. */
  get connectionsAccepted(): number {
    return this.connections.length
  }

  /** How many connections are open now, as far as the server has heard. */
  get openConnections(): number {
    return this.connections.filter((connection) => connection.isOpen).length
  }

  /** All requests whose heads have come, in order. */
  get requests(): readonly SimRequestRecord[] {
    return this.#requests
  }

  /** Refuses new connections from now on; open ones stay. */
  stop(): void {
    this.#listeners?.cancel()
    this.#listeners = undefined
  }

  /** Accepts connections again. */
  start(): void {
    if (this.#listeners !== undefined) return
    const { network } = this.#parts
    const accept = (socket: SimStream): void => this.#accept(socket)
    const { unixPath } = this.#options
    this.#listeners =
      unixPath === undefined
        ? network.listen(this.host, this.port, accept)
        : network.listenUnix(unixPath, accept)
  }

  /** Makes the server forget its TLS sessions, as a restart would. */
  forgetSessions(): void {
    this.#tls?.forgetSessions()
  }

  #accept(socket: SimStream): void {
    const { clock, trace, waits, fail } = this.#parts
    const connection = new SimConnection({
      id: this.connections.length + 1,
      socket,
      clock,
      trace,
      waits,
      origin: this.#text,
      handler: this.#handler,
      keepAlive: this.#options.keepAlive ?? {},
      http2: this.#http2,
      record: (request) => this.#requests.push(request),
      fail,
    })
    this.connections.push(connection)
    if (this.#tls === undefined) connection.serve(socket)
    else this.#tls.accept(socket, (stream) => connection.serve(stream, stream.tls))
  }
}
