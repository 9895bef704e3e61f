/**
 * The receiving half of an HTTP/1 connection, in either role: bytes in, `H1Event`s out.
 *
 * The rule: `next` gives an event, throws a TransferError, or says `undefined`: not yet. Nothing here knows
 * of sockets, time or what was asked for beyond a request's method. After a throw the reader is broken for
 * good, because nobody can say where in the bytes the next message begins.
 */
import { invariant, unreachable } from '../base/invariant.ts'
import { Fields } from '../http/fields.ts'
import {
  PLAIN_READING,
  requestFraming,
  responseFraming,
  type BodyFraming,
  type ResponseFraming,
  type ResponseReading,
} from '../http/framing.ts'
import type { ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { ChunkedBodyReader } from './chunked-body-reader.ts'
import { headBeforeRefusal } from './cut-head.ts'
import type { H1Event } from './events.ts'
import { HeadReader } from './head-reader.ts'
import { malformed } from './malformed.ts'
import { UnreadBytes } from './unread-bytes.ts'

/**
 * `idle`: no message is awaited. `end-due`: the message is complete, and its `end` not handed out.
 * `framed`: chunked, and handed out as it is. `passed-on`: what follows is not HTTP/1, and is for `takeRest`.
 */
type ReaderState =
  'idle' | 'head' | 'length' | 'chunked' | 'framed' | 'trailers' | 'until-close' | 'end-due' | 'passed-on'

export class H1Reader {
  readonly #role: 'client' | 'server'
  readonly #unread = new UnreadBytes()
  readonly #head: HeadReader
  /** Made for the first chunked body. */
  #chunks: ChunkedBodyReader | undefined
  #state: ReaderState
  /** Methods of the requests whose responses are awaited; the first is being read, or next. */
  readonly #methods: string[] = []
  /** What each of these responses may be. */
  readonly #readings: ResponseReading[] = []
  #messages = 0
  #informational = 0
  /** Body bytes of the current message: handed out, and, where known, still to come. */
  #received = 0
  #left = 0
  /** A trailer section was read to its end. */
  #hasTrailers = false
  /** The response after whose head the connection speaks something else. */
  #isLast = false
  #hasEnded = false
  #failure: unknown
  /** Of a whole head that was refused. */
  #cutHead: ResponseHead | undefined

  constructor(role: 'client' | 'server') {
    this.#role = role
    this.#head = new HeadReader(role)
    this.#state = 'idle'
    if (role === 'server') this.#beginMessage()
  }

  /** Client: one more response is awaited, to a request of `method`. Several may be, in the order of the requests. */
  expectResponse(method: string, reading: ResponseReading = PLAIN_READING): void {
    invariant(this.#role === 'client', 'a server awaits no response')
    this.#methods.push(method)
    this.#readings.push(reading)
    if (this.#state === 'idle') this.#beginMessage()
  }

  /**
   * Hands received bytes over. The view stays the caller's and must be valid until `keep`, or until `next`
   * has said `undefined` while a response is awaited. An offer while bytes are unread copies both.
   */
  offer(view: Uint8Array): void {
    this.#unread.offer(view)
  }

  /** Copies what is unread, to be called before the offered view becomes invalid. Costs nothing when all is read. */
  keep(): void {
    this.#unread.keep()
  }

  /** The peer has ended: what `next` has no bytes for now ends the message, or is an error. */
  end(): void {
    this.#hasEnded = true
  }

  /**
   * The next event; undefined when more bytes are needed or no response is awaited. `data` points into the
   * offered view. Throws a TransferError with phase `receive`, and the same one ever after:
   * docs/http1-parsing.md lists which for what.
   */
  next(): H1Event | undefined {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#next()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /**
   * Client: the lines so far of a head that is not whole, or, when `next` threw for it, those before its flaw.
   * Undefined: there is not one, or it is no head that is being read.
   */
  get cutHead(): ResponseHead | undefined {
    return this.#cutHead ?? (this.#state === 'head' ? this.#head.cutHead(this.#unread) : undefined)
  }

  /** Bytes that were offered and not consumed. */
  get unread(): number {
    return this.#unread.count
  }

  /** Bytes of all heads of the present message so far: informational ones, the final one and trailers. */
  get headBytes(): number {
    return this.#head.headBytes
  }

  /** Whether no part of a message was read that is not over: what ends now is cut nowhere. */
  get isBetweenMessages(): boolean {
    if (this.#failure !== undefined) return false
    if (this.#state === 'idle') return true
    return this.#state === 'head' && this.#head.bytesRead === 0 && this.#informational === 0
  }

  /** The unread bytes, copied, for the protocol that follows (101, or 2xx to CONNECT). `next` gives nothing more. */
  takeRest(): Uint8Array {
    this.#state = 'passed-on'
    return this.#unread.takeRest()
  }

  #next(): H1Event | undefined {
    switch (this.#state) {
      case 'idle':
      case 'passed-on':
        return undefined
      case 'head':
        return this.#nextOfHead()
      case 'length':
        return this.#left === 0 ? this.#endMessage() : this.#nextOfLength()
      case 'chunked':
        return this.#nextOfChunks()
      case 'framed':
        return this.#nextOfFramed()
      case 'trailers':
        return this.#nextOfTrailers()
      case 'until-close':
        if (this.#unread.count > 0) return this.#data(this.#unread.count)
        return this.#hasEnded ? this.#endMessage() : undefined
      case 'end-due':
        return this.#endMessage()
      default:
        return unreachable(this.#state)
    }
  }

  #nextOfHead(): H1Event | undefined {
    if (this.#readings[0]?.takesHttp09 === true) {
      const kind = this.#kindOfAnswer()
      if (kind === 'unknown') return undefined
      if (kind === 'headless') return this.#headless()
    }
    if (!this.#head.read(this.#unread)) {
      if (this.#hasEnded) this.#checkEndInHead()
      return undefined
    }
    if (this.#role === 'server') {
      const head = this.#head.requestHead()
      const framing = requestFraming(head)
      this.#beginBody(framing)
      return { is: 'request', head, framing }
    }

    const head = this.#head.responseHead()
    if (head.status < 200 && head.status !== 101) {
      this.#informational += 1
      if (this.#informational > LIMITS.informationalResponses) throw tooManyInformational()
      this.#head.beginNextHead()
      return { is: 'informational', head }
    }
    const method = this.#methods[0]!
    const { framing, suspicious } = this.#framingOf(head, method)
    this.#isLast = head.status === 101 || (method === 'CONNECT' && head.status < 300)
    this.#beginBody(framing)
    return { is: 'response', head, framing, suspicious }
  }

  #framingOf(head: ResponseHead, method: string): ResponseFraming {
    const reading = this.#readings[0]!
    try {
      return responseFraming(method, head, reading)
    } catch (error) {
      this.#cutHead = headBeforeRefusal(head, (part) => responseFraming(method, part, reading))
      throw error
    }
  }

  /** Whether the first bytes of the connection are those of a head. Consumes nothing. */
  #kindOfAnswer(): 'head' | 'headless' | 'unknown' {
    if (this.#messages > 0 || this.#informational > 0 || this.#head.bytesRead > 0) return 'head'
    const { bytes, at, count } = this.#unread
    for (let place = 0; place < HTTP_NAME.length; place += 1) {
      if (place === count) return count === 0 ? 'head' : this.#hasEnded ? 'headless' : 'unknown'
      if (bytes[at + place] !== HTTP_NAME.charCodeAt(place)) return 'headless'
    }
    return 'head'
  }

  /** All that comes is the body (HTTP/0.9). */
  #headless(): H1Event {
    this.#beginBody({ is: 'until-close' })
    const head = { version: '0.9', status: 0, reason: '', fields: Fields.of(), raw: '' } as const
    return { is: 'response', head, framing: { is: 'until-close' }, suspicious: undefined }
  }

  #nextOfLength(): H1Event | undefined {
    const count = Math.min(this.#unread.count, this.#left)
    if (count > 0) {
      this.#left -= count
      return this.#data(count)
    }
    if (!this.#hasEnded) return undefined
    const received = this.#received
    const expected = received + this.#left
    throw malformed('PARTIAL_FILE', `end of stream after ${received} of ${expected} bytes`, {
      received,
      expected,
    })
  }

  #nextOfChunks(): H1Event | undefined {
    const chunks = this.#chunks!
    switch (chunks.read(this.#unread)) {
      case 'data': {
        const count = Math.min(this.#unread.count, chunks.left)
        chunks.left -= count
        return this.#data(count)
      }
      case 'trailers':
        this.#state = 'trailers'
        this.#head.beginTrailers()
        return this.#nextOfTrailers()
      default:
        return this.#checkEndInChunks()
    }
  }

  #nextOfTrailers(): H1Event | undefined {
    const { bytes, at, to } = this.#unread
    const isComplete = this.#head.read(this.#unread)
    if (isComplete) {
      this.#state = 'end-due'
      this.#hasTrailers = true
    }
    if (this.#keepsFraming && to > at) return this.#consumed(bytes, at, to)
    return isComplete ? this.#endMessage() : this.#checkEndInChunks()
  }

  /** The framing of chunks and their data, as one. */
  #nextOfFramed(): H1Event | undefined {
    const chunks = this.#chunks!
    const { bytes, at, to } = this.#unread
    const next = chunks.read(this.#unread)
    if (next === 'trailers') {
      this.#state = 'trailers'
      this.#head.beginTrailers()
    } else if (next === 'data') {
      const count = Math.min(this.#unread.count, chunks.left)
      chunks.left -= count
      this.#unread.take(count)
    }
    return to > at ? this.#consumed(bytes, at, to) : this.#checkEndInChunks()
  }

  /** What was read of `bytes[from, to)` as a piece of the body. */
  #consumed(bytes: Uint8Array, from: number, to: number): H1Event {
    const end = this.#unread.count === 0 ? to : this.#unread.at
    this.#received += end - from
    return { is: 'data', bytes: bytes.subarray(from, end) }
  }

  get #keepsFraming(): boolean {
    return this.#readings[0]?.keepsFraming === true
  }

  #data(count: number): H1Event {
    this.#received += count
    return { is: 'data', bytes: this.#unread.take(count) }
  }

  #checkEndInHead(): void {
    const received = this.#head.bytesRead
    if (received > 0)
      throw malformed('PARTIAL_FILE', `end of stream after ${received} bytes of a head`, { received })
    if (this.#role === 'server') return
    const informational = this.#informational
    // As curl, which does not count the bytes of 1xx either.
    const when =
      informational === 0 ? 'before a byte of the response' : `after ${informational} informational responses`
    throw malformed('GOT_NOTHING', `end of stream ${when}`, { informational })
  }

  #checkEndInChunks(): undefined {
    if (!this.#hasEnded) return undefined
    const received = this.#received
    throw malformed('PARTIAL_FILE', `end of stream after ${received} bytes of a chunked body`, {
      received,
    })
  }

  #beginMessage(): void {
    this.#state = 'head'
    this.#informational = 0
    this.#head.beginMessage(this.#messages > 0)
  }

  #beginBody(framing: BodyFraming): void {
    this.#received = 0
    switch (framing.is) {
      case 'none':
        this.#state = 'end-due'
        return
      case 'length':
        this.#state = 'length'
        this.#left = framing.bytes
        return
      case 'chunked':
        this.#state = this.#keepsFraming ? 'framed' : 'chunked'
        // A client is as lenient as curl: many servers get by with it, and it passes on nobody's requests.
        this.#chunks ??= new ChunkedBodyReader(this.#role === 'client')
        this.#chunks.begin()
        return
      case 'until-close':
        this.#state = 'until-close'
        return
      default:
        unreachable(framing)
    }
  }

  #endMessage(): H1Event {
    const trailers = this.#hasTrailers ? this.#head.fields() : undefined
    this.#hasTrailers = false
    this.#messages += 1
    this.#methods.shift()
    this.#readings.shift()
    this.#informational = 0
    this.#state = 'idle'
    this.#head.release()
    if (this.#isLast) this.#state = 'passed-on'
    else if (this.#role === 'server' || this.#methods.length > 0) this.#beginMessage()
    return trailers === undefined || trailers.count === 0 ? END : { is: 'end', trailers }
  }
}

function tooManyInformational(): Error {
  const limit = LIMITS.informationalResponses
  return malformed(
    'WEIRD_SERVER_REPLY',
    `more than ${limit} informational responses came before the final one`,
    { limit },
  )
}

const HTTP_NAME = 'HTTP/'
const END: H1Event = Object.freeze({ is: 'end', trailers: undefined })
