/**
 * A simulated exchange over HTTP/1.1: what a script sends, as bytes on a connection.
 *
 * The rule: bytes are written in the order of the calls; nothing is checked but what `SimExchange` promises.
 */
import { joined } from '../base/joined.ts'
import type { Clock, Milliseconds } from '../env/environment.ts'
import { chunkHead, CHUNK_TAIL, lastChunk } from '../h1/body-writer.ts'
import { writeResponseHead } from '../h1/head-writer.ts'
import type { RequestHead } from '../http/message.ts'
import {
  type SimExchange,
  type SimHeaders,
  type SimResponse,
  type SimResponseHead,
  type SimServerConnection,
  toBytes,
  toFields,
} from './sim-exchange.ts'
import { SimRequestBody, wholeResponse } from './sim-request-body.ts'
import { latin1Bytes } from './sim-bytes.ts'
import { acceptFields, SimWebSocket, type SimWebSocketOptions } from './sim-web-socket.ts'

export interface SimH1ExchangeParts {
  readonly request: RequestHead
  readonly connection: SimServerConnection
  readonly clock: Clock
  /** Fields that the server adds to each final head. */
  readonly added: readonly (readonly [string, string])[]
  /** Called once, when the response is complete. */
  ended(mustClose: boolean): void
}

export class SimH1Exchange implements SimExchange {
  readonly request: RequestHead
  readonly connection: SimServerConnection
  readonly stream = undefined
  readonly #parts: SimH1ExchangeParts
  readonly #body = new SimRequestBody()
  #isChunked = false
  #mustClose = false
  #hasEnded = false

  constructor(parts: SimH1ExchangeParts) {
    this.request = parts.request
    this.connection = parts.connection
    this.#parts = parts
  }

  body(): Promise<Uint8Array> {
    return this.#body.whole
  }

  informational(status: number, headers?: SimHeaders): void {
    this.#writeHead({ status, ...(headers === undefined ? {} : { headers }) }, [])
  }

  respond(response: SimResponse = {}): void {
    const { content, fields, isBodiless } = wholeResponse(response)
    this.head({ ...response, headers: fields })
    if (!isBodiless && this.request.method !== 'HEAD' && content.length > 0) {
      if (this.#isChunked) this.chunk(content)
      else this.write(content)
    }
    this.end()
  }

  head(head: SimResponseHead): void {
    const { status = 200, version = '1.1' } = head
    const fields = this.#writeHead(head, this.#parts.added)
    const hasBody = this.request.method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304
    const coding = fields.tokens('transfer-encoding')
    this.#isChunked = hasBody && coding.at(-1) === 'chunked'
    const isUntilClose = hasBody && !this.#isChunked && (coding.length > 0 || !fields.has('content-length'))
    const wishes = fields.tokens('connection')
    const isOld = version === '1.0' || this.request.version === '1.0'
    this.#mustClose =
      isUntilClose ||
      wishes.includes('close') ||
      this.request.fields.lists('connection', 'close') ||
      (isOld && !wishes.includes('keep-alive'))
  }

  write(bytes: Uint8Array | string): void {
    this.connection.write(toBytes(bytes))
  }

  chunk(bytes: Uint8Array | string): void {
    const content = toBytes(bytes)
    // A chunk of no bytes would be the last one.
    if (content.length === 0) return
    this.connection.write(joined([toBytes(chunkHead(content.length)), content, toBytes(CHUNK_TAIL)]))
  }

  end(trailers?: SimHeaders): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#isChunked) this.connection.write(lastChunk(toFields(trailers)))
    this.#parts.ended(this.#mustClose)
  }

  webSocket(options: SimWebSocketOptions = {}): SimWebSocket {
    const { behind = NOTHING } = options
    const fields = toFields(acceptFields(this.request, options))
    const head = writeResponseHead({ status: 101, version: '1.1', reason: 'Switching Protocols', fields })
    this.connection.write(joined([latin1Bytes(head), behind]))
    const { stream, unread } = this.connection.takeOver()
    return new SimWebSocket(stream, unread, options)
  }

  reset(): void {
    this.connection.reset()
  }

  sleep(ms: Milliseconds): Promise<void> {
    const { clock } = this.#parts
    return new Promise((resolve) => clock.at(clock.now() + ms, resolve))
  }

  // From the connection

  /** A piece of the request body; the view is copied. */
  receive(view: Uint8Array): void {
    this.#body.receive(view)
  }

  /** The request body is complete. */
  receivedAll(): void {
    this.#body.end()
  }

  /** The connection is gone. */
  lost(): void {
    this.#body.lose()
  }

  #writeHead(
    head: SimResponseHead,
    added: readonly (readonly [string, string])[],
  ): ReturnType<typeof toFields> {
    const { status = 200, version = '1.1', reason = status === 200 ? 'OK' : '' } = head
    const fields = toFields(head.headers)
    for (const [name, value] of added) if (!fields.has(name)) fields.append(name, value)
    this.connection.write(writeResponseHead({ status, version, reason, fields }))
    return fields
  }
}

const NOTHING = new Uint8Array(0)
