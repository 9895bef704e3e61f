/**
 * `Transfer`: one run of one request: waits for a connection, sends, receives, and, where it is safe, tries
 * again on a new connection.
 *
 * The rules: the client hears `done` or `failed` exactly once and nothing after it; what was delivered before
 * a failure stays delivered; the lease on a connection is given back exactly once. Nothing here is done per
 * chunk but to pass it on and count it.
 */
import { DigestStates } from '../auth/digest-states.ts'
import type { NonceCounts } from '../auth/nonce-counts.ts'
import type { TimerQueue } from '../base/timer-queue.ts'
import { connectHeadsOf } from '../connect/connect-heads.ts'
import type { Connection } from '../connection/connection.ts'
import type { Exchange, HttpStream, RawStream } from '../connection/exchange.ts'
import type { OutgoingRequest } from '../connection/outgoing-request.ts'
import { FileReading, type FileOwner } from '../file/file-reading.ts'
import { NO_HEAD } from '../file/file-request.ts'
import { FileWriting } from '../file/file-writing.ts'
import type { Clock, Decoders, Environment, Milliseconds } from '../env/environment.ts'
import { isTransferError, TransferError, type Phase } from '../errors/transfer-error.ts'
import { bodyCodings } from '../http/codings.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import { isFile } from '../http/origin.ts'
import { mayResend } from '../http/resend.ts'
import type { Pool } from '../pool/pool.ts'
import type { OpeningPhase } from '../pool/poolable.ts'
import { Want, type FreshReason, type Member, type WaitReason, type WantHolder } from '../pool/records.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import { Authentication, type AuthOutcome } from './authentication.ts'
import { cannotRepeat, NO_BODY, type BodySource } from './body-source.ts'
import { isFresh, judgeConditions } from './conditions.ts'
import { planFile } from './file-plan.ts'
import { Detour, type DetourOwner } from './detour.ts'
import { dress, partiesOf } from './dressing.ts'
import { connectionText } from './failure-text.ts'
import { aborted, messageOf, refusedUpgrade, statusError, tooLarge, writeError } from './failures.ts'
import { PacedSend } from './paced.ts'
import { needsPreparing, prepare } from './preparation.ts'
import { isPassingStatus, retryDelay } from './retry-policy.ts'
import type { HandleMemory } from './handle-memory.ts'
import type { Abortable, SignalWatch } from './signal-watch.ts'
import { recall, remember } from './recall.ts'
import { nextStep } from './redirect.ts'
import { planStep, type ConnectTerms, type RequestPlan } from './request-plan.ts'
import { checkedPriority, noChunks } from './request-fields.ts'
import { trailersNow } from './request-trailers.ts'
import { TransferRecord } from './transfer-record.ts'
import { Upload, UPLOAD_PIECE, type UploadOwner } from './upload.ts'
import { hasLimits, Watch, type WatchOwner } from './watch.ts'
import type { LimitName, WakeName } from './deadlines.ts'

/** Who gets the response. Calls come from the read loop, one at a time. */
export interface TransferClient {
  /** A head: informational ones first, then the final one. */
  head(head: ResponseHead, final: boolean): void
  /** A piece of the body, valid during the call only. "pause": nothing more until `resume()`. */
  data(bytes: Uint8Array): 'pause' | void
  /** The response begins anew: what was told of it is void. False, or no such method: it cannot be taken back. */
  restart?(): boolean
  done(trailers: Fields | undefined): void
  failed(error: TransferError): void
  /** The connection speaks no HTTP from here on: who takes it over. Needed only where a plan asks for that. */
  switched?(stream: RawStream, transfer: Transfer): RawReceiver
}

/** Who has a connection without HTTP. Calls come from the read loop, one at a time. */
export interface RawReceiver {
  /** As `TransferClient.data`. */
  data(bytes: Uint8Array): 'pause' | void
  /** The stream takes more again. */
  drained(): void
  /** The peer has ended its direction. */
  ended(): void
  /** After `pause`: what was held back goes first. */
  resumed(): void
}

/** Lets transfers begin when there is a place for them. */
export interface AdmissionGate {
  /**
   * Calls `go` when a transfer to `host` may begin, possibly before this returns. What is given back is called
   * once, when the transfer is over, whether it was let in or not.
   */
  enter(host: string, priority: number, go: () => void): () => void
}

/** What the engine tells of, and is told by, its transfers. */
export interface TransferKeeper {
  /** Undefined: every transfer begins at once. */
  readonly admission: AdmissionGate | undefined
  readonly environment: Environment
  /** How often nonces of Digest were used. */
  readonly nonces: NonceCounts
  readonly clock: Clock
  readonly decoders: Decoders
  readonly timers: TimerQueue
  readonly pool: Pool<Connection, ConnectTerms>
  readonly signals: SignalWatch
  /** The server of a connection wants HTTP/1.1 for requests with these terms. */
  refuseH2(terms: ConnectTerms, member: Member<Connection>): void
  queued(transfer: Transfer, reason: WaitReason): void
  /** It got a connection that had been used, or had been idle, before. */
  reused(member: Member<Connection>): void
  started(transfer: Transfer): void
  retried(transfer: Transfer, error: TransferError): void
  /** The client hears of it next. */
  ended(transfer: Transfer, error: TransferError | undefined): void
  /** A piece of its request body was handed to the connection. */
  bodyMoved(transfer: Transfer, bytes: Uint8Array): void
  /** All of its request was. */
  sent(transfer: Transfer): void
}

/** Who runs one transfer at a time. */
export interface TransferHolder {
  transfer: Transfer | undefined
}

/** What the transfer is doing; `done` and `failed` are for ever. */
export type TransferState = 'queued' | 'connecting' | 'sending' | 'receiving' | 'done' | 'failed'

export class Transfer
  implements WantHolder<Connection>, Exchange, FileOwner, UploadOwner, DetourOwner, WatchOwner, Abortable
{
  readonly record: TransferRecord
  /** Of the request that is under way: the first one, or where redirects have led. */
  #plan: RequestPlan
  /** The first one. */
  #given: RequestPlan
  readonly #keeper: TransferKeeper
  readonly #client: TransferClient
  /** Whose run it is. */
  readonly holder: TransferHolder
  /** Of its handle; undefined: nothing is remembered. */
  readonly #memory: HandleMemory | undefined
  #authentication: Authentication | undefined
  #state: TransferState = 'queued'
  #leaveAdmission: (() => void) | undefined
  #isAdmitted = true
  /** What it waited for before all else is there. */
  #isPrepared = false
  /** Time spent waiting: to be let in, and at limits in earlier tries. */
  #waitedMs: Milliseconds = 0
  /** Its place in line, which a retry keeps; -1: none yet. */
  #arrival = -1
  #want: Want<Connection, ConnectTerms> | undefined
  #member: Member<Connection> | undefined
  /** Its way on the connection, once the request has begun to be sent. */
  #stream: HttpStream | undefined
  /** Who has the connection, once it speaks no HTTP. */
  #receiver: RawReceiver | undefined
  /** Undefined: no limit was set yet. */
  #watch: Watch | undefined
  #upload: Upload | undefined
  /** Over all tries: what may be sent in a second. */
  #pacedSend: PacedSend | undefined
  /** The way of a response body that is not delivered as it comes. */
  #detour: Detour | undefined
  #isPaused = false
  #openingPhase: OpeningPhase = 'resolve'
  #isInResolve = false

  // Of the present try:
  #request: OutgoingRequest
  /** The request went without its body, because it would be refused. */
  #isBodyWithheld = false
  /** Cookies that this response has set. */
  #cookiesTaken = 0
  #isSent = false
  #hasBegun = false
  /** Whether the head that is waited for has begun: after an informational one that is the next. */
  #isAnswering = false
  /** Whether the rest of the request is not sent, because of the response. */
  #hasStopped = false
  /** Whether the body waits for `100 Continue`. */
  #isExpecting = false
  /** The response is read to its end and not delivered; then this happens. */
  #afterDiscard: AfterDiscard | undefined

  /** A server has answered in HTTP/1.0: as in curl, nothing newer is spoken from there on. */
  #isOldServer = false
  /** Once true, the body is sent without asking (a 417 came). */
  #asksNoMore = false
  /** What follows the response that is being read to its end. */
  #next: RequestPlan | undefined
  /** Retries of those because a server took no more requests. */
  #gone = 0
  /** The client has been told the final head. */
  #hasTold = false
  /** Once true, a 421 is final. */
  #wasMisdirected = false

  constructor(
    id: number,
    plan: RequestPlan,
    keeper: TransferKeeper,
    client: TransferClient,
    holder: TransferHolder,
    memory: HandleMemory | undefined,
  ) {
    this.holder = holder
    this.#plan = this.#given = plan
    this.#request = plan.request
    this.#memory = memory
    this.#keeper = keeper
    this.#client = client
    this.record = new TransferRecord(id, plan, keeper.clock.now(), memory)
  }

  get plan(): RequestPlan {
    return this.#plan
  }

  get state(): TransferState {
    return this.#state
  }

  get isOver(): boolean {
    return this.#state === 'done' || this.#state === 'failed'
  }

  /** Begins. The client may hear of a failure before this returns. */
  start(): void {
    const { settings } = this.#plan
    if (settings.signal?.aborted === true) {
      this.#finish(aborted(settings.signal))
      return
    }
    const { body } = this.#plan
    if ((body.is === 'stream' || body.is === 'pending') && body.isSpent()) {
      this.#finish(cannotRepeat())
      return
    }
    if (settings.signal !== undefined) this.#keeper.signals.add(settings.signal, this)
    if (hasLimits(settings)) this.#limits.begin()
    if (!needsPreparing(this.#plan, this.#memory)) {
      this.#isPrepared = true
      this.#begin()
      return
    }
    prepare(this.#plan, {
      environment: this.#keeper.environment,
      memory: this.#memory,
      go: (ready) => {
        if (this.isOver) return
        this.#plan = this.#given = this.record.plan = ready
        this.#isPrepared = true
        this.#begin()
      },
      fail: (error) => this.#failWith(error),
    })
  }

  #begin(): void {
    if (!this.#settle()) return
    const { clock } = this.#keeper
    const { maxRecvSpeed, maxSendSpeed, freshConnect, connectOnly } = this.#plan.settings
    if (maxRecvSpeed > 0) this.#detour = new Detour(this, clock, maxRecvSpeed, this.#isPaused)
    if (maxSendSpeed > 0) this.#pacedSend = new PacedSend(maxSendSpeed, () => clock.now())
    const fresh = freshConnect || connectOnly ? 'fresh-requested' : undefined
    this.#enter(fresh)
  }

  /** Settles the plan by what is remembered. False: it cannot be carried out, and the transfer is over. */
  #settle(avoidsAlternative = false): boolean {
    const memory = this.#memory
    try {
      if (memory !== undefined) this.#plan = this.record.plan = recall(this.#plan, memory, avoidsAlternative)
    } catch (error) {
      this.#failWith(error)
      return false
    }
    this.#request = this.#plan.request
    const parties = partiesOf(this.#plan)
    if (parties.length > 0 && this.#authentication === undefined) {
      const { environment, nonces } = this.#keeper
      const digests = this.#plan.terms.digests ?? new DigestStates(LIMITS.digestStates)
      const negotiate = this.#plan.settings.negotiateFunction
      this.#authentication = new Authentication({ environment, digests, nonces, negotiate })
    }
    this.#authentication?.begin(parties)
    return true
  }

  /** What was thrown ends the transfer. What is no TransferError is a bug, ours or of the user's environment. */
  #failWith(error: unknown): void {
    const told = isTransferError(error)
      ? error
      : new TransferError('FAILED_INIT', messageOf(error), {}, { cause: error })
    this.abort(told.withPhase('setup'))
  }

  /** Holds back the rest of the response; what was read before may still be delivered. */
  pause(): void {
    if (this.#isPaused || this.isOver) return
    this.#isPaused = true
    if (this.#hasBegun) this.#stream?.pause()
    this.#detour?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#watch?.restart(this.#keeper.clock.now())
    this.#detour?.resume()
    this.letCome()
  }

  /** Changes the priority of the response while it comes (RFC 9218 7.1); nothing over HTTP/1. */
  reprioritize(value: string): void {
    this.#stream?.reprioritize(checkedPriority(value))
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /**
   * Ends the transfer with `error`; does nothing when it is over. `isStuck`: because the opening of its connection
   * takes too long.
   */
  abort(error: TransferError, isStuck = false): void {
    if (this.isOver) return
    this.#cancelWant(isStuck)
    this.#leaveConnection()
    this.#finish(error)
  }

  /** Gives the exchange up, if there is one. */
  #leaveConnection(): void {
    const member = this.#member
    const stream = this.#stream
    this.#member = this.#stream = undefined
    if (stream !== undefined) stream.abandon(this)
    else if (member !== undefined) this.#keeper.pool.release(member)
  }

  // ---- Waiting for a connection (WantHolder) -------------------------------------------------------

  granted(member: Member<Connection>, reused: boolean): void {
    const want = this.#want!
    this.#want = undefined
    this.#member = member
    this.#noteSearch(want)
    const { connection } = member
    if (!reused) this.record.connects += 1
    this.record.connection = {
      id: member.id,
      request: member.served,
      streams: member.leases,
      stream: undefined,
      protocol: connection.protocol,
      isReused: reused,
      remote: connection.stream.remote,
      local: connection.stream.local,
      tls: connection.tls,
      proxyTls: connection.proxyTls,
      times: connection.times,
    }
    this.#watch?.clearAll(OF_A_WAIT)
    if (!reused) this.#tellConnect(connection.connectHeads)
    // Whoever listens may end the transfer.
    if (reused) this.#keeper.reused(member)
    if (this.#member === member) this.#sendPrepared(member)
  }

  refused(error: TransferError): void {
    const want = this.#want!
    this.#want = undefined
    this.#noteSearch(want)
    this.#tellConnect(connectHeadsOf(error))
    if (!this.#turnsToOrigin()) this.#finish(error)
  }

  /** RFC 7838 2.4: the origin itself is as good as its alternative, and is there when that is not. */
  #turnsToOrigin(): boolean {
    if (this.#plan.known.alternative === undefined) return false
    this.#cancelWant(true)
    if (this.#settle(true)) this.#acquire(undefined)
    return true
  }

  #cancelWant(isStuck: boolean): void {
    const want = this.#want
    if (want === undefined) return
    this.#want = undefined
    this.#keeper.pool.cancel(want, isStuck)
    this.#noteSearch(want)
  }

  waiting(reason: WaitReason): void {
    const { settings } = this.#plan
    if (reason === 'connecting' || reason === 'shared-opening') {
      // It goes on when another's opening becomes its own, or was of no use.
      if (this.#state !== 'connecting') this.#limits.after('connect', settings.connectTimeoutMs || 300_000)
      this.#state = 'connecting'
      this.#watch?.clear('queue')
    } else {
      this.#state = 'queued'
      this.#watch?.clear('connect')
      const waited = this.#waitedMs + (this.#want?.limitedMs ?? 0)
      if (settings.queueTimeoutMs > 0) this.#limits.after('queue', settings.queueTimeoutMs - waited)
    }
    this.#keeper.queued(this, reason)
  }

  opening(phase: OpeningPhase): void {
    this.#openingPhase = phase
    const { resolveTimeoutMs } = this.#plan.settings
    if (resolveTimeoutMs === 0 || (phase === 'resolve') === this.#isInResolve) return
    this.#isInResolve = phase === 'resolve'
    if (this.#isInResolve) this.#limits.after('resolve', resolveTimeoutMs)
    else this.#watch?.clear('resolve')
  }

  /** Looks for a connection once it is let in. */
  #enter(fresh: FreshReason | undefined): void {
    const { admission } = this.#keeper
    if (admission === undefined || this.#leaveAdmission !== undefined) {
      this.#acquire(fresh)
      return
    }
    const { url, terms } = this.#plan
    this.#isAdmitted = false
    const leave = admission.enter(url.origin.text, terms.priority, () => {
      this.#isAdmitted = true
      this.#waitedMs = this.#keeper.clock.now() - this.record.startedAt
      this.#acquire(fresh)
    })
    if (this.isOver) {
      leave()
      return
    }
    this.#leaveAdmission = leave
    if (!this.#isAdmitted) this.waiting('admission')
  }

  /** `from`: the number from which on connections are new enough. */
  #acquire(fresh: FreshReason | undefined, from?: number): void {
    if (isFile(this.#plan.url.origin)) {
      this.#openFile()
      return
    }
    const want = new Want<Connection, ConnectTerms>(this.#plan.terms, this, fresh, from, this.#arrival)
    this.#want = want
    this.#state = 'queued'
    this.#keeper.pool.acquire(want)
    this.#arrival = want.arrival
  }

  #noteSearch(want: Want<Connection, ConnectTerms>): void {
    this.#waitedMs += want.limitedMs
    this.record.queuedMs = this.#waitedMs
    this.record.verdict = want.verdict
  }

  // ---- Sending -------------------------------------------------------------------------------------

  /** Sends when what the connection's authentication needs is there. */
  #sendPrepared(member: Member<Connection>): void {
    const { connection } = member
    // What a proxy sent along with its last word may have ended it by now.
    if (!connection.isOpen) {
      this.#lostBeforeSending()
      return
    }
    const preparing = this.#authentication?.prepare(connection)
    if (preparing === undefined) {
      this.#send(connection)
      return
    }
    preparing.then(
      () => {
        if (this.#member !== member) return
        if (connection.isOpen) this.#send(connection)
        else this.#lostBeforeSending()
      },
      (error: unknown) => {
        if (this.#member === member) this.#failWith(error)
      },
    )
  }

  /** The connection went before anything was sent, such as while a token was made for it. */
  #lostBeforeSending(): void {
    this.#leaveConnection()
    this.record.retries += 1
    if (this.record.retries <= LIMITS.deadConnectionRetries) this.#again(undefined)
    else this.abort(new TransferError('SEND_ERROR', 'connections were lost before anything was sent on them'))
  }

  #send(connection: Connection): void {
    const { plan, record } = this
    const { settings } = plan
    this.#state = 'sending'
    try {
      const isOld = this.#mustSpeakOld(connection)
      if (isOld || this.#memory !== undefined || this.#authentication !== undefined) {
        const dressed = dress(plan, connection, this.#memory, this.#authentication, isOld)
        this.#request = dressed.request
        this.#isBodyWithheld = dressed.isBodyWithheld
      }
    } catch (error) {
      this.#failWith(error)
      return
    }
    const body = this.#body
    // HTTP/2 can stop an upload at any time (RST_STREAM), and need not ask; curl does not either.
    this.#isExpecting = this.#request.asksFirst && !this.#asksNoMore && connection.protocol === 'http/1.1'
    const now = this.#keeper.clock.now()
    record.sentFirstAt = now
    this.#watch?.restart(now)
    const isWhole =
      body.is === 'none' ||
      (body.is === 'bytes' &&
        plan.bodyLength !== undefined &&
        !this.#isExpecting &&
        body.bytes.length <= UPLOAD_PIECE &&
        this.#pacedSend === undefined)
    if (settings.idleTimeoutMs > 0) this.#limits.after('idle', settings.idleTimeoutMs)
    if (isWhole) {
      this.#isSent = true
      if (body.is === 'bytes') record.uploaded += body.bytes.length
      record.sentLastAt = now
      this.#awaitFirstByte()
    }
    try {
      this.#stream = connection.send(this, isWhole && body.is === 'bytes' ? body.bytes : undefined, isWhole)
    } catch (error) {
      if (!isTransferError(error)) throw error
      this.abort(error)
      return
    }
    record.headBytesSent += this.#stream.headBytes
    record.connection!.stream = this.#stream.id
    this.#keeper.started(this)
    if (this.isOver) return
    if (isWhole) {
      if (body.is === 'bytes') this.#keeper.bodyMoved(this, body.bytes)
      this.#keeper.sent(this)
      return
    }
    if (this.#isExpecting) this.#limits.after('expect-100', settings.expect100TimeoutMs)
    else this.#sendBody()
  }

  /** Of its versions HTTP/1 alone has an old one, in which there are no WebSockets. */
  #mustSpeakOld({ protocol, answersOld }: Connection): boolean {
    return (
      (this.#isOldServer || answersOld) && protocol === 'http/1.1' && !this.#plan.request.asksForWebSocket
    )
  }

  /** Begins to send a body that did not go with the head. */
  #sendBody(): void {
    this.#isExpecting = false
    this.#watch?.clear('expect-100')
    const body = this.#body
    if (body.is === 'none' || body.is === 'pending') return
    this.#upload = new Upload(body, this.#plan.bodyLength, this.#stream!, this, this.#pacedSend)
    this.#upload.begin()
  }

  /** What is sent of the body in this try. */
  get #body(): BodySource {
    return this.#isBodyWithheld ? NO_BODY : this.#plan.body
  }

  drained(): void {
    if (this.#receiver !== undefined) this.#receiver.drained()
    else if (this.goesOnSending) this.#upload?.drained()
  }

  // UploadOwner

  uploaded(count: number, bytes?: Uint8Array): void {
    this.record.uploaded += count
    if (bytes !== undefined) this.#keeper.bodyMoved(this, bytes)
    this.progressed()
  }

  wakeSend(due: Milliseconds): void {
    this.#limits.at('send-rate', due)
  }

  bodySent(): void {
    let trailers: Fields | undefined
    try {
      trailers = trailersNow(this.#plan.settings)
    } catch (error) {
      this.abort(error as TransferError)
      return
    }
    if (this.isOver) return // The function is the user's code, and may have ended the transfer.
    this.#isSent = true
    const now = this.#keeper.clock.now()
    this.record.sentLastAt = now
    this.#awaitFirstByte()
    this.#stream?.end(this, trailers)
    this.#keeper.sent(this)
  }

  bodyFailed(error: TransferError): void {
    this.abort(error)
  }

  #awaitFirstByte(): void {
    const { firstByteTimeoutMs } = this.#plan.settings
    if (firstByteTimeoutMs > 0 && !this.#isAnswering) this.#limits.after('first-byte', firstByteTimeoutMs)
  }

  // ---- Files (FileOwner) ---------------------------------------------------------------------------

  /** What a `file:` URL asks for takes no connection. */
  #openFile(): void {
    const { files } = this.#keeper.environment
    this.#state = 'receiving'
    this.record.sentFirstAt = this.#keeper.clock.now()
    try {
      const ask = planFile(this.#plan)
      this.#stream =
        ask.is === 'write' ? new FileWriting(files, ask, this) : new FileReading(files, ask, this)
    } catch (error) {
      this.#failWith(error)
    }
  }

  fileOpened(): void {
    if (this.#plan.body.is === 'none') this.#stream!.end(this)
    else this.#sendBody()
  }

  fileHead(head: ResponseHead, length: number | undefined): boolean {
    const { record } = this
    const { settings } = this.#plan
    this.#hasBegun = true
    record.firstByteAt = this.#keeper.clock.now()
    record.head = head
    record.isUnmet = !isFresh(settings, head)
    // As in libcurl, of a file that is not newer nothing is told.
    if (record.isUnmet) {
      this.#client.head(head, true)
      return false
    }
    record.downloadTotal = length ?? -1
    record.headBytesReceived = head.raw!.length
    this.#tellHead(head, true)
    if (this.isOver) return false
    if (settings.maxFilesize > 0 && record.downloadTotal > settings.maxFilesize)
      this.abort(tooLarge(settings.maxFilesize, record.downloadTotal))
    return !this.isOver
  }

  fileDone(): void {
    this.#stream = undefined
    if (this.record.head === undefined) this.#client.head((this.record.head = NO_HEAD), true)
    if (this.#detour?.end(undefined, undefined) !== true) this.#finish(undefined)
  }

  fileFailed(error: unknown): void {
    this.#stream = undefined
    const told = isTransferError(error)
      ? error
      : new TransferError('READ_ERROR', messageOf(error), {}, { cause: error })
    if (this.#detour?.end(undefined, told) !== true) this.#finish(told)
  }

  // ---- Receiving (Exchange) ------------------------------------------------------------------------

  get request(): OutgoingRequest {
    return this.#request
  }

  get isExpecting(): boolean {
    return this.#isExpecting
  }

  get isSent(): boolean {
    return this.#isSent
  }

  get goesOnSending(): boolean {
    return !this.#isSent && !this.#isExpecting && !this.#hasStopped
  }

  began(): void {
    this.#hasBegun = this.#isAnswering = true
    this.#state = 'receiving'
    this.#watch?.clear('first-byte')
    const now = this.#keeper.clock.now()
    this.#watch?.moved(now)
    this.record.firstByteAt ??= now
    if (this.#isPaused) this.#stream?.pause()
  }

  moved(to: HttpStream): void {
    this.#stream = to
    this.record.connection!.stream = to.id
    this.record.connection!.protocol = 'h2'
  }

  switched(to: RawStream): void {
    this.#stream = to
    this.#hasBegun = true
    this.#state = 'receiving'
    this.#watch?.clear('first-byte')
    if (this.#isPaused) to.pause()
    this.#receiver = this.#client.switched!(to, this)
  }

  ended(): void {
    this.#receiver?.ended()
  }

  resumed(): void {
    this.#receiver?.resumed()
  }

  informational(head: ResponseHead, headBytes: number): void {
    this.#isAnswering = false
    this.record.headBytesReceived = headBytes
    this.#remember(head)
    this.#tellHead(head, false)
    if (this.isOver) return
    if (head.status === 100 && this.#isExpecting) this.#sendBody()
    // It was a sign of life, not the response.
    if (this.#isSent) this.#awaitFirstByte()
  }

  cut(head: ResponseHead): void {
    this.record.head = head
    this.#tellHead(head, false, true)
  }

  response(head: ResponseHead, length: number | undefined, headBytes: number): void {
    const { record } = this
    const { settings } = this.#plan
    // Past 300 nobody wants the rest of the request (curl stops there too); below, it is sent to its end.
    this.#hasStopped = head.status >= 300 && !this.#isSent && !settings.keepSendingOnError
    record.headBytesReceived = headBytes
    record.head = head
    const isOld = head.version === '1.0'
    this.#isOldServer ||= isOld
    this.#member!.connection.answersOld = isOld
    record.downloadTotal = length === undefined || length === Infinity ? -1 : length
    this.#remember(head)
    if (this.#hasStopped) {
      this.#upload?.stop()
      if (this.#isLost) return // The source's clean-up is the user's code, and may have ended the transfer.
    }
    if (this.#isExpecting) {
      // The answer is final: the body is not wanted (RFC 9110 10.1.1).
      this.#watch?.clear('expect-100')
      if (head.status === 417) {
        this.#asksNoMore = true
        this.#tellHead(head, false, true)
        if (this.#isLost) return
        this.#discard(length, 'resend')
        return
      }
    }
    if (head.status === 421 && this.#mayGoElsewhere()) {
      this.#discard(
        length,
        this.#plan.known.alternative === undefined ? 'resend-elsewhere' : 'resend-to-origin',
      )
      return
    }
    const outcome = this.#judgeAuthentication(head)
    if (this.#isLost) return
    if (outcome !== 'deliver') {
      this.#tellHead(head, false, true)
      if (!this.#isLost) this.#discard(length, outcome === 'again' ? 'resend' : 'resend-here')
      return
    }
    if (this.#isSentOn(head)) {
      this.#discard(length, 'follow')
      return
    }
    if (this.#isLost) return
    const delayMs = settings.retry > 0 && isPassingStatus(head) ? this.#retryDelay({ head }) : undefined
    if (delayMs !== undefined) {
      this.#keeper.retried(this, statusError(head))
      if (this.#isLost) return
      this.#tellHead(head, false, true)
      if (!this.#isLost) this.#discard(length, { is: 'retry', delayMs })
      return
    }
    // libcurl's rule: no other answer than 101 is a success where a WebSocket is asked for.
    const isRefused = this.request.asksForWebSocket && head.status !== 101
    // A download of which nothing is left has not failed.
    const isDone = head.status === 416 && this.#resumesDownload
    const isFailure = isRefused || (settings.failOnError && head.status >= 400 && !isDone)
    this.#tellHead(head, true, isFailure)
    if (this.#isLost) return
    if (this.#isUnwanted(head, length)) return
    if (isFailure) {
      const error = isRefused ? refusedUpgrade(head) : statusError(head)
      this.#discard(length, error)
      return
    }
    const isBeyond = length === Infinity && !settings.ignoreContentLength && isBeyondCounting(head)
    const announced = isBeyond ? Infinity : record.downloadTotal
    if (settings.maxFilesize > 0 && announced > settings.maxFilesize) {
      this.abort(tooLarge(settings.maxFilesize, announced))
      return
    }
    if (settings.acceptEncoding !== undefined || settings.transferEncoding) this.#beginDecoding(head, length)
  }

  /** The exchange is over: what was called here ended the transfer, or it waits for another try. */
  get #isLost(): boolean {
    return this.#member === undefined
  }

  /** Takes in what a head says, whatever becomes of the response. */
  #remember(head: ResponseHead): void {
    const memory = this.#memory
    if (memory === undefined) return
    const { tls } = this.record.connection!
    this.#cookiesTaken = remember(head, this.#plan, tls, memory, this.#cookiesTaken)
  }

  #judgeAuthentication(head: ResponseHead): AuthOutcome {
    if (this.#authentication === undefined) return 'deliver'
    try {
      return this.#authentication.judge(head, this.#member!.connection, this.#isBodyWithheld)
    } catch (error) {
      this.#failWith(error)
      return 'deliver'
    }
  }

  /** Whether the conditions of the request make its body unwanted, or the answer a failure. */
  #isUnwanted(head: ResponseHead, length: number | undefined): boolean {
    const { settings } = this.#plan
    const resumes = this.#resumesDownload
    if (!resumes && settings.timeCondition === 'none') return false
    const verdict = judgeConditions(settings, head, resumes)
    this.record.isUnmet = verdict.is === 'unmet' || (settings.timeCondition !== 'none' && head.status === 304)
    if (verdict.is === 'failed') this.abort(verdict.error)
    else if (verdict.is === 'unmet') this.#discard(length, 'done')
    return verdict.is !== 'met'
  }

  /** With a body it is the upload that goes on somewhere. */
  get #resumesDownload(): boolean {
    const { body, settings } = this.#plan
    return settings.resumeFrom > 0 && body.is === 'none'
  }

  /** Whether a redirect is followed; the transfer ends when it cannot be. */
  #isSentOn(head: ResponseHead): boolean {
    const { settings, url, method, step, first, given } = this.#plan
    if (!settings.followLocation) return false
    try {
      const next = nextStep({ head, settings, url, method, step, first, hasBody: given.is !== 'none' })
      if (next === undefined) return false
      this.#next = planStep(this.#plan, next)
    } catch (error) {
      if (!isTransferError(error)) throw error
      // It is the last thing that came, and says where it would have gone.
      this.#tellHead(head, false, true)
      this.abort(error)
      return false
    }
    this.#tellHead(head, false, true)
    return !this.isOver
  }

  /** 421 on a connection that was not opened for this request is worth one try on one that is (RFC 9110 15.5.20). */
  #mayGoElsewhere(): boolean {
    const facts = this.record.connection!
    const isOwn = !facts.isReused && facts.request === 1 && this.#plan.known.alternative === undefined
    if (this.#wasMisdirected || isOwn) return false
    this.#wasMisdirected = true
    return this.#upload?.isSpent !== true
  }

  data(bytes: Uint8Array): void {
    const { record } = this
    const { settings } = this.#plan
    record.downloaded += bytes.length
    if (this.#afterDiscard !== undefined) {
      if (record.downloaded > LIMITS.discardedBytes) this.#stopDiscarding(this.#afterDiscard)
      return
    }
    const excess = settings.maxFilesize > 0 ? record.downloaded - settings.maxFilesize : 0
    // What is allowed is delivered, as libcurl does; coded bytes are no such measure of what they hold.
    const allowed = excess > 0 ? bytes.subarray(0, Math.max(0, bytes.length - excess)) : bytes
    if (this.#detour !== undefined && excess <= 0) this.#detour.data(bytes)
    else if (this.#detour === undefined && allowed.length > 0) this.deliver(allowed)
    if (excess > 0) this.abort(tooLarge(settings.maxFilesize, record.downloaded))
  }

  // ---- The body's way to the client (DetourOwner) ---------------------------------------------------

  deliver(bytes: Uint8Array): void {
    if (this.isOver) return
    const { settings } = this.#plan
    let answer: 'pause' | void
    try {
      if (this.#receiver !== undefined) answer = this.#receiver.data(bytes)
      else
        answer =
          settings.writeFunction === undefined ? this.#client.data(bytes) : settings.writeFunction(bytes)
    } catch (error) {
      this.abort(writeError('writeFunction', error))
      return
    }
    if (answer === 'pause') this.pause()
    this.progressed()
  }

  /** A piece that is being delivered, for good: see `ByteStream.own`. */
  own(bytes: Uint8Array): Uint8Array {
    const stream = this.#detour === undefined ? this.#member?.connection.stream : undefined
    return stream?.own === undefined ? new Uint8Array(bytes) : stream.own(bytes)
  }

  #beginDecoding(head: ResponseHead, length: number | undefined): void {
    const { settings } = this.#plan
    const { acceptEncoding, httpContentDecoding, transferEncoding, httpTransferDecoding } = settings
    if (length === 0) return
    const content = acceptEncoding !== undefined && httpContentDecoding
    const wish = { content, transfer: transferEncoding && httpTransferDecoding }
    const { decoders } = this.#keeper
    const found = bodyCodings(head.fields, wish, decoders.codings)
    if (found.is === 'refused') this.abort(found.error)
    if (found.is !== 'coded') return
    const terms = {
      codings: found.codings,
      length,
      maxBytes: settings.maxFilesize,
      maxRatio: settings.maxDecodedRatio,
    }
    this.#detour ??= new Detour(this, this.#keeper.clock, 0, this.#isPaused)
    this.#detour.decode(terms, decoders)
    this.record.decoded = 0
  }

  decoded(count: number): void {
    this.record.decoded += count
  }

  holdBack(): void {
    this.#stream?.pause()
  }

  /** Lets the response come again, unless something else holds it back. */
  letCome(): void {
    if (this.isOver || !this.#hasBegun || this.#isPaused || this.#detour?.isHolding === true) return
    this.#stream?.resume()
  }

  wakeReceive(due: Milliseconds): void {
    this.#limits.at('receive-rate', due)
  }

  arrived(trailers: Fields | undefined, error: TransferError | undefined): void {
    this.#finish(error, trailers)
  }

  complete(trailers: Fields | undefined, close: CloseReason | undefined): void {
    const { settings } = this.#plan
    const member = this.#member!
    this.#member = this.#stream = undefined
    member.maxIdleMs = settings.maxAgeConnMs
    member.maxLifetimeMs = settings.maxLifetimeConnMs
    if (this.#afterDiscard === 'resend-here' && close === undefined) {
      this.#member = member
      this.#againOn(member)
      return
    }
    // The connection goes to the next in line first: our own client can wait, the network should not.
    this.#keeper.pool.release(member, close ?? (settings.forbidReuse ? 'forbid-reuse' : undefined))
    if (this.#afterDiscard !== undefined) this.#goOn(this.#afterDiscard, trailers)
    else if (this.#detour?.end(trailers, undefined) !== true) this.#finish(undefined, trailers)
  }

  failed(error: TransferError, close: CloseReason | undefined): void {
    const member = this.#member
    if (member === undefined) return
    this.#member = this.#stream = undefined
    if (this.#afterDiscard !== undefined) {
      // The rest was of no interest: what was decided on the head stands.
      this.#keeper.pool.release(member, close)
      this.#goOn(this.#afterDiscard, undefined)
      return
    }
    const facts = this.record.connection!
    const { settings, isRepeatable } = this.#plan
    // A server that says goodbye in order, and has served somebody, does so again and again, and is in order.
    if (error.details['h2'] === 'HTTP_1_1_REQUIRED') this.#keeper.refuseH2(this.#plan.terms, member)
    const isGone = isUnsent(error) && error.details['h2'] === 'NO_ERROR' && error.details['lastStream'] !== 0
    const again = mayResend({
      policy: settings.retryDeadReuse,
      // A stream that was reset is an answer, not a dead connection. Of those who share a connection all are alike.
      wasReused: close !== undefined && (facts.isReused || member.served > 1),
      hasBegun: this.#hasBegun,
      isUnsent: isUnsent(error),
      isRepeatable,
      retries: isGone ? this.#gone : this.record.retries - this.#gone,
      maxRetries: isGone ? LIMITS.goawayRetries : LIMITS.deadConnectionRetries,
    })
    const told = error.inContext(connectionText(this.record), {
      connection: facts.id,
      request: facts.request,
      ...(facts.stream === undefined ? {} : { stream: facts.stream }),
      retries: this.record.retries,
      sent: this.record.uploaded + this.record.headBytesSent,
      received: this.record.downloaded,
    })
    if (again) {
      this.record.retries += 1
      if (isGone) this.#gone += 1
      this.#keeper.retried(this, told)
      // What is only refused may go by any connection that takes it.
      const fresh = isUnsent(error) && close === undefined ? undefined : 'retry-needs-new'
      // What died twice in company goes on alone: it may be its request that kills connections.
      const isSuspect = fresh !== undefined && this.record.retries - this.#gone > 1
      if (!this.isOver) this.#again(fresh, told, isSuspect ? undefined : member.newerFrom)
    }
    // The lease goes last: its place is for the retry first.
    this.#keeper.pool.release(member, close)
    if (!again && this.#detour?.end(undefined, told) !== true) this.#finish(told)
  }

  /** Tells what the proxy answered to CONNECT, to the option's function alone. */
  #tellConnect(heads: readonly ResponseHead[]): void {
    for (const head of heads) {
      if (this.isOver) return
      this.record.connectStatus = head.status
      if (!this.#plan.settings.suppressConnectHeaders) this.#tellHead(head, false, true)
    }
  }

  /** Delivers a head to the option's function and, unless it is the failure itself, to the client. */
  #tellHead(head: ResponseHead, final: boolean, isFailure = false): void {
    try {
      this.#plan.settings.headerFunction?.(head, final)
    } catch (error) {
      this.abort(writeError('headerFunction', error))
      return
    }
    if (isFailure) return
    if (final) this.#hasTold = true
    this.#client.head(head, final)
  }

  /** Reads a short body past its end, so that the connection lives, or gives the connection up for a long one. */
  #discard(length: number | undefined, after: AfterDiscard): void {
    this.#afterDiscard = after
    // One of unknown length is read as far as a short one.
    if (length !== Infinity && (length ?? 0) <= LIMITS.discardedBytes) return
    this.#leaveConnection()
    this.#goOn(after, undefined)
  }

  #stopDiscarding(after: AfterDiscard): void {
    this.#leaveConnection()
    this.#goOn(after, undefined)
  }

  /** What follows a response that is not delivered. */
  #goOn(after: AfterDiscard, trailers: Fields | undefined): void {
    if (after === 'done') this.#finish(undefined, trailers)
    else if (typeof after === 'object' && 'is' in after) this.#wait(after.delayMs)
    else if (typeof after === 'string') this.#againAfter(after)
    else this.#finish(after)
  }

  #againAfter(why: Again): void {
    if (why === 'follow') this.#follow()
    else if (why === 'resend' || why === 'resend-here') this.#again(undefined)
    else if (why === 'resend-to-origin') this.#againAtOrigin()
    else this.#again('misdirected', undefined, this.record.connection!.id + 1)
  }

  #againAtOrigin(): void {
    if (this.#settle(true)) this.#again(undefined)
  }

  /** Goes where the redirect leads: all that was of the last request only begins anew. */
  #follow(): void {
    const { record } = this
    this.#plan = record.plan = this.#next!
    this.#next = undefined
    this.#asksNoMore = this.#wasMisdirected = false
    record.redirects += 1
    record.redirectedAt = this.#keeper.clock.now()
    if (this.#settle()) this.#again(undefined)
  }

  /** Once more on the connection that it has: what was begun there goes on. */
  #againOn(member: Member<Connection>): void {
    if (!this.#resetTry()) return
    this.#keeper.pool.goOn(member)
    this.record.connection = { ...this.record.connection!, request: member.served, isReused: true }
    this.#sendPrepared(member)
  }

  /** Once more from the start. Fails with SEND_FAIL_REWIND when the body has been read and cannot be read again. */
  #again(fresh: FreshReason | undefined, why?: TransferError, from?: number): void {
    if (this.#resetTry(why)) this.#acquire(fresh, from)
  }

  /** All that was of the last try begins anew. False: the transfer is over. */
  #resetTry(why?: TransferError): boolean {
    const isSpent = this.#upload?.isSpent === true
    this.#upload?.stop()
    this.#upload = undefined
    if (this.isOver) return false // As in `response`.
    if (isSpent) {
      this.abort(this.#isOldServer && this.#plan.bodyLength === undefined ? noChunks() : cannotRepeat(why))
      return false
    }
    this.#isSent =
      this.#hasBegun =
      this.#isAnswering =
      this.#hasStopped =
      this.#isExpecting =
      this.#isInResolve =
        false
    // What the old try was given time for is no concern of the new one.
    this.#watch?.clearAll(OF_A_TRY)
    this.#afterDiscard = undefined
    this.record.uploaded = this.record.downloaded = 0
    this.record.decoded = -1
    this.record.head = this.record.firstByteAt = undefined
    this.#isBodyWithheld = false
    this.#detour?.clear()
    this.#cookiesTaken = 0
    this.#request = this.#plan.request
    return true
  }

  // ---- Time ----------------------------------------------------------------------------------------

  /** Bytes moved: tells the progress function, and the idle deadline that it was not idle. */
  progressed(): void {
    const { progressFunction, idleTimeoutMs } = this.#plan.settings
    if (idleTimeoutMs > 0) this.#watch?.moved(this.#keeper.clock.now())
    if (progressFunction !== undefined) this.#tellProgress()
  }

  #tellProgress(): void {
    const { record } = this
    try {
      const answer = this.#plan.settings.progressFunction!({
        downloaded: record.downloaded,
        downloadTotal: Math.max(0, record.downloadTotal),
        uploaded: record.uploaded,
        uploadTotal: this.#plan.bodyLength ?? 0,
      })
      if (answer === 'abort')
        this.abort(
          new TransferError(
            'ABORTED_BY_CALLBACK',
            'the progress function said "abort"',
            {},
            { phase: this.#phase() },
          ),
        )
    } catch (error) {
      this.abort(
        new TransferError(
          'ABORTED_BY_CALLBACK',
          `the progress function threw: ${messageOf(error)}`,
          {},
          { phase: this.#phase(), cause: error },
        ),
      )
    }
  }

  // WatchOwner

  get #limits(): Watch {
    return (this.#watch ??= new Watch(this, this.#keeper, this.#given.settings, this.record))
  }

  /** Whether bytes could move now, so that slowness is the peer's. */
  get isMoving(): boolean {
    return !this.#isPaused && this.#member !== undefined
  }

  woken(name: WakeName): void {
    switch (name) {
      case 'receive-rate':
        return this.#detour?.woken()
      case 'send-rate':
        return this.#upload?.woken()
      case 'retry':
        return this.#restart()
      case 'expect-100':
        if (this.#member !== undefined) this.#sendBody()
    }
  }

  passed(name: LimitName, error: TransferError): void {
    const isStuck = name === 'connect' || name === 'resolve'
    if (!isStuck || !this.#turnsToOrigin()) this.abort(error.withPhase(this.#phase()), isStuck)
  }

  #phase(): Phase {
    switch (this.#state) {
      case 'connecting':
        return this.#openingPhase
      case 'sending':
        return this.#isSent ? 'receive' : 'send'
      case 'receiving':
        return 'receive'
      default:
        return 'queue'
    }
  }

  signalled(): void {
    this.abort(aborted(this.#plan.settings.signal!).withPhase(this.#phase()))
  }

  // ---- For people ----------------------------------------------------------------------------------

  /** `Transfer #3 GET http://a.test/ receiving`. Settings and heads may hold secrets, and are not shown. */
  toString(): string {
    return `Transfer #${this.record.id} ${this.#plan.method} ${this.#plan.url.text} ${this.#state}`
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  // ---- Another try, by the policy -----------------------------------------------------------------

  #retryDelay(why: {
    readonly error?: TransferError
    readonly head?: ResponseHead
  }): Milliseconds | undefined {
    const { settings, isRepeatable } = this.#plan
    return this.#upload?.isSpent === true || !this.#isPrepared
      ? undefined
      : retryDelay({
          ...why,
          settings,
          isRepeatable,
          retries: this.record.restarts,
          spentMs: this.#keeper.clock.now() - this.record.startedAt,
          chance: this.#keeper.environment.random.fraction(),
        })
  }

  /** Whether nothing of the response has been handed on, or the client has now forgotten it. */
  #takesBack(): boolean {
    if (this.#receiver !== undefined) return false
    if (!this.#hasTold) return true
    return this.#plan.settings.writeFunction === undefined && this.#client.restart?.() === true
  }

  #wait(delayMs: Milliseconds): void {
    this.#state = 'queued'
    // Others go first meanwhile; and who still stood in line must not be let in beside the new try.
    this.#leaveAdmission?.()
    this.#leaveAdmission = undefined
    this.#isAdmitted = true
    this.#isOldServer = false
    if (this.#resetTry()) this.#limits.after('retry', delayMs)
  }

  /** From the beginning: where redirects have led is forgotten. */
  #restart(): void {
    this.record.restarts += 1
    this.#plan = this.record.plan = this.#given
    this.#asksNoMore = this.#wasMisdirected = this.#hasTold = false
    this.#authentication = undefined
    if (this.#settle()) this.#enter(undefined)
  }

  // ---- The end -------------------------------------------------------------------------------------

  #finish(error: TransferError | undefined, trailers?: Fields): void {
    if (this.isOver) return
    if (error !== undefined && this.#plan.settings.retry > 0) {
      const delayMs = this.#retryDelay({ error })
      if (delayMs !== undefined && this.#takesBack()) {
        this.#keeper.retried(this, error)
        if (!this.isOver) this.#wait(delayMs)
        return
      }
    }
    this.#state = error === undefined ? 'done' : 'failed'
    this.record.endedAt = this.#keeper.clock.now()
    this.#watch?.end()
    this.#detour?.clear()
    this.#upload?.stop()
    if (this.#plan.settings.signal !== undefined)
      this.#keeper.signals.remove(this.#plan.settings.signal, this)
    if (!this.#isAdmitted) this.record.queuedMs = this.record.endedAt - this.record.startedAt
    this.#leaveAdmission?.()
    if (error === undefined && this.#plan.settings.progressFunction !== undefined) this.#tellProgress()
    this.#keeper.ended(this, error)
    if (error === undefined) this.#client.done(trailers)
    else this.#client.failed(error)
  }
}

/** Whether it announces a length that is too large for a number. */
function isBeyondCounting({ fields }: ResponseHead): boolean {
  return fields.has('content-length') && !fields.has('transfer-encoding')
}

/** Whether the peer, or the lack of a chance to send, says that nothing of the request was acted on. */
function isUnsent({ details }: TransferError): boolean {
  return details['unsent'] === true || details['h2'] === 'HTTP_1_1_REQUIRED'
}

/** A response is read to its end and not delivered; then the request is sent again. */
type Again = 'resend' | 'resend-here' | 'resend-elsewhere' | 'resend-to-origin' | 'follow'

/** What a response that is not delivered leads to: a failure, the end, or another try. */
type AfterDiscard = TransferError | Again | 'done' | { readonly is: 'retry'; readonly delayMs: Milliseconds }

/** What ends when there is a connection. */
const OF_A_WAIT = ['queue', 'connect', 'resolve'] as const

/** What ends with the try it was set for; `total` and `low-speed` go on. */
const OF_A_TRY = [
  'queue',
  'connect',
  'resolve',
  'first-byte',
  'idle',
  'expect-100',
  'receive-rate',
  'send-rate',
] as const
