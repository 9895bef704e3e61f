/**
 * HTTP/1.1 on an accepted connection of a simulated server: reads requests, calls the script, keeps or closes.
 *
 * The rule: one exchange at a time. The next request of a pipeline is read when the response before it is
 * complete and the body before it has been read.
 */
import { joined } from '../base/joined.ts'
import { H1Reader } from '../h1/reader.ts'
import type { RequestHead } from '../http/message.ts'
import { copied } from './sim-bytes.ts'
import type { SimBegun, SimSpeaker, SimSpeakerHost } from './sim-speaker.ts'
import { SimH1Exchange } from './sim-h1-exchange.ts'

export class SimH1Connection implements SimSpeaker {
  readonly protocol = 'http/1.1'
  readonly #connection: SimSpeakerHost
  readonly #reader = new H1Reader('server')
  #current: (SimBegun & { readonly exchange: SimH1Exchange }) | undefined
  /** A request that goes on in HTTP/2 when it is complete. */
  #upgrading: { readonly head: RequestHead; readonly pieces: Uint8Array[] } | undefined
  #isRead = true
  #isAnswered = true
  #mustClose = false
  #clientHasEnded = false

  constructor(connection: SimSpeakerHost) {
    this.#connection = connection
  }

  /** What it writes leaves at once. */
  flush(): void {}

  gone(): void {
    this.#current?.wait.cancel()
    this.#current?.exchange.lost()
    this.#current = undefined
  }

  takeRest(): Uint8Array {
    return this.#reader.takeRest()
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    if (!this.#connection.isServing) return
    this.#connection.stopIdle()
    this.#reader.offer(view)
    this.#readOn()
    this.#reader.keep()
  }

  ended(): void {
    this.#clientHasEnded = true
    // Between requests there is nothing left to say; inside one, nothing that could be said of it.
    if (this.#current === undefined || !this.#isRead) this.#connection.close()
  }

  failed(): void {
    this.#connection.failed()
  }

  drained(): void {}

  // ---- Reading -------------------------------------------------------------------------------------

  /** Reads as far as may be: to the end of the bytes, or of the request whose response is not complete. */
  #readOn(): void {
    try {
      while (this.#connection.isOpen && !(this.#isRead && !this.#isAnswered)) {
        const event = this.#reader.next()
        if (event === undefined) return
        if (event.is === 'request') this.#begin(event.head)
        else if (event.is === 'data') this.#receive(event.bytes)
        else if (event.is === 'end') {
          this.#isRead = true
          if (this.#upgrading !== undefined) return this.#upgrade()
          this.#current!.exchange.receivedAll()
          this.#finish()
        }
      }
    } catch (cause) {
      this.#connection.brokenBy('what is no request', cause)
    }
  }

  #begin(head: RequestHead): void {
    const connection = this.#connection
    this.#isRead = false
    if (connection.takesUpgrade(head)) {
      this.#upgrading = { head, pieces: [] }
      return
    }
    this.#isAnswered = false
    const begun = connection.begin(head, undefined)
    const { keepAlive, clock } = connection
    const isLast = keepAlive.requests !== undefined && connection.exchanges >= keepAlive.requests
    const exchange = new SimH1Exchange({
      request: head,
      connection,
      clock,
      added: isLast ? [['Connection', 'close']] : [],
      ended: (mustClose) => {
        if (this.#current?.exchange !== exchange) return
        this.#isAnswered = true
        this.#mustClose = mustClose
        this.#finish()
      },
    })
    this.#current = { ...begun, exchange }
    connection.run(exchange)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#upgrading !== undefined) {
      this.#upgrading.pieces.push(copied(bytes))
      return
    }
    this.#current!.record.bodyBytes += bytes.length
    this.#current!.exchange.receive(bytes)
  }

  #upgrade(): void {
    const { head, pieces } = this.#upgrading!
    this.#connection.send(SWITCHING)
    this.#connection.upgrade(head, joined(pieces))
  }

  /** Goes on after a response that is complete. */
  #finish(): void {
    if (!this.#isAnswered) return
    if (this.#mustClose) return this.#connection.close()
    if (!this.#isRead) return
    this.#current?.wait.cancel()
    this.#current = undefined
    if (this.#clientHasEnded) return this.#connection.close()
    this.#connection.waitIdle()
    this.#readSoon()
  }

  /** Takes up the next request of a pipeline, never from inside a script's call. */
  #readSoon(): void {
    const { clock } = this.#connection
    if (this.#reader.unread === 0) return
    clock.at(clock.now(), () => this.#readOn())
  }
}

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'
