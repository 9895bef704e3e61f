/**
 * A simulated exchange over HTTP/2: what a script sends, as frames of a stream.
 *
 * The rule: frames are made in the order of the calls; what HTTP/2 does not have (reasons, chunks, fields of
 * the connection) is left out, so that one script serves both versions.
 */
import type { Clock, Milliseconds } from '../env/environment.ts'
import type { H2Stream } from '../h2/h2-stream.ts'
import { responseList, trailerList } from '../h2/messages.ts'
import type { H2ErrorName } from '../h2/protocol.ts'
import type { H2Session } from '../h2/session.ts'
import type { RequestHead } from '../http/message.ts'
import { copied } from './sim-bytes.ts'
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

export interface SimH2ExchangeParts {
  readonly request: RequestHead
  readonly connection: SimServerConnection
  readonly clock: Clock
  readonly session: H2Session<undefined>
  readonly stream: H2Stream<undefined>
  /** Called once, when the response is complete. */
  ended(): void
  /** Called once, when the script has broken the stream off. */
  wasReset(): void
}

export class SimH2Exchange implements SimExchange {
  readonly request: RequestHead
  readonly connection: SimServerConnection
  readonly #parts: SimH2ExchangeParts
  readonly #body = new SimRequestBody()
  /** Nothing more may be sent. */
  #isOver = false
  #isLost = false

  constructor(parts: SimH2ExchangeParts) {
    this.request = parts.request
    this.connection = parts.connection
    this.#parts = parts
  }

  /** Whether the stream is gone, so that nobody hears what is said. */
  get isLost(): boolean {
    return this.#isLost
  }

  get stream(): number {
    return this.#parts.stream.id
  }

  body(): Promise<Uint8Array> {
    return this.#body.whole
  }

  informational(status: number, headers?: SimHeaders): void {
    this.#respond({ status, ...(headers === undefined ? {} : { headers }) }, false)
  }

  respond(response: SimResponse = {}): void {
    const { content, fields, isBodiless } = wholeResponse(response)
    const isHeadOnly = isBodiless || this.request.method === 'HEAD' || content.length === 0
    const { session, stream } = this.#parts
    this.#respond({ ...response, headers: fields }, isHeadOnly)
    if (!isHeadOnly && !this.#isOver) session.write(stream, copied(content), true)
    this.#end()
  }

  head(head: SimResponseHead): void {
    this.#respond(head, false)
  }

  write(bytes: Uint8Array | string): void {
    const { session, stream } = this.#parts
    if (!this.#isOver) session.write(stream, copied(toBytes(bytes)))
  }

  chunk(bytes: Uint8Array | string): void {
    this.write(bytes)
  }

  end(trailers?: SimHeaders): void {
    if (this.#isOver) return
    const { session, stream } = this.#parts
    session.end(stream, trailers === undefined ? undefined : trailerList(toFields(trailers)))
    this.#end()
  }

  webSocket(): never {
    throw new Error('webSocket() over HTTP/2, where there is no 101')
  }

  reset(code: H2ErrorName = 'CANCEL'): void {
    const { session, stream, wasReset } = this.#parts
    session.reset(stream, code)
    this.lost()
    wasReset()
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

  /** The stream is gone: nothing that is sent goes anywhere. */
  lost(): void {
    this.#isOver = this.#isLost = true
    this.#body.lose()
  }

  #respond({ status = 200, headers }: SimResponseHead, isLast: boolean): void {
    const { session, stream } = this.#parts
    if (!this.#isOver) session.respond(stream, responseList(status, toFields(headers)), isLast)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.ended()
  }
}
