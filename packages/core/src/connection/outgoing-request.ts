/**
 * `OutgoingRequest`: a request as planned, in the form of each version of HTTP; a form is made when it is
 * first needed, and kept, so that repeating a request makes nothing anew.
 *
 * The rule: it is all that a driver is told of a request; it knows nothing of connections.
 */
import { writeRequestHead, type Spelling } from '../h1/head-writer.ts'
import type { HeaderList } from '../h2/hpack-encoder.ts'
import { requestList } from '../h2/messages.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseReading } from '../http/framing.ts'
import type { RequestHead } from '../http/message.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { KEY_FIELD } from '../websocket/handshake.ts'

export interface OutgoingRequestParts {
  /** The head as it is sent over HTTP/1. It must be one that can be written: `h1` throws otherwise. */
  readonly head: RequestHead
  /** Lines of it that are written with other blanks, over HTTP/1. */
  readonly spelling?: Spelling | undefined
  /** Lines that are no fields, behind those of the head, over HTTP/1. */
  readonly odd?: string
  /** How long the body is may be read in two ways: nothing follows it on its connection. */
  readonly isDoubtful?: boolean
  readonly scheme: 'http' | 'https'
  /** Host and port of the URL, for HTTP/2 where the head has no Host: a request must say where it goes (RFC 9113 8.3.1). */
  readonly authority: string
  /** The announced length of the body; undefined: unknown until it ends. */
  readonly bodyLength: number | undefined
  /** Whether the request asks for `100 Continue` before its body, over HTTP/1. */
  readonly asksFirst: boolean
  /** The fields with that question. */
  readonly expecting?: Fields | undefined
  /** Names, in lower case, of fields that no HPACK table may hold (RFC 7541 7.1.3). */
  readonly sensitive: ReadonlySet<string>
  /** The value of HTTP2-Settings, when the request asks to go on in HTTP/2 (RFC 7540 3.2). */
  readonly upgrade: string | undefined
  /** What its response may be, over HTTP/1. */
  readonly reading: ResponseReading
  /** Whether it asks for a WebSocket; then a key is added for each connection. */
  readonly webSocket: boolean
}

export class OutgoingRequest {
  readonly head: RequestHead
  readonly bodyLength: number | undefined
  readonly asksFirst: boolean
  /** Whether `Connection: close` is said, or HTTP/1.0 without keep-alive. */
  readonly asksToClose: boolean
  readonly #parts: OutgoingRequestParts
  #text: string
  #expectingText: string | undefined
  #upgradingText: string | undefined
  #list: HeaderList | undefined

  /** Throws BAD_FUNCTION_ARGUMENT when the head cannot be written. */
  constructor(parts: OutgoingRequestParts) {
    const { head } = parts
    this.#parts = parts
    this.head = head
    this.bodyLength = parts.bodyLength
    this.asksFirst = parts.asksFirst
    const { fields } = head
    this.asksToClose =
      parts.isDoubtful === true ||
      fields.lists('connection', 'close') ||
      (head.version === '1.0' && !fields.lists('connection', 'keep-alive'))
    this.#text = this.#written(head)
    const { requestHeadBytes: limitBytes } = LIMITS
    if (this.#text.length > limitBytes)
      throw new TransferError(
        'TOO_LARGE',
        `the head of the request is ${this.#text.length} bytes long, more than ${limitBytes}`,
        { limitBytes },
        { phase: 'setup' },
      )
  }

  get method(): string {
    return this.head.method
  }

  /** Whether HTTP/1 sends the body in chunks. */
  get isChunked(): boolean {
    return this.bodyLength === undefined
  }

  /** Whether the request offers to go on in HTTP/2. */
  get offersUpgrade(): boolean {
    return this.#parts.upgrade !== undefined
  }

  /** What its response may be, over HTTP/1. */
  get reading(): ResponseReading {
    return this.#parts.reading
  }

  /** Whether the request asks for a WebSocket. */
  get asksForWebSocket(): boolean {
    return this.#parts.webSocket
  }

  /** The HTTP/1 head, as Latin-1 text; with the key that was last sent, where there is one. */
  get text(): string {
    return this.#text
  }

  /** The same with `Expect: 100-continue`. */
  get expectingText(): string {
    const { head, expecting = head.fields } = this.#parts
    return (this.#expectingText ??= this.#written({ ...head, fields: expecting }))
  }

  /** The same with the offer to go on in HTTP/2, on a connection whose first request it is. */
  get upgradingText(): string {
    return (this.#upgradingText ??= this.#textWith([
      ['Upgrade', 'h2c'],
      ['HTTP2-Settings', this.#parts.upgrade!],
      ['Connection', 'Upgrade, HTTP2-Settings'],
    ]))
  }

  /** The HTTP/1 head with the key of one connection. */
  webSocketText(key: string): string {
    return (this.#text = this.#textWith([[KEY_FIELD, key]]))
  }

  /** The HTTP/2 head. */
  get list(): HeaderList {
    const { scheme, sensitive, authority } = this.#parts
    return (this.#list ??= requestList(this.head, scheme, sensitive, authority))
  }

  #textWith(added: readonly (readonly [string, string])[]): string {
    const fields = this.head.fields.copy()
    for (const [name, value] of added) fields.set(name, value)
    return this.#written({ ...this.head, fields })
  }

  #written(head: RequestHead): string {
    const { spelling, odd = '' } = this.#parts
    const text = writeRequestHead(head, spelling)
    return odd === '' ? text : `${text.slice(0, -2)}${odd}\r\n`
  }
}
