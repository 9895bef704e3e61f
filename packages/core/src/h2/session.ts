/**
 * `H2Session`: one end of an HTTP/2 connection (RFC 9113), in either role, without I/O: bytes in, calls to a
 * listener out; requests in, bytes out.
 *
 * The rule: nothing here knows of sockets, options or time beyond the `now` that comes with received bytes. A
 * mistake of the peer ends one stream where the RFC allows it, else the session; a paused stream holds up
 * nobody; all that a peer can make it keep is bounded by LIMITS. Whoever is called may call back.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { latin1 } from '../base/ascii.ts'
import { invariant } from '../base/invariant.ts'
import type { Milliseconds } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { FloodGuard } from './flood-guard.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import {
  writeGoaway,
  writeHeaders,
  writePing,
  writePriorityUpdate,
  writeReset,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from './frame-writer.ts'
import { H2Stream } from './h2-stream.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder, type HeaderList } from './hpack-encoder.ts'
import { readRequest, readResponse, readTrailers, type ReceivedRequest } from './messages.ts'
import { Outflow } from './outflow.ts'
import { CLIENT_SETTINGS, PeerSettings, readSettings } from './settings.ts'
import {
  CLIENT_PREFACE,
  errorName,
  FIRST_WINDOW,
  FLAG,
  FRAME,
  FRAME_RULES,
  H2_ERRORS,
  LAST_STREAM_ID,
  MAX_WINDOW,
  MIN_FRAME_SIZE,
  SETTING,
  type H2ErrorName,
} from './protocol.ts'
import { AFTER_END, RECEPTION, type Reception, type StreamFrame, type StreamState } from './stream-states.ts'
import { StreamTable } from './stream-table.ts'
import { connectionError, streamError } from './violation.ts'
import { WindowTuner } from './window-tuner.ts'

/** Who is told. Calls come one at a time, from inside a call of the session. */
export interface H2Listener<Owner> {
  /** Server: a request begins. `isLast`: it has no body. */
  request?(stream: H2Stream<Owner>, head: RequestHead, isLast: boolean): void
  /** Client: a 1xx head. `headBytes`: of all heads of this response so far, as if they were HTTP/1. */
  informational?(stream: H2Stream<Owner>, head: ResponseHead, headBytes: number): void
  /** Client: the final head. `length`: of the body; -1: unknown. */
  response?(stream: H2Stream<Owner>, head: ResponseHead, length: number, headBytes: number): void
  /** A piece of the body, valid during the call only. Not called while the stream is paused. */
  data(stream: H2Stream<Owner>, bytes: Uint8Array): void
  /** The peer's message is complete, and all of it delivered. */
  streamEnded(stream: H2Stream<Owner>, trailers: Fields | undefined): void
  /** The stream is over before its messages were. Details: `h2`, `stream`, and `unsent` when nothing was acted on. */
  streamFailed(stream: H2Stream<Owner>, error: TransferError): void
  /** Our message is framed to its end. */
  sentEnd?(stream: H2Stream<Owner>): void
  /** All that was written is framed. Comes after a `write` that answered false. */
  writable(stream: H2Stream<Owner>): void
  /** The peer's settings are here, or have changed. */
  settingsChanged(): void
  /** The peer takes no new streams; those above what it names have failed by the time the next call comes. */
  goingAway(error: TransferError, isGraceful: boolean): void
  /** A PING of ours was answered. */
  pong(): void
  /** The peer broke the protocol: the session is over, its GOAWAY waits in the output. Streams are still listed. */
  broken(error: TransferError): void
  /** There is output to be taken, where there was none. */
  outputReady(): void
}

export interface H2SessionSettings {
  readonly role: 'client' | 'server'
  /** Server: streams that the peer may have open. */
  readonly maxConcurrentStreams?: number
  /** The first id given to a stream of ours; default 1 (2 for a server). */
  readonly firstStreamId?: number
  /** Bytes of a field section that are taken. */
  readonly maxListBytes?: number
}

/** PINGs by their payload: those that measure a round trip, and those that ask for a sign of life. */
const PROBE = new Uint8Array([0x74, 0x6c, 0x77, 0x69, 0x6e, 0x64, 0x6f, 0x77])
const UPKEEP = new Uint8Array([0x74, 0x6c, 0x75, 0x70, 0x6b, 0x65, 0x65, 0x70])

export class H2Session<Owner> implements FrameSink {
  readonly peer = new PeerSettings()
  readonly #role: 'client' | 'server'
  readonly #settings: H2SessionSettings
  readonly #listener: H2Listener<Owner>
  readonly #out = new ByteWriter()
  readonly #reader = new FrameReader(this, MIN_FRAME_SIZE)
  readonly #decoder = new HpackDecoder(LIMITS.hpackTableBytes)
  readonly #encoder = new HpackEncoder(LIMITS.hpackTableBytes)
  readonly #guard = new FloodGuard()
  readonly #tuner = new WindowTuner<H2Stream<Owner>>()
  readonly #streams = new StreamTable<H2Stream<Owner>>()
  readonly #outflow: Outflow<Owner>
  /** Ids of streams that we gave up, and whose late frames are passed over. */
  readonly #given = new Set<number>()
  /** The highest id that was too many for it: up to here, all late frames are passed over. */
  #forgottenId = 0
  #nextId: number
  #lastPeerId = 0
  /** Streams that the peer has opened and that are not over. */
  #peerStreams = 0
  /** The highest id that the peer's GOAWAY takes; undefined: it has sent none. */
  #goawayId: number | undefined
  /** The highest id that our own GOAWAY takes. */
  #ownGoawayId = LAST_STREAM_ID
  #now: Milliseconds = 0
  #prefaceLeft: number
  #hasSettings = false
  #isBroken = false
  #isReceiving = false
  #hasOutput = false
  /** What the peer may send on the connection, and what of it is not given back yet. */
  #allowed: number = LIMITS.h2ConnectionWindow
  #taken = 0
  /** A header block under way: its stream, the flags of its HEADERS, what came of it. */
  #blockStream = 0
  #blockFlags = 0
  #continuations = 0
  readonly #block = new ByteWriter()
  /** The DATA frame under way. */
  #dataStream: H2Stream<Owner> | undefined
  #dataLength = 0
  #dataLeft = 0
  /** Acknowledgements since the socket is blocked. */
  #pingAcks = 0
  #settingsAcks = 0

  constructor(settings: H2SessionSettings, listener: H2Listener<Owner>) {
    this.#role = settings.role
    this.#settings = settings
    this.#listener = listener
    this.#nextId = settings.firstStreamId ?? (settings.role === 'client' ? 1 : 2)
    this.#prefaceLeft = settings.role === 'client' ? 0 : CLIENT_PREFACE.length
    this.#outflow = new Outflow({
      out: this.#out,
      encoder: this.#encoder,
      guard: this.#guard,
      ended: (stream) => this.#sentEnd(stream),
      writable: (stream) => listener.writable(stream),
    })
  }

  /** Writes what comes first: the preface, SETTINGS and the connection's window. */
  begin(): void {
    if (this.#role === 'client') this.#out.latin1(CLIENT_PREFACE)
    writeSettings(this.#out, this.#announced())
    writeWindowUpdate(this.#out, 0, LIMITS.h2ConnectionWindow - FIRST_WINDOW)
    this.#noteOutput()
  }

  /** Streams that are not over. */
  get streamCount(): number {
    return this.#streams.size
  }

  /** All streams that are not over, oldest first. */
  streams(): H2Stream<Owner>[] {
    return this.#streams.all()
  }

  /** Whether a further stream may be opened, as far as ids, GOAWAY and mistakes go. */
  get takesStreams(): boolean {
    return !this.#isBroken && this.#goawayId === undefined && this.#nextId <= LAST_STREAM_ID
  }

  // ---- Output --------------------------------------------------------------------------------------

  /** What is to be sent; empty: nothing. */
  takeOutput(): Uint8Array {
    this.#hasOutput = false
    return this.#out.take()
  }

  /** Frames more of what waits for room in the output. */
  pump(): void {
    this.#outflow.pump()
  }

  /** The socket takes no more than this for now: DATA waits until `unblock`. */
  block(): void {
    this.#outflow.isBlocked = true
  }

  /** The socket takes more. */
  unblock(): void {
    this.#outflow.isBlocked = false
    this.#pingAcks = this.#settingsAcks = 0
    this.#outflow.pump()
    this.#noteOutput()
  }

  // ---- Streams -------------------------------------------------------------------------------------

  /** Client: opens a stream with a request. `isLast`: no body follows. */
  request(list: HeaderList, isLast: boolean, owner: Owner): H2Stream<Owner> {
    invariant(this.takesStreams, 'a stream was opened on a session that takes none')
    const stream = new H2Stream(this.#nextId, owner, this.peer.initialWindow)
    this.#nextId += 2
    this.#streams.add(stream)
    writeHeaders(this.#out, stream.id, this.#encoder, list, isLast, MIN_FRAME_SIZE)
    if (isLast) stream.state = AFTER_END[stream.state].sent
    this.#noteOutput()
    return stream
  }

  /** Client: stream 1 of a connection that was upgraded from HTTP/1.1 (RFC 7540 3.2): its request is sent. */
  adoptFirst(owner: Owner): H2Stream<Owner> {
    const stream = new H2Stream(1, owner, this.peer.initialWindow)
    stream.state = 'half-closed-local'
    this.#nextId = 3
    this.#streams.add(stream)
    return stream
  }

  /** Server: a head. `isLast`: nothing follows it. */
  respond(stream: H2Stream<Owner>, list: HeaderList, isLast: boolean): void {
    if (!canSend(stream)) return
    writeHeaders(this.#out, stream.id, this.#encoder, list, isLast, MIN_FRAME_SIZE)
    if (this.#role === 'server') this.#guard.earned(10)
    if (isLast) this.#sentEnd(stream)
    this.#noteOutput()
  }

  /**
   * Sends a piece of a body, which must stay unchanged until it is sent. `isLast`: the message ends with it.
   * False: no more until `writable`.
   */
  write(stream: H2Stream<Owner>, bytes: Uint8Array, isLast = false): boolean {
    if (!canSend(stream)) return true
    const takesMore = this.#outflow.write(stream, bytes, isLast)
    this.#noteOutput()
    return takesMore
  }

  /** Ends our message. */
  end(stream: H2Stream<Owner>, trailers?: HeaderList): void {
    if (!canSend(stream)) return
    stream.trailers = trailers
    this.#outflow.end(stream)
    this.#noteOutput()
  }

  /** Gives a stream up; its owner hears nothing more. */
  reset(stream: H2Stream<Owner>, code: H2ErrorName): void {
    stream.endDue = stream.backlog = undefined
    if (stream.state === 'closed') return
    writeReset(this.#out, stream.id, code)
    this.#noteGiven(stream.id)
    this.#close(stream)
    this.#noteOutput()
  }

  /** Holds back what the stream receives from now on; at most its window is kept. */
  pause(stream: H2Stream<Owner>): void {
    stream.isPaused = true
  }

  /** Delivers what was held back, and what comes. */
  resume(stream: H2Stream<Owner>): void {
    stream.isPaused = false
    this.#deliverBacklog(stream)
    this.#noteOutput()
  }

  /** Client: changes the priority of a stream (RFC 9218 7.1); `value` as in a Priority field. */
  reprioritize(stream: H2Stream<Owner>, value: string): void {
    if (stream.state === 'closed') return
    writePriorityUpdate(this.#out, stream.id, value)
    this.#noteOutput()
  }

  /** Asks for a sign of life; the listener's `pong` tells of the answer. */
  ping(): void {
    writePing(this.#out, UPKEEP, false)
    this.#noteOutput()
  }

  /** Says that no more streams are wanted (RFC 9113 6.8). */
  goaway(code: H2ErrorName = 'NO_ERROR', lastStreamId = this.#lastPeerId): void {
    // What was said to be refused stays refused: the peer may have sent it elsewhere by now.
    this.#ownGoawayId = Math.min(this.#ownGoawayId, lastStreamId)
    writeGoaway(this.#out, this.#ownGoawayId, code)
    this.#noteOutput()
  }

  // ---- Input ---------------------------------------------------------------------------------------

  /** Takes received bytes. The listener hears of all that is in them, of a mistake by `broken`. */
  receive(view: Uint8Array, now: Milliseconds): void {
    if (this.#isBroken) return
    this.#now = now
    this.#isReceiving = true
    try {
      const rest = this.#prefaceLeft > 0 ? this.#readPreface(view) : view
      this.#reader.receive(rest)
    } catch (error) {
      if (!isTransferError(error)) throw error
      this.#break(this.#hasSettings || this.#role === 'server' ? error : notHttp2(error))
    } finally {
      this.#isReceiving = false
    }
    this.#outflow.pump()
    this.#noteOutput()
  }

  /** The peer's SETTINGS as `HTTP2-Settings` carries them, for a server that upgrades; the payload only. */
  takeSettings(payload: Uint8Array): void {
    this.#applySettings(payload)
  }

  // FrameSink

  /** @internal */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (this.#blockStream > 0 && (type !== FRAME.CONTINUATION || streamId !== this.#blockStream))
      throw connectionError('PROTOCOL_ERROR', `${nameOf(type)} came within a header block`)
    if (!this.#hasSettings && (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0))
      throw connectionError(
        'PROTOCOL_ERROR',
        `${type === FRAME.SETTINGS ? 'an acknowledgement' : nameOf(type)} came before SETTINGS`,
      )
    switch (type) {
      case FRAME.HEADERS:
        this.#headers(flags, streamId, payload)
        return
      case FRAME.CONTINUATION:
        this.#continuation(flags, payload)
        return
      case FRAME.RST_STREAM:
        this.#rstStream(streamId, uint32(payload, 0))
        return
      case FRAME.SETTINGS:
        this.#settingsFrame(flags, payload)
        return
      case FRAME.PING:
        this.#pingFrame(flags, payload)
        return
      case FRAME.GOAWAY:
        this.#goawayFrame(payload)
        return
      case FRAME.WINDOW_UPDATE:
        this.#windowUpdate(streamId, uint32(payload, 0) & 0x7fffffff)
        return
      case FRAME.PUSH_PROMISE:
        throw connectionError('PROTOCOL_ERROR', 'PUSH_PROMISE came, though push is switched off')
      case FRAME.PRIORITY:
        this.#priority(streamId, payload)
        return
      default:
        this.#guard.useless(this.#now)
    }
  }

  /** @internal */
  dataBegins(streamId: number, length: number): boolean {
    if (this.#blockStream > 0) throw connectionError('PROTOCOL_ERROR', 'DATA came within a header block')
    if (!this.#hasSettings) throw connectionError('PROTOCOL_ERROR', 'DATA came before SETTINGS')
    this.#takeWindow(length)
    this.#dataLeft = this.#dataLength = length
    this.#dataStream = undefined
    const stream = this.#receiver(streamId, 'DATA')
    if (stream === undefined) {
      // What is late was sent in good faith, when there is something in it.
      if (length === 0) this.#guard.useless(this.#now)
      return false
    }
    stream.allowed -= length
    if (stream.allowed < 0) {
      const text = `DATA of ${length} bytes exceeds the window of stream ${streamId}`
      this.#fail(stream, streamError('FLOW_CONTROL_ERROR', text, { stream: streamId, length }))
      return false
    }
    if (!stream.hasHead) {
      this.#fail(stream, streamError('PROTOCOL_ERROR', 'DATA came before the final head'))
      return false
    }
    this.#dataStream = stream
    return true
  }

  /** @internal */
  dataBytes(bytes: Uint8Array): void {
    const stream = this.#dataStream!
    if (!canReceive(stream.state)) {
      // It was given up since the frame began.
      this.#dataStream = undefined
      this.#reader.skipData()
      return
    }
    this.#dataLeft -= bytes.length
    stream.received += bytes.length
    if (stream.expected >= 0 && stream.received > stream.expected) {
      this.#dataStream = undefined
      this.#reader.skipData()
      this.#fail(stream, wrongLength(stream.received, stream.expected))
      return
    }
    this.#deliver(stream, bytes)
    if (stream.state === 'closed') {
      this.#dataStream = undefined
      this.#reader.skipData()
    }
  }

  /** @internal */
  dataEnds(flags: number): void {
    const stream = this.#dataStream
    this.#dataStream = undefined
    if (stream === undefined) return
    // Padding is consumed as it comes.
    if (this.#dataLeft > 0) this.#giveBack(stream, this.#dataLeft)
    if ((flags & FLAG.END_STREAM) !== 0) this.#receivedEnd(stream, undefined)
    else if (this.#dataLeft < this.#dataLength) this.#received(1)
    // CVE-2019-9518; padding alone moves nothing, either.
    else this.#guard.useless(this.#now)
  }

  // ---- Heads ---------------------------------------------------------------------------------------

  #headers(flags: number, streamId: number, payload: Uint8Array): void {
    let from = 0
    let to = payload.length
    if ((flags & FLAG.PADDED) !== 0) {
      if (to < 1) throw connectionError('FRAME_SIZE_ERROR', 'padded HEADERS without a pad length')
      to -= payload[0]!
      from = 1
    }
    if ((flags & FLAG.PRIORITY) !== 0) from += 5
    if (from > payload.length)
      throw connectionError('FRAME_SIZE_ERROR', `HEADERS of ${payload.length} bytes end within the priority`)
    if (from > to) throw connectionError('PROTOCOL_ERROR', 'the padding of HEADERS is longer than the frame')
    const block = from === 0 && to === payload.length ? payload : payload.subarray(from, to)
    if ((flags & FLAG.END_HEADERS) !== 0) {
      this.#headerBlock(flags, streamId, block)
      return
    }
    this.#blockStream = streamId
    this.#blockFlags = flags
    this.#continuations = 0
    this.#block.clear()
    this.#block.set(block)
  }

  #continuation(flags: number, payload: Uint8Array): void {
    const streamId = this.#blockStream
    if (streamId === 0) throw connectionError('PROTOCOL_ERROR', 'CONTINUATION came outside a header block')
    this.#continuations += 1
    if (
      this.#continuations > LIMITS.h2Continuations ||
      this.#block.length + payload.length > this.#maxListBytes
    ) {
      throw connectionError(
        'ENHANCE_YOUR_CALM',
        `a header block of more than ${LIMITS.h2Continuations} CONTINUATION frames or ${this.#maxListBytes} bytes`,
      )
    }
    this.#block.set(payload)
    if ((flags & FLAG.END_HEADERS) === 0) return
    this.#blockStream = 0
    this.#headerBlock(this.#blockFlags, streamId, this.#block.take())
  }

  #headerBlock(flags: number, streamId: number, block: Uint8Array): void {
    const isNew = this.#role === 'server' && this.#isOpenedBy(streamId)
    const stream = isNew ? undefined : this.#receiver(streamId, 'HEADERS')
    if (stream !== undefined) this.#received(10)
    else if (block.length === 0) this.#guard.useless(this.#now)
    // Decoded whatever becomes of it, for both ends' tables must stay in step.
    const fieldsLeft = LIMITS.responseFields - (stream?.fieldCount ?? 0)
    const pairs = this.#decoder.decode(block, this.#maxListBytes, fieldsLeft)
    const isLast = (flags & FLAG.END_STREAM) !== 0
    if (isNew) {
      this.#openedByPeer(streamId, pairs, isLast)
      return
    }
    if (stream === undefined) return
    if (!this.#countHead(stream, pairs)) {
      this.#fail(
        stream,
        new TransferError(
          'TOO_LARGE',
          `the heads of one message exceed ${this.#maxListBytes} bytes or ${LIMITS.responseFields} fields`,
          { limit: this.#maxListBytes, h2: 'ENHANCE_YOUR_CALM' },
          { phase: 'receive' },
        ),
      )
      return
    }
    try {
      if (stream.hasHead) this.#trailers(stream, pairs, isLast)
      else this.#responseHead(stream, pairs, isLast)
    } catch (error) {
      if (!isTransferError(error) || error.code !== 'HTTP2_STREAM') throw error
      this.#fail(stream, error)
    }
  }

  /** Counts the block decoded last among the heads of a message. False: that is too much. */
  #countHead(stream: H2Stream<Owner>, pairs: readonly string[]): boolean {
    const count = pairs.length / 2
    stream.fieldCount += count
    // As HTTP/1 would have it: name, colon, blank, value, line end; HPACK's size counts 32 for each.
    stream.headBytes += this.#decoder.listBytes - 28 * count
    return !this.#decoder.isTooLarge && stream.headBytes <= this.#maxListBytes
  }

  #responseHead(stream: H2Stream<Owner>, pairs: readonly string[], isLast: boolean): void {
    const { head, length } = readResponse(pairs, stream.ignoresLength)
    if (head.status < 200) {
      if (isLast || head.status === 101)
        throw streamError(
          'PROTOCOL_ERROR',
          `status ${head.status} ${isLast ? 'ended the stream' : 'does not exist in HTTP/2'}`,
        )
      stream.informational += 1
      if (stream.informational > LIMITS.informationalResponses)
        throw streamError(
          'PROTOCOL_ERROR',
          `more than ${LIMITS.informationalResponses} informational responses came`,
        )
      this.#listener.informational?.(stream, head, stream.headBytes)
      return
    }
    stream.hasHead = true
    const hasBody = !stream.isBodiless && head.status !== 204 && head.status !== 304
    if (!hasBody) stream.expected = 0
    else stream.expected = length
    if (isLast && stream.expected > 0) throw wrongLength(0, stream.expected)
    this.#listener.response?.(stream, head, isLast || !hasBody ? 0 : length, stream.headBytes)
    if (isLast) this.#receivedEnd(stream, undefined)
  }

  #trailers(stream: H2Stream<Owner>, pairs: readonly string[], isLast: boolean): void {
    if (!isLast) throw streamError('PROTOCOL_ERROR', 'HEADERS came within a body')
    const trailers = readTrailers(pairs)
    this.#receivedEnd(stream, trailers.count === 0 ? undefined : trailers)
  }

  #openedByPeer(streamId: number, pairs: readonly string[], isLast: boolean): void {
    this.#lastPeerId = streamId
    if (streamId > this.#ownGoawayId) {
      this.#guard.useless(this.#now)
      this.#noteGiven(streamId)
      return
    }
    const { maxConcurrentStreams = Infinity } = this.#settings
    if (this.#peerStreams >= maxConcurrentStreams) {
      this.#guard.useless(this.#now)
      writeReset(this.#out, streamId, 'REFUSED_STREAM')
      this.#noteGiven(streamId)
      return
    }
    const stream = new H2Stream<Owner>(streamId, undefined as Owner, this.peer.initialWindow)
    this.#streams.add(stream)
    this.#peerStreams += 1
    const request = this.#countHead(stream, pairs) ? readRequestOrNone(pairs, isLast) : undefined
    if (request === undefined) {
      this.#guard.useless(this.#now)
      this.reset(stream, this.#decoder.isTooLarge ? 'ENHANCE_YOUR_CALM' : 'PROTOCOL_ERROR')
      return
    }
    stream.hasHead = true
    stream.expected = request.length
    this.#listener.request?.(stream, request.head, isLast)
    if (isLast) this.#receivedEnd(stream, undefined)
  }

  // ---- Bodies --------------------------------------------------------------------------------------

  #deliver(stream: H2Stream<Owner>, bytes: Uint8Array): void {
    if (stream.isPaused || stream.backlog !== undefined) {
      hold((stream.backlog ??= []), bytes)
      return
    }
    this.#giveBack(stream, bytes.length)
    this.#listener.data(stream, bytes)
  }

  #deliverBacklog(stream: H2Stream<Owner>): void {
    if (stream.isDelivering) return // The loop below goes on by itself.
    stream.isDelivering = true
    while (!stream.isPaused && stream.backlog !== undefined) {
      const piece = stream.backlog.shift()
      if (piece === undefined) {
        stream.backlog = undefined
        break
      }
      this.#giveBack(stream, piece.length)
      this.#listener.data(stream, piece)
    }
    stream.isDelivering = false
    const end = stream.endDue
    if (end !== undefined && !stream.isPaused && stream.backlog === undefined) {
      stream.endDue = undefined
      this.#listener.streamEnded(stream, end.trailers)
    }
  }

  /** END_STREAM came. */
  #receivedEnd(stream: H2Stream<Owner>, trailers: Fields | undefined): void {
    if (stream.state === 'closed') return
    if (stream.expected >= 0 && stream.received !== stream.expected) {
      this.#fail(stream, wrongLength(stream.received, stream.expected))
      return
    }
    this.#setState(stream, AFTER_END[stream.state].received)
    if (stream.isPaused || stream.backlog !== undefined) stream.endDue = { trailers }
    else this.#listener.streamEnded(stream, trailers)
  }

  /** Our END_STREAM is in the output. */
  #sentEnd(stream: H2Stream<Owner>): void {
    stream.isEnding = false
    this.#setState(stream, AFTER_END[stream.state].sent)
    this.#listener.sentEnd?.(stream)
  }

  // ---- Windows -------------------------------------------------------------------------------------

  /** Counts DATA against the connection's window, and gives it back: what is not consumed counts at its stream. */
  #takeWindow(length: number): void {
    this.#allowed -= length
    if (this.#allowed < 0)
      throw connectionError(
        'FLOW_CONTROL_ERROR',
        `DATA of ${length} bytes exceeds the window of the connection`,
        { length },
      )
    this.#taken += length
    if (this.#taken * 2 < LIMITS.h2ConnectionWindow) return
    writeWindowUpdate(this.#out, 0, this.#taken)
    this.#allowed += this.#taken
    this.#taken = 0
  }

  /** The owner of a stream has consumed `count` bytes. */
  #giveBack(stream: H2Stream<Owner>, count: number): void {
    stream.consumed += count
    if (stream.consumed * 2 < stream.window || !canReceive(stream.state)) return
    this.#widen(stream, this.#tuner.grow(stream, this.#streams.size))
    if (this.#tuner.probe(stream)) writePing(this.#out, PROBE, false)
  }

  /** Those that have received little do not need it yet. */
  #growAll(): void {
    const count = this.#streams.size
    for (const stream of this.#streams.all()) {
      if (!canReceive(stream.state) || stream.received * 2 < LIMITS.h2FirstStreamWindow) continue
      const growth = this.#tuner.grow(stream, count)
      if (growth > 0) this.#widen(stream, growth)
    }
  }

  #widen(stream: H2Stream<Owner>, growth: number): void {
    const increment = stream.consumed + growth
    stream.consumed = 0
    stream.allowed += increment
    writeWindowUpdate(this.#out, stream.id, increment)
  }

  #windowUpdate(streamId: number, increment: number): void {
    this.#guard.useless(this.#now)
    if (streamId === 0) {
      this.#outflow.widen(increment)
      return
    }
    const stream = this.#receiver(streamId, 'WINDOW_UPDATE')
    if (stream === undefined) return
    if (increment === 0) {
      this.#fail(stream, streamError('PROTOCOL_ERROR', 'WINDOW_UPDATE of 0'))
      return
    }
    this.#widenStream(stream, increment)
  }

  #widenStream(stream: H2Stream<Owner>, increment: number): void {
    try {
      this.#outflow.widenStream(stream, increment)
    } catch (error) {
      this.#fail(stream, error as TransferError)
    }
  }

  // ---- The connection ------------------------------------------------------------------------------

  #settingsFrame(flags: number, payload: Uint8Array): void {
    this.#guard.useless(this.#now)
    if ((flags & FLAG.ACK) !== 0) {
      if (payload.length > 0)
        throw connectionError('FRAME_SIZE_ERROR', 'an acknowledgement of SETTINGS has a payload')
      return
    }
    this.#hasSettings = true
    this.#applySettings(payload)
    this.#countReply((this.#settingsAcks += 1), 'SETTINGS')
    writeSettingsAck(this.#out)
    this.#listener.settingsChanged()
  }

  #applySettings(payload: Uint8Array): void {
    const before = this.peer.initialWindow
    for (const [id, value] of readSettings(payload)) {
      this.peer.set(id, value, this.#role)
      // Each by itself, for the smallest one in between counts (RFC 7541 4.2).
      if (id === SETTING.HEADER_TABLE_SIZE) this.#encoder.setPeerLimit(value)
    }
    const change = this.peer.initialWindow - before
    if (change === 0) return
    for (const stream of this.#streams.all()) {
      if (stream.sendWindow + change > MAX_WINDOW)
        throw connectionError(
          'FLOW_CONTROL_ERROR',
          `SETTINGS grew the window of stream ${stream.id} beyond 2^31-1`,
        )
      this.#widenStream(stream, change)
    }
  }

  #pingFrame(flags: number, payload: Uint8Array): void {
    this.#guard.useless(this.#now)
    if ((flags & FLAG.ACK) === 0) {
      this.#countReply((this.#pingAcks += 1), 'PING')
      writePing(this.#out, payload, true)
      return
    }
    if (isSame(payload, UPKEEP)) this.#listener.pong()
    if (isSame(payload, PROBE) && this.#tuner.answered()) this.#growAll()
  }

  /** While the socket is blocked, answers pile up. */
  #countReply(count: number, name: string): void {
    if (this.#outflow.isBlocked && count > LIMITS.h2UnsentReplies) {
      throw connectionError(
        'ENHANCE_YOUR_CALM',
        `more than ${LIMITS.h2UnsentReplies} ${name} frames wait to be acknowledged`,
        {
          limit: LIMITS.h2UnsentReplies,
        },
      )
    }
    if (!this.#outflow.isBlocked) this.#pingAcks = this.#settingsAcks = 0
  }

  #goawayFrame(payload: Uint8Array): void {
    this.#guard.useless(this.#now)
    const lastId = uint32(payload, 0) & 0x7fffffff
    const code = uint32(payload, 4)
    const text = shownText(payload.subarray(8))
    this.#goawayId = Math.min(this.#goawayId ?? LAST_STREAM_ID, lastId)
    const said = text === '' ? '' : `: ${text}`
    const h2 = errorName(code)
    const error = (stream: H2Stream<Owner> | undefined): TransferError =>
      new TransferError(
        'HTTP2',
        `the server goes away (${h2}${said})`,
        {
          h2,
          lastStream: lastId,
          ...(stream === undefined ? {} : { stream: stream.id }),
          // RFC 9113 6.8: what is above was not acted on; unless it was answered.
          ...(stream?.headBytes === 0 ? { unsent: true } : {}),
        },
        { phase: 'receive' },
      )
    this.#listener.goingAway(error(undefined), code === H2_ERRORS.NO_ERROR)
    if (this.#role === 'server') return
    for (const stream of this.#streams.all()) {
      if (stream.id <= this.#goawayId || stream.state === 'closed') continue
      // An answer may be on its way all the same.
      this.#noteGiven(stream.id)
      this.#close(stream)
      if (stream.endDue === undefined) this.#listener.streamFailed(stream, error(stream))
      else this.#sendInVain(stream)
    }
  }

  /** Priorities of RFC 7540 mean nothing any more (RFC 9113 5.3.2), and come in any state. */
  #priority(streamId: number, payload: Uint8Array): void {
    this.#guard.useless(this.#now)
    const stream = this.#streams.get(streamId)
    if (stream !== undefined && payload.length !== 5)
      this.#fail(stream, streamError('FRAME_SIZE_ERROR', `PRIORITY of ${payload.length} bytes`))
  }

  #rstStream(streamId: number, code: number): void {
    const stream = this.#receiver(streamId, 'RST_STREAM')
    // To open streams and reset them is something that only a client can do (CVE-2023-44487).
    if (stream === undefined || this.#role === 'server') this.#guard.useless(this.#now)
    if (stream === undefined) return
    const h2 = errorName(code)
    // node:http2 says so in place of END_STREAM when its socket was congested; nothing is missing but, perhaps, trailers.
    const isWhole =
      code === H2_ERRORS.NO_ERROR &&
      stream.expected > 0 &&
      stream.received === stream.expected &&
      canReceive(stream.state)
    if (isWhole && (stream.isPaused || stream.backlog !== undefined)) stream.endDue = { trailers: undefined }
    this.#close(stream)
    if (stream.endDue !== undefined) {
      this.#sendInVain(stream)
      return
    }
    if (isWhole) {
      this.#listener.streamEnded(stream, undefined)
      return
    }
    this.#listener.streamFailed(
      stream,
      streamError(h2 as H2ErrorName, `the server reset the stream (${h2})`, {
        stream: streamId,
        ...(code === H2_ERRORS.REFUSED_STREAM && stream.headBytes === 0 ? { unsent: true } : {}),
      }),
    )
  }

  // ---- The end of streams and of the session ------------------------------------------------------

  /** A stream error: tells the peer and the owner. */
  #fail(stream: H2Stream<Owner>, error: TransferError): void {
    if (stream.state === 'closed') return
    if (this.#role === 'server') this.#guard.useless(this.#now)
    const h2 = error.details['h2']
    this.reset(stream, typeof h2 === 'string' && h2 in H2_ERRORS ? (h2 as H2ErrorName) : 'INTERNAL_ERROR')
    this.#listener.streamFailed(stream, error)
  }

  #break(error: TransferError): void {
    this.#isBroken = true
    this.#reader.stop()
    this.#outflow.stop()
    const h2 = error.details['h2']
    writeGoaway(
      this.#out,
      this.#lastPeerId,
      typeof h2 === 'string' && h2 in H2_ERRORS ? (h2 as H2ErrorName) : 'PROTOCOL_ERROR',
    )
    this.#noteOutput()
    this.#listener.broken(error)
  }

  /** Ends a stream before its time. What came whole stays to be delivered. */
  #close(stream: H2Stream<Owner>): void {
    this.#setState(stream, 'closed')
    if (stream.endDue === undefined) stream.backlog = undefined
  }

  /** The answer came whole, and is not delivered yet: who still sends the request goes on, for nobody. */
  #sendInVain(stream: H2Stream<Owner>): void {
    if (!stream.wantsMore) return
    stream.wantsMore = false
    this.#listener.writable(stream)
  }

  #setState(stream: H2Stream<Owner>, state: StreamState): void {
    if (stream.state === state) return
    stream.state = state
    if (state !== 'closed') return
    this.#streams.delete(stream.id)
    if (this.#role === 'server') this.#peerStreams -= 1
    this.#outflow.drop(stream)
    this.#tuner.left(stream)
  }

  #noteGiven(streamId: number): void {
    this.#given.add(streamId)
    if (this.#given.size <= LIMITS.h2ResetStreams) return
    const oldest = this.#given.values().next().value!
    this.#given.delete(oldest)
    this.#forgottenId = Math.max(this.#forgottenId, oldest)
  }

  // ---- Small parts ---------------------------------------------------------------------------------

  /** The stream that takes a frame; undefined: it is passed over. Throws a connection error. */
  #receiver(streamId: number, frame: StreamFrame): H2Stream<Owner> | undefined {
    const stream = this.#streams.get(streamId)
    const state = stream?.state ?? (this.#isIdle(streamId) ? 'idle' : 'closed')
    const reception: Reception = RECEPTION[state][frame]
    if (reception === 'take') return stream
    if (reception === 'pass' || (state === 'closed' && this.#isGiven(streamId))) return undefined
    if (reception === 'stream') {
      this.#fail(
        stream!,
        streamError('STREAM_CLOSED', `${frame} came after the end of the stream`, { stream: streamId }),
      )
      return undefined
    }
    throw connectionError(
      state === 'closed' ? 'STREAM_CLOSED' : 'PROTOCOL_ERROR',
      `${frame} came on stream ${streamId}, which is ${state}`,
      { stream: streamId },
    )
  }

  /** Something came that a client has asked for. What a server earns, it earns by its answers. */
  #received(worth: number): void {
    if (this.#role === 'client') this.#guard.earned(worth)
  }

  #isGiven(streamId: number): boolean {
    return streamId <= this.#forgottenId || this.#given.has(streamId)
  }

  #isIdle(streamId: number): boolean {
    const isOurs = streamId % 2 === (this.#role === 'client' ? 1 : 0)
    return isOurs ? streamId >= this.#nextId : streamId > this.#lastPeerId
  }

  #isOpenedBy(streamId: number): boolean {
    return streamId % 2 === 1 && streamId > this.#lastPeerId
  }

  get #maxListBytes(): number {
    return this.#settings.maxListBytes ?? LIMITS.responseHeadBytes
  }

  #announced(): readonly (readonly [number, number])[] {
    if (this.#role === 'client') return CLIENT_SETTINGS
    const settings: (readonly [number, number])[] = [
      [SETTING.INITIAL_WINDOW_SIZE, LIMITS.h2FirstStreamWindow],
      [SETTING.MAX_HEADER_LIST_SIZE, this.#maxListBytes],
    ]
    const { maxConcurrentStreams } = this.#settings
    return maxConcurrentStreams === undefined
      ? settings
      : [[SETTING.MAX_CONCURRENT_STREAMS, maxConcurrentStreams], ...settings]
  }

  #readPreface(view: Uint8Array): Uint8Array {
    const at = CLIENT_PREFACE.length - this.#prefaceLeft
    const count = Math.min(view.length, this.#prefaceLeft)
    for (let i = 0; i < count; i += 1) {
      if (view[i] !== CLIENT_PREFACE.charCodeAt(at + i))
        throw connectionError('PROTOCOL_ERROR', 'the client did not begin with the preface of HTTP/2')
    }
    this.#prefaceLeft -= count
    return view.subarray(count)
  }

  #noteOutput(): void {
    if (this.#isReceiving || this.#hasOutput || this.#out.length === 0) return
    this.#hasOutput = true
    this.#listener.outputReady()
  }
}

/** Adds a copy of `bytes`. Small pieces share a store: else a window full of single bytes would be kept at 200 times its size. */
function hold(backlog: Uint8Array[], bytes: Uint8Array): void {
  let rest = bytes
  const last = backlog.at(-1)
  if (last !== undefined) {
    const count = Math.min(rest.length, last.buffer.byteLength - last.length)
    if (count > 0) {
      const longer = new Uint8Array(last.buffer, 0, last.length + count)
      longer.set(rest.subarray(0, count), last.length)
      backlog[backlog.length - 1] = longer
      rest = rest.subarray(count)
    }
  }
  if (rest.length === 0) return
  const store = new Uint8Array(Math.max(rest.length, LEAST_STORE))
  store.set(rest)
  backlog.push(store.subarray(0, rest.length))
}

const LEAST_STORE = 4_096

/** Whether our END_STREAM is neither sent nor due. */
function canSend({ state, isEnding }: H2Stream<unknown>): boolean {
  return (state === 'open' || state === 'half-closed-remote') && !isEnding
}

function canReceive(state: StreamState): boolean {
  return state === 'open' || state === 'half-closed-local'
}

/** A request head; undefined: it is malformed, and nobody hears of it. */
function readRequestOrNone(pairs: readonly string[], isLast: boolean): ReceivedRequest | undefined {
  try {
    const request = readRequest(pairs)
    return isLast && request.length > 0 ? undefined : request
  } catch (error) {
    if (!isTransferError(error)) throw error
    return undefined
  }
}

function wrongLength(received: number, expected: number): TransferError {
  const how = received > expected ? 'went on after' : `ended after ${received} of`
  return streamError('PROTOCOL_ERROR', `the body ${how} ${expected} bytes`, { received, expected })
}

/** Whatever goes wrong before the first SETTINGS: most likely the server speaks something else. */
function notHttp2(error: TransferError): TransferError {
  if (error.message.includes('HTTP/1')) return error
  return connectionError(
    'PROTOCOL_ERROR',
    `the server may not speak HTTP/2: it did not begin with SETTINGS (${error.message})`,
  )
}

function nameOf(type: number): string {
  return FRAME_RULES[type]?.name ?? `a frame of type ${type}`
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < 8; at += 1) if (a[at] !== b[at]) return false
  return true
}

/** The text of a GOAWAY, as far as it can be shown. */
function shownText(bytes: Uint8Array): string {
  const text = latin1(bytes, 0, Math.min(bytes.length, LIMITS.h2DebugChars))
  return text.replace(/[^\x20-\x7e]/g, '?')
}
