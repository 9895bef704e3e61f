/**
 * The application behind the servers: answers below `/app/`, and the files of a document root. The servers
 * proxy to it over HTTP/1.1; node:http2 calls it without a proxy.
 *
 * The rule: it answers by the path alone, and waits for nothing but bytes and `letGo`.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline, type Readable, type Writable } from 'node:stream'

/** What `/app/trailers` sends behind its body. */
export const TRAILERS: Readonly<Record<string, string>> = {
  'x-checksum': '900150983cd24fb0',
  'x-second': 'two',
}

/**
 * How many fields `/app/fields` adds: `x-field-0: value 0` and so on. H2O takes 100 from its upstream, with those
 * that are always there.
 */
export const MANY_FIELDS = 90

/** How many fields `/app/large-head` adds: `x-large-0: …` and so on, together more than two frames can hold. */
export const LARGE_FIELDS = 60

/** The value of each of them; Huffman coding would make it longer, so that it is sent as it is. */
export const LARGE_VALUE = '{~}^|'.repeat(140)

/** What node:http and node:http2 have in common of a request. */
export interface AppRequest extends Readable {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** And of a response. */
export interface AppResponse extends Writable {
  statusCode: number
  setHeader(name: string, value: string | number): unknown
  addTrailers(trailers: Readonly<Record<string, string>>): void
  writeEarlyHints(hints: Record<string, string>): unknown
}

export class App {
  readonly #root: string
  readonly #held = new Set<AppResponse>()
  #requests = 0

  /** Serves the files of `root` beside its own answers. */
  constructor(root: string) {
    this.#root = root
  }

  /** How many requests came through to it. */
  get requests(): number {
    return this.#requests
  }

  /** How many answers of `/app/held` wait for `letGo`. */
  get held(): number {
    return this.#held.size
  }

  /** Ends all answers of `/app/held`. */
  letGo(): void {
    for (const response of this.#held) response.end('let go\n')
    this.#held.clear()
  }

  /**
   * Answers one request:
   * - `/app/echo` sends the body back when it has read it, as most proxies need it
   * - `/app/duplex` sends the body back as it comes
   * - `/app/count` reads the body to its end and tells `{"bytes":…,"sha256":"…"}`
   * - `/app/refuse` answers 403 and reads nothing
   * - `/app/trailers` sends TRAILERS behind its body
   * - `/app/fields` sends MANY_FIELDS fields
   * - `/app/large-head` sends a head of more than 40 kB
   * - `/app/early` sends a 103 first
   * - `/app/headers` tells the request's fields as JSON
   * - `/app/held` sends its head and `held\n`, and the rest when told by `letGo`
   */
  readonly answer = (request: AppRequest, response: AppResponse): void => {
    this.#requests += 1
    const path = new URL(request.url ?? '/', 'http://app').pathname
    switch (path) {
      case '/app/echo':
        echo(request, response)
        return
      case '/app/duplex':
        response.setHeader('content-type', 'application/octet-stream')
        // Gone clients are part of what is tested.
        pipeline(request, response, () => undefined)
        return
      case '/app/count':
        count(request, response)
        return
      case '/app/refuse':
        response.statusCode = 403
        response.end('refused\n')
        return
      case '/app/trailers':
        response.setHeader('trailer', Object.keys(TRAILERS).join(', '))
        response.write('with trailers\n')
        response.addTrailers(TRAILERS)
        response.end()
        return
      case '/app/fields':
        for (let index = 0; index < MANY_FIELDS; index += 1)
          response.setHeader(`x-field-${index}`, `value ${index}`)
        response.end('with fields\n')
        return
      case '/app/large-head':
        for (let index = 0; index < LARGE_FIELDS; index += 1)
          response.setHeader(`x-large-${index}`, LARGE_VALUE)
        response.end('with a large head\n')
        return
      case '/app/early':
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
        response.end('after hints\n')
        return
      case '/app/headers':
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(request.headers))
        return
      case '/app/held':
        this.#held.add(response)
        response.once('close', () => this.#held.delete(response))
        response.write('held\n')
        return
      default:
        sendFile(join(this.#root, path), response)
    }
  }
}

/** An app that listens on a free port of loopback, for servers that proxy to it. */
export interface Upstream {
  readonly app: App
  readonly port: number
  stop(): Promise<void>
}

export async function startUpstream(root: string): Promise<Upstream> {
  const app = new App(root)
  const server = createServer({ keepAliveTimeout: 0, maxHeaderSize: 64 * 1024 }, app.answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    app,
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function echo(request: AppRequest, response: AppResponse): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.once('end', () => {
    const body = Buffer.concat(pieces)
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', body.length)
    response.end(body)
  })
}

function count(request: AppRequest, response: AppResponse): void {
  const hash = createHash('sha256')
  let bytes = 0
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    hash.update(piece)
  })
  request.once('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }))
  })
}

function sendFile(path: string, response: AppResponse): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || !found.isFile()) {
    response.statusCode = 404
    response.end('not found\n')
    return
  }
  response.setHeader('content-length', found.size)
  pipeline(createReadStream(path), response, () => undefined)
}
