/**
 * HTTP/2 on an accepted connection of a simulated server: the same codec as the client's in the other role,
 * and an exchange for each stream.
 *
 * The rule: what a call makes is written before the call returns, so that the order on the wire is the order of
 * the script, also with raw bytes in between. A client that breaks the protocol fails the simulation.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { deferred, type Deferred } from '../base/deferred.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { writeData, writeHeaders, writeSettings } from '../h2/frame-writer.ts'
import type { H2Stream } from '../h2/h2-stream.ts'
import { HeaderList, HpackEncoder } from '../h2/hpack-encoder.ts'
import { requestList } from '../h2/messages.ts'
import { CLIENT_PREFACE, MIN_FRAME_SIZE, SETTING, type H2ErrorName } from '../h2/protocol.ts'
import { H2Session, type H2Listener } from '../h2/session.ts'
import { readSettings } from '../h2/settings.ts'
import type { RequestHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { latin1Bytes } from './sim-bytes.ts'
import type { SimBegun, SimSpeaker, SimSpeakerHost } from './sim-speaker.ts'
import type { SimH2Settings } from './sim-exchange.ts'
import { SimH2Exchange } from './sim-h2-exchange.ts'

type Entry = SimBegun & { readonly exchange: SimH2Exchange; isRead: boolean; isAnswered: boolean }

export class SimH2Connection implements SimSpeaker, H2Listener<undefined> {
  readonly protocol = 'h2'
  readonly #connection: SimSpeakerHost
  /** What the session announces first and holds the client to: the largest number ever said. */
  readonly #limits: { maxConcurrentStreams?: number } = {}
  readonly #session: H2Session<undefined>
  /** By stream id. */
  readonly #entries = new Map<number, Entry>()
  readonly #pings: Deferred<void>[] = []
  #lastStreamId = 0
  /** Closes when nothing is under way any more. */
  #isLeaving = false
  #isGone = false
  /** Bytes of the client's preface to pass over: the session has had one already. */
  #prefaceLeft = 0
  /** While a request of HTTP/1 is told as if it were one of HTTP/2: what its script waits in. */
  #replayed: (() => void)[] | undefined

  constructor(connection: SimSpeakerHost) {
    this.#connection = connection
    const { maxConcurrentStreams } = connection.http2 ?? {}
    if (maxConcurrentStreams !== undefined) this.#limits.maxConcurrentStreams = maxConcurrentStreams
    const limits = this.#limits
    this.#session = new H2Session<undefined>(
      {
        role: 'server',
        get maxConcurrentStreams() {
          return limits.maxConcurrentStreams!
        },
      },
      this,
    )
  }

  /** Says what a server says first. */
  serve(): void {
    this.#session.begin()
  }

  /**
   * Goes on after 101: `head` and `body` came over HTTP/1, and are told to the session as if they had come on
   * stream 1, in fields that leave both HPACK tables as they are (RFC 7540 3.2).
   */
  adopt(head: RequestHead, body: Uint8Array): void {
    const request = new ByteWriter()
    request.latin1(CLIENT_PREFACE)
    writeSettings(request, settingsOf(head))
    const pairs = requestList(head, 'http').pairs.filter(
      (_, at, all) => all[at - (at % 2)] !== SETTINGS_FIELD,
    )
    const list = new HeaderList(
      pairs,
      Array.from({ length: pairs.length / 2 }, () => 'plain' as const),
    )
    writeHeaders(
      request,
      1,
      new HpackEncoder(LIMITS.hpackTableBytes),
      list,
      body.length === 0,
      MIN_FRAME_SIZE,
    )
    for (let at = 0; at < body.length; at += MIN_FRAME_SIZE) {
      const to = Math.min(body.length, at + MIN_FRAME_SIZE)
      writeData(request, 1, body, at, to, to === body.length)
    }
    const scripts: (() => void)[] = []
    this.#replayed = scripts
    this.#session.receive(request.take(), this.#connection.clock.now())
    // The 101 acknowledged the settings, and what is given back of the windows was never taken.
    this.#session.takeOutput()
    this.#prefaceLeft = CLIENT_PREFACE.length
    this.#replayed = undefined
    this.#session.begin()
    for (const run of scripts) run()
  }

  flush(): void {
    if (this.#replayed !== undefined) return
    for (let bytes = this.#session.takeOutput(); bytes.length > 0; bytes = this.#session.takeOutput()) {
      this.#connection.send(bytes)
      this.#session.pump()
    }
  }

  gone(): void {
    if (this.#isGone) return
    this.#isGone = true
    for (const id of this.#entries.keys()) this.#drop(id)
    const error = new TransferError('RECV_ERROR', 'the connection was lost before the PING was answered')
    for (const ping of this.#pings.splice(0)) ping.reject(error)
  }

  takeRest(): Uint8Array {
    return new Uint8Array(0)
  }

  // ---- For scripts ---------------------------------------------------------------------------------

  goaway(lastStreamId = this.#lastStreamId, code: H2ErrorName = 'NO_ERROR'): void {
    this.#session.goaway(code, lastStreamId)
    for (const id of this.#entries.keys()) if (id > lastStreamId) this.#drop(id)
  }

  announce(values: SimH2Settings): void {
    const { MAX_CONCURRENT_STREAMS: limit } = values
    const { maxConcurrentStreams: before } = this.#limits
    if (limit !== undefined && before !== undefined)
      this.#limits.maxConcurrentStreams = Math.max(before, limit)
    const writer = new ByteWriter()
    writeSettings(
      writer,
      Object.entries(values).map(([name, value]) => [SETTING[name as keyof typeof SETTING], value] as const),
    )
    this.#connection.write(writer.take())
  }

  ping(): Promise<void> {
    const answered = deferred<void>()
    // Whoever does not wait for the answer need not hear that there was none.
    answered.promise.catch(() => {})
    this.#pings.push(answered)
    this.#session.ping()
    return answered.promise
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    if (!this.#connection.isServing || this.#isGone) return
    const passed = Math.min(view.length, this.#prefaceLeft)
    this.#prefaceLeft -= passed
    this.#session.receive(passed === 0 ? view : view.subarray(passed), this.#connection.clock.now())
  }

  ended(): void {
    this.#isLeaving = true
    // What has not come whole will not.
    for (const [id, { isRead }] of this.#entries) if (!isRead) this.#drop(id)
    this.#rest()
  }

  failed(): void {
    this.#connection.failed()
  }

  drained(): void {}

  // ---- H2Listener ----------------------------------------------------------------------------------

  request(stream: H2Stream<undefined>, head: RequestHead): void {
    const connection = this.#connection
    this.#lastStreamId = stream.id
    const begun = connection.begin(head, stream.id)
    const exchange = new SimH2Exchange({
      request: head,
      connection,
      clock: connection.clock,
      session: this.#session,
      stream,
      ended: () => {
        const entry = this.#entries.get(stream.id)
        if (entry === undefined) return
        entry.isAnswered = true
        this.#finish(stream.id, entry)
      },
      wasReset: () => {
        this.#drop(stream.id)
        this.#rest()
      },
    })
    this.#entries.set(stream.id, { ...begun, exchange, isRead: false, isAnswered: false })
    const { requests } = connection.keepAlive
    if (requests !== undefined && connection.exchanges >= requests && !this.#isLeaving) {
      this.#isLeaving = true
      this.goaway(stream.id)
    }
    const run = (): void => connection.run(exchange, () => exchange.isLost || !connection.isOpen)
    if (this.#replayed === undefined) run()
    else this.#replayed.push(run)
  }

  data({ id }: H2Stream<undefined>, bytes: Uint8Array): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.record.bodyBytes += bytes.length
    entry.exchange.receive(bytes)
  }

  streamEnded({ id }: H2Stream<undefined>): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.isRead = true
    entry.exchange.receivedAll()
    this.#finish(id, entry)
  }

  streamFailed({ id }: H2Stream<undefined>, error: TransferError): void {
    const entry = this.#entries.get(id)
    const code = String(error.details['h2'])
    this.#connection.note(`stream ${id} was reset: ${code}`)
    if (entry === undefined) return
    entry.record.reset = code
    this.#drop(id)
    this.#rest()
  }

  pong(): void {
    this.#pings.shift()?.resolve()
  }

  broken(error: TransferError): void {
    this.#connection.brokenBy('what is no HTTP/2', error)
  }

  outputReady(): void {
    this.flush()
  }

  writable(): void {}
  settingsChanged(): void {}
  goingAway(): void {}

  // ---- Life ----------------------------------------------------------------------------------------

  /** An exchange is complete when both of its messages are. */
  #finish(id: number, entry: Entry): void {
    if (entry.isAnswered) entry.wait.cancel()
    if (!entry.isAnswered || !entry.isRead) return
    this.#entries.delete(id)
    this.#rest()
  }

  /** Nothing comes of an exchange any more. */
  #drop(id: number): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    entry?.wait.cancel()
    entry?.exchange.lost()
  }

  /** Goes idle, or closes, when nothing is under way. */
  #rest(): void {
    if (this.#entries.size > 0 || this.#isGone) return
    if (this.#isLeaving) this.#connection.close()
    else this.#connection.waitIdle()
  }
}

/** The settings that a request to go on in HTTP/2 carries, in base64url (RFC 7540 3.2.1). */
function settingsOf(head: RequestHead): (readonly [id: number, value: number])[] {
  const text = head.fields.first(SETTINGS_FIELD)!.replaceAll('-', '+').replaceAll('_', '/')
  return readSettings(latin1Bytes(atob(text)))
}

const SETTINGS_FIELD = 'http2-settings'
