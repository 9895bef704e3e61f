/**
 * A simulated HTTP proxy: forwards requests, opens tunnels, wants a login if it is told to.
 *
 * The rule: it is an origin whose script goes on to other machines of the network; its own connections count for
 * nobody. What it learns of a request it records, and passes on only what a proxy should.
 */
import { createHash } from 'node:crypto'
import { H1Reader } from '../h1/reader.ts'
import { writeRequestHead } from '../h1/head-writer.ts'
import { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import { parseUrl } from '../http/origin.ts'
import { copied } from './sim-bytes.ts'
import type { SimExchange, SimRequestRecord, SimResponse, SimServerConnection } from './sim-exchange.ts'
import { addressFamily } from './sim-network.ts'
import { SimOrigin, type SimOriginOptions, type SimOriginParts } from './sim-origin.ts'
import { splice } from './sim-splice.ts'
import type { SimStream } from './sim-stream.ts'

/** How a simulated proxy behaves. */
export interface SimProxyOptions extends Pick<SimOriginOptions, 'tls' | 'keepAlive'> {
  /** Who is let in, with passwords. Default: everybody, without a login. */
  readonly users?: Readonly<Record<string, string>>
  /** What kind of login it wants. Default `basic`. */
  readonly auth?: 'basic' | 'digest'
  /** Requests that have a nonce of Digest before it is stale. Default: no limit. */
  readonly nonceUses?: number
  /** Looks at each request first; what it answers is the response. */
  readonly answer?: (request: RequestHead, exchange: SimExchange) => SimResponse | undefined
}

/** A simulated HTTP proxy. */
export class SimProxy {
  readonly #parts: SimOriginParts
  readonly #options: SimProxyOptions
  readonly #origin: SimOrigin
  #tunnels = 0
  #openTunnels = 0
  #nonce = 1
  #nonceUses = 0

  /** Begins to listen. Made by `SimWorld.proxy`. */
  constructor(parts: SimOriginParts, where: string, options: SimProxyOptions = {}) {
    this.#parts = parts
    this.#options = options
    const { tls, keepAlive } = options
    this.#origin = new SimOrigin(parts, where, (exchange) => this.#serve(exchange), {
      ...(tls === undefined ? {} : { tls }),
      ...(keepAlive === undefined ? {} : { keepAlive }),
    })
  }

  /** All requests whose heads have come, CONNECT included, in order. */
  get requests(): readonly SimRequestRecord[] {
    return this.#origin.requests
  }

  /** All connections so far. */
  get connections(): readonly SimServerConnection[] {
    return this.#origin.connections
  }

  /** How many connections were accepted. */
  get connectionsAccepted(): number {
    return this.#origin.connectionsAccepted
  }

  /** How many tunnels were opened, and how many of them are open now. */
  get tunnels(): number {
    return this.#tunnels
  }

  get openTunnels(): number {
    return this.#openTunnels
  }

  /** Refuses new connections from now on. */
  stop(): void {
    this.#origin.stop()
  }

  async #serve(exchange: SimExchange): Promise<void> {
    const { request } = exchange
    const answer = this.#options.answer?.(request, exchange) ?? this.#wantsLogin(request)
    if (answer !== undefined) exchange.respond(answer)
    else if (request.method === 'CONNECT') await this.#tunnel(exchange)
    else await this.#forward(exchange)
  }

  async #tunnel(exchange: SimExchange): Promise<void> {
    const { connection, request } = exchange
    const { origin } = parseUrl(`http://${request.target}`)
    let far: SimStream
    try {
      far = await this.#reach(origin.host, Number(/:(\d+)$/.exec(request.target)?.[1] ?? 0))
    } catch {
      exchange.respond({ status: 502 })
      return
    }
    if (!connection.isOpen) {
      far.abort()
      return
    }
    connection.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const { stream, unread } = connection.takeOver()
    this.#tunnels += 1
    this.#openTunnels += 1
    if (unread.length > 0) far.write(unread)
    splice(stream, far, () => {
      this.#openTunnels -= 1
    })
  }

  async #forward(exchange: SimExchange): Promise<void> {
    const { request, connection } = exchange
    const { origin, target } = parseUrl(request.target)
    const body = await exchange.body()
    let far: SimStream
    try {
      far = await this.#reach(origin.host, origin.port)
    } catch {
      exchange.respond({ status: 502 })
      return
    }
    const fields = Fields.of([...request.fields].filter(([name]) => !HOP_FIELDS.has(name.toLowerCase())))
    if (body.length > 0) fields.set('Content-Length', String(body.length))
    fields.set('Connection', 'close')
    relayResponse(far, exchange, request.method)
    far.write(writeRequestHead({ method: request.method, target, version: '1.1', fields }))
    if (body.length > 0) far.write(body)
    if (!connection.isOpen) far.abort()
  }

  #reach(host: string, port: number): Promise<SimStream> {
    const { network } = this.#parts
    const [address = host] = network.addressesOf(host)
    return network.reach({ family: addressFamily(address) ?? 4, address, port })
  }

  // ---- Logins --------------------------------------------------------------------------------------

  #wantsLogin({ method, fields }: RequestHead): SimResponse | undefined {
    const { users, auth = 'basic' } = this.#options
    if (users === undefined) return undefined
    const given = fields.first('proxy-authorization') ?? ''
    if (auth === 'basic') {
      const isKnown = Object.entries(users).some(
        ([user, password]) => given === `Basic ${btoa(`${user}:${password}`)}`,
      )
      return isKnown ? undefined : refusal('Basic realm="sim"')
    }
    return this.#judgeDigest(given, method, users)
  }

  #judgeDigest(
    given: string,
    method: string,
    users: Readonly<Record<string, string>>,
  ): SimResponse | undefined {
    const { nonceUses = Infinity } = this.#options
    const param = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(given)?.[1] ?? ''
    const nonce = `nonce${this.#nonce}`
    const isStale = param('nonce') !== nonce || this.#nonceUses >= nonceUses
    const secret = md5(`${param('username')}:sim:${users[param('username')] ?? '?'}`)
    const middle = `${param('nonce')}:${param('nc')}:${param('cnonce')}:auth`
    const isRight = param('response') === md5(`${secret}:${middle}:${md5(`${method}:${param('uri')}`)}`)
    if (isRight && !isStale) {
      this.#nonceUses += 1
      return undefined
    }
    if (isStale && isRight) {
      this.#nonce += 1
      this.#nonceUses = 0
    }
    const words = isRight ? ', stale=true' : ''
    return refusal(`Digest realm="sim", nonce="nonce${this.#nonce}", qop="auth"${words}`)
  }
}

/** Reads a response off a stream, and passes it on. The stream ends with it. */
function relayResponse(far: SimStream, exchange: SimExchange, method: string): void {
  const reader = new H1Reader('client')
  reader.expectResponse(method)
  let isChunked = false
  const read = (): void => {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      if (event.is === 'response') {
        const { status, reason, fields } = event.head
        isChunked = event.framing.is === 'chunked'
        const passed = [...fields].filter(([name]) => !HOP_FIELDS.has(name.toLowerCase()) || isFraming(name))
        exchange.head({ status, reason, headers: passed })
      } else if (event.is === 'data') {
        if (isChunked) exchange.chunk(copied(event.bytes))
        else exchange.write(copied(event.bytes))
      } else if (event.is === 'end') {
        exchange.end(event.trailers)
        far.abort()
        return
      }
    }
  }
  const tryTo = (what: () => void): void => {
    try {
      what()
    } catch {
      exchange.reset()
      far.abort()
    }
  }
  far.sink = {
    bytes: (view) =>
      tryTo(() => {
        reader.offer(view)
        read()
        reader.keep()
      }),
    ended: () =>
      tryTo(() => {
        reader.end()
        read()
      }),
    failed: () => exchange.reset(),
    drained: () => {},
  }
}

function isFraming(name: string): boolean {
  return name.toLowerCase() === 'transfer-encoding'
}

function refusal(challenge: string): SimResponse {
  return { status: 407, headers: { 'Proxy-Authenticate': challenge }, body: 'who are you?' }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** What a proxy keeps to itself. */
const HOP_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])
