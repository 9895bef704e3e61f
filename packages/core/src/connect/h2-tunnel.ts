/**
 * `H2Tunnel`: a tunnel that is a stream of an HTTP/2 connection to a proxy (RFC 9113 section 8.5). Each has a
 * connection for itself, as with curl.
 *
 * The rule: towards whoever uses it, it is a stream like any other: told from no call of theirs, bounded by its
 * windows. What ends the connection to the proxy ends it.
 */
import type { ByteSink, ByteStream, SocketAddress } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import { connectList } from '../h2/messages.ts'
import { H2Session, type H2Listener } from '../h2/session.ts'
import type { H2Stream } from '../h2/h2-stream.ts'
import { isSuccessful, type RequestHead, type ResponseHead } from '../http/message.ts'
import { connectRefused, sentText, withAuthorization, type ConnectObserver } from '../proxy/connect-head.ts'
import type { ProxyLogin } from '../proxy/proxy-login.ts'
import type { ConnectContext } from './filter.ts'

export interface H2TunnelWish {
  /** CONNECT, without Proxy-Authorization unless it is the user's own. */
  readonly head: RequestHead
  readonly login: ProxyLogin
  readonly tell: ConnectObserver
  readonly context: Pick<ConnectContext, 'clock' | 'signal'>
}

/** Asks for a tunnel over an open stream, which it owns. Rejects with RECV_ERROR when the proxy refuses. */
export function openH2Tunnel(below: ByteStream, wish: H2TunnelWish): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const { signal } = wish.context
    const settle = (): void => signal.removeEventListener('abort', onAbort)
    const tunnel = new H2Tunnel(below, wish, {
      open: () => {
        settle()
        resolve(tunnel)
      },
      refused: (error) => {
        settle()
        tunnel.abort()
        reject(error)
      },
    })
    const onAbort = (): void => {
      tunnel.abort()
      reject(signal.reason)
    }
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    tunnel.begin()
  })
}

/** Who waits for the tunnel. */
interface Opener {
  open(): void
  refused(error: unknown): void
}

class H2Tunnel implements ByteStream, ByteSink, H2Listener<undefined> {
  readonly #below: ByteStream
  readonly #wish: H2TunnelWish
  readonly #session = new H2Session<undefined>({ role: 'client' }, this)
  /** Until it is open. */
  #opener: Opener | undefined
  #stream: H2Stream<undefined> | undefined
  #sent = ''
  #sink: ByteSink | undefined
  #isPaused = false
  #isReceiving = false
  #isFlushDue = false
  #isResumeDue = false
  /** Nothing is told, and nothing sent any more. */
  #isOver = false
  #failure: TransferError | undefined

  constructor(below: ByteStream, wish: H2TunnelWish, opener: Opener) {
    this.#below = below
    this.#wish = wish
    this.#opener = opener
  }

  begin(): void {
    this.#below.sink = this
    this.#session.begin()
    this.#ask()
  }

  // ---- ByteStream ----------------------------------------------------------------------------------

  get sink(): ByteSink | undefined {
    return this.#sink
  }

  set sink(sink: ByteSink | undefined) {
    this.#sink = sink
    if (sink === undefined && this.#stream !== undefined) this.#session.pause(this.#stream)
    else this.#resumeSoon()
  }

  get local(): SocketAddress | undefined {
    return this.#below.local
  }

  get remote(): SocketAddress | undefined {
    return this.#below.remote
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.#isOver || this.#failure !== undefined) return true
    const given = typeof bytes === 'string' ? Uint8Array.from(bytes, (char) => char.charCodeAt(0)) : bytes
    return this.#session.write(this.#stream!, given)
  }

  pause(): void {
    this.#isPaused = true
    if (this.#stream !== undefined) this.#session.pause(this.#stream)
  }

  resume(): void {
    this.#isPaused = false
    this.#resumeSoon()
  }

  end(): void {
    if (!this.#isOver && this.#stream !== undefined) this.#session.end(this.#stream)
  }

  abort(): void {
    if (this.#isOver) return
    if (this.#stream !== undefined) this.#session.reset(this.#stream, 'CANCEL')
    this.#flush()
    this.#isOver = true
    this.#below.sink = undefined
    this.#below.abort()
  }

  hold(awake: boolean): void {
    this.#below.hold(awake)
  }

  // ---- ByteSink: the connection to the proxy -------------------------------------------------------

  bytes(view: Uint8Array): void {
    this.#isReceiving = true
    try {
      this.#session.receive(view, this.#wish.context.clock.now())
    } finally {
      this.#isReceiving = false
    }
    if (!this.#isOver) this.#flush()
  }

  ended(): void {
    this.#fail(lost('the proxy closed the connection of a tunnel'))
  }

  failed(error: TransferError): void {
    this.#fail(error)
  }

  drained(): void {
    this.#session.unblock()
    this.#flush()
  }

  // ---- H2Listener ----------------------------------------------------------------------------------

  informational(_stream: H2Stream<undefined>, head: ResponseHead): void {
    this.#wish.tell(this.#sent, head)
  }

  response(stream: H2Stream<undefined>, head: ResponseHead): void {
    const opener = this.#opener
    if (opener === undefined) return
    this.#wish.tell(this.#sent, head)
    if (isSuccessful(head.status)) {
      this.#opener = undefined
      // A length means nothing here (RFC 9110 9.3.6).
      stream.expected = -1
      this.#session.pause(stream)
      opener.open()
      return
    }
    if (!this.#wish.login.answers(head, 'h2')) {
      opener.refused(connectRefused(head))
      return
    }
    // Nobody reads what else it has to say.
    this.#session.reset(stream, 'CANCEL')
    if (this.#session.takesStreams) this.#ask()
    else opener.refused(lost('the proxy takes no more tunnels on this connection'))
  }

  data(_stream: H2Stream<undefined>, bytes: Uint8Array): void {
    if (!this.#isOver) this.#sink?.bytes(bytes)
  }

  streamEnded(): void {
    if (this.#opener !== undefined)
      this.#fail(lost('the proxy ended the stream of a tunnel before it was open'))
    else if (!this.#isOver) this.#sink?.ended()
  }

  streamFailed(_stream: H2Stream<undefined>, error: TransferError): void {
    this.#fail(error)
  }

  writable(): void {
    if (!this.#isOver) this.#sink?.drained()
  }

  broken(error: TransferError): void {
    this.#flush()
    this.#fail(error)
  }

  outputReady(): void {
    if (this.#isReceiving || this.#isFlushDue) return
    this.#isFlushDue = true
    queueMicrotask(this.#flushLater)
  }

  settingsChanged(): void {}
  goingAway(): void {}
  pong(): void {}

  // ---- Insides -------------------------------------------------------------------------------------

  #ask(): void {
    const { head, login } = this.#wish
    const whole = withAuthorization(head, login.authorization())
    this.#sent = sentText(whole)
    this.#stream = this.#session.request(connectList(whole), false, undefined)
  }

  /** The peer is told from a turn of its own: whoever resumes is in the middle of something. */
  #resumeSoon(): void {
    if (this.#isResumeDue || this.#sink === undefined) return
    this.#isResumeDue = true
    queueMicrotask(this.#resumeNow)
  }

  readonly #resumeNow = (): void => {
    this.#isResumeDue = false
    if (this.#sink === undefined || this.#isPaused || this.#isOver) return
    this.#session.resume(this.#stream!)
    if (this.#failure !== undefined) this.#tellFailure()
  }

  readonly #flushLater = (): void => {
    this.#isFlushDue = false
    if (!this.#isOver) this.#flush()
  }

  #flush(): void {
    const session = this.#session
    for (let bytes = session.takeOutput(); bytes.length > 0; bytes = session.takeOutput()) {
      if (this.#below.write(bytes)) {
        session.pump()
      } else {
        session.block()
        return
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver || this.#failure !== undefined) return
    const opener = this.#opener
    this.#opener = undefined
    if (opener !== undefined) {
      opener.refused(isTransferError(error) ? error.withPhase('proxy') : error)
      return
    }
    this.#failure = error as TransferError
    if (this.#sink !== undefined) this.#tellFailure()
  }

  #tellFailure(): void {
    const sink = this.#sink
    this.#isOver = true
    this.#below.sink = undefined
    this.#below.abort()
    sink?.failed(this.#failure!)
  }
}

function lost(text: string): TransferError {
  return new TransferError('RECV_ERROR', text, {}, { phase: 'proxy' })
}
