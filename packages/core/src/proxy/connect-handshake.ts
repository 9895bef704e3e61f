/**
 * `ConnectHandshake`: CONNECT over HTTP/1.1 (RFC 9110 section 9.3.6), with as many rounds of 407 as the login takes.
 *
 * The rule: a refusal is read to its end before the next CONNECT goes out on the same connection; where it has no
 * end, or too long a body, or the proxy says close, the rounds go on on another one. Nothing of a body is kept.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { writeRequestHead } from '../h1/head-writer.ts'
import type { H1Event } from '../h1/events.ts'
import { H1Reader } from '../h1/reader.ts'
import { persistence } from '../http/keep-alive.ts'
import { isSuccessful, type RequestHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { connectRefused, sentText, withAuthorization, type ConnectObserver } from './connect-head.ts'
import { MORE, type Handshake, type HandshakeStep } from './handshake.ts'
import type { ProxyLogin } from './proxy-login.ts'

export class ConnectHandshake implements Handshake {
  readonly #head: RequestHead
  readonly #login: ProxyLogin
  readonly #tell: ConnectObserver
  readonly #reader = new H1Reader('client')
  /** What the last CONNECT said, to be told. */
  #sent = ''
  /** Bytes of all heads before the one that is awaited. */
  #headBytes = 0
  /** Of the body of the refusal that is read. */
  #bodyBytes = 0
  /** A refusal is being read to its end, and then answered. */
  #isRetrying = false
  /** CONNECTs answered on this connection. */
  #rounds = 0

  /** `head`: without Proxy-Authorization, unless that is the user's own. */
  constructor(head: RequestHead, login: ProxyLogin, tell: ConnectObserver) {
    this.#head = head
    this.#login = login
    this.#tell = tell
  }

  begin(): string {
    return this.#request()
  }

  receive(view: Uint8Array): HandshakeStep {
    this.#reader.offer(view)
    const step = this.#read()
    if (step.is === 'more') this.#reader.keep()
    return step
  }

  ended(): HandshakeStep {
    // A proxy that closes after it asked for a login, without saying so, did not mean to end it.
    if (this.#isRetrying || (this.#rounds > 0 && this.#reader.isBetweenMessages)) return RECONNECT
    const { target } = this.#head
    throw new TransferError(
      'RECV_ERROR',
      `the proxy closed the connection before it had answered CONNECT ${target}`,
      { round: this.#rounds + 1 },
      { phase: 'proxy' },
    )
  }

  #read(): HandshakeStep {
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      switch (event.is) {
        case 'informational':
          this.#tell(this.#sent, event.head)
          break
        case 'response': {
          this.#tell(this.#sent, event.head)
          const step = this.#judge(event)
          if (step !== undefined) return step
          break
        }
        case 'data':
          this.#bodyBytes += event.bytes.length
          if (this.#bodyBytes > LIMITS.discardedBytes) return RECONNECT
          break
        default:
          return this.#again()
      }
    }
    return MORE
  }

  #next(): H1Event | undefined {
    try {
      return this.#reader.next()
    } catch (error) {
      // The heads of a proxy are as much of a proxy's as its refusals.
      throw error instanceof TransferError ? error.inContext('the answer of the proxy to CONNECT', {}) : error
    }
  }

  /** What follows from a final head; undefined: its body is read first. */
  #judge({ head, framing, suspicious }: Extract<H1Event, { is: 'response' }>): HandshakeStep | undefined {
    if (isSuccessful(head.status)) return { is: 'done', rest: this.#reader.takeRest() }
    if (!this.#login.answers(head))
      throw head.status === 407 && suspicious !== undefined ? ambiguous(suspicious) : connectRefused(head)
    this.#rounds += 1
    this.#headBytes += this.#reader.headBytes
    if (this.#headBytes > LIMITS.responseHeadBytes) throw tooLarge(this.#headBytes)
    const isTooLong = framing.is === 'length' && framing.bytes > LIMITS.discardedBytes
    const isLast = framing.is === 'until-close' || suspicious !== undefined || !persistence(head, false).keep
    if (isLast || isTooLong) return RECONNECT
    this.#isRetrying = true
    this.#bodyBytes = 0
    return undefined
  }

  /** The refusal has ended: the next round, unless more came than was asked for. */
  #again(): HandshakeStep {
    if (this.#reader.unread > 0) return RECONNECT
    this.#isRetrying = false
    return { is: 'more', send: this.#request() }
  }

  #request(): string {
    const head = withAuthorization(this.#head, this.#login.authorization())
    this.#reader.expectResponse('CONNECT')
    this.#sent = sentText(head)
    return writeRequestHead(head)
  }
}

/** RFC 9112 6.3: an error. It hides where the answer ends, which for this one is where our words go on. */
function ambiguous(why: string): TransferError {
  return new TransferError(
    'RECV_ERROR',
    `the proxy wants a login, in an answer that cannot be trusted: ${why}`,
    { status: 407 },
    { phase: 'proxy' },
  )
}

function tooLarge(bytes: number): TransferError {
  const limit = LIMITS.responseHeadBytes
  return new TransferError(
    'TOO_LARGE',
    `the heads of the answers to CONNECT have ${bytes} bytes together, and may have ${limit}`,
    { bytes, limit },
    { phase: 'proxy' },
  )
}

const RECONNECT: HandshakeStep = Object.freeze({ is: 'reconnect' })
