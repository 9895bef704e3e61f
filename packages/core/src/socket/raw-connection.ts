/**
 * `RawConnection`: an open connection with nothing but bytes on it, either way, each at its own pace (libcurl:
 * CURLOPT_CONNECT_ONLY, curl_easy_send, curl_easy_recv).
 */
import { deferred } from '../base/deferred.ts'
import type { RawStream } from '../connection/exchange.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import { ResponseBody } from '../transfer/body-stream.ts'
import type { Handle } from '../transfer/handle.ts'
import type { TransferInfo } from '../transfer/transfer-info.ts'
import type { RawReceiver, Transfer, TransferClient } from '../transfer/transfer.ts'
import { Waiters } from './waiters.ts'

/**
 * An open connection, through TLS where the URL says so, on which nothing has been said (or, with `wsRawMode`, the
 * WebSocket handshake only). It is the user's alone until it is closed.
 *
 * @example
 * ```ts
 * await using socket = await new Easy({ url: 'https://example.com/' }).connect()
 * socket.send('GET / HTTP/1.0\r\n\r\n')
 * for await (const bytes of socket) process.stdout.write(bytes)
 * ```
 */
export class RawConnection implements AsyncIterable<Uint8Array> {
  /** Addresses, times, TLS; sizes and the total time grow until it is closed. */
  readonly info: TransferInfo
  /** The fields of the 101 behind which it begins; undefined without a handshake. */
  readonly headers: Fields | undefined
  /** Resolves when it is closed, by whomever; rejects with what broke it. */
  readonly closed: Promise<void>
  readonly #insides: RawClient

  /** @internal */
  constructor(insides: RawClient, info: TransferInfo, headers: Fields | undefined) {
    this.#insides = insides
    this.info = info
    this.headers = headers
    this.closed = insides.closed.promise
  }

  /**
   * Sends bytes, which must stay unchanged until they are sent, or text, one byte per character (Latin-1). False: it
   * was taken, and `drained` tells when there is room for more. SEND_ERROR once our direction has ended,
   * BAD_FUNCTION_ARGUMENT for text that is not Latin-1.
   */
  send(bytes: Uint8Array | string): boolean {
    return this.#insides.send(bytes)
  }

  /** Resolves when more may be sent: at once when that is so. Rejects with what ended the connection. */
  drained(): Promise<void> {
    return this.#insides.writers.wait()
  }

  /**
   * The bytes that came, copied: at least one; undefined: the peer has ended its direction. What is not taken is not
   * received. Rejects with what broke the connection, after all that had come was taken.
   */
  async recv(): Promise<Uint8Array | undefined> {
    return (await this.#insides.body.next()).value
  }

  /** What comes, to the peer's end. Leaving the loop leaves the connection open. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#insides.body.next() }
  }

  /** Ends our direction; what the peer still sends is received. */
  end(): void {
    this.#insides.end()
  }

  /** Closes in order: what was sent still leaves. Resolves when that is under way; closing twice does nothing. */
  close(): Promise<void> {
    this.#insides.close()
    return this.closed
  }

  /** Closes. What broke the connection is told by `closed`, and by whatever was waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => undefined)
  }
}

/** What hands a connection over, and its life. @internal */
export class RawClient implements TransferClient, RawReceiver {
  readonly body: ResponseBody
  readonly closed = deferred<void>()
  readonly writers = new Waiters()
  readonly #handle: Handle
  readonly #resolve: (connection: RawConnection) => void
  readonly #reject: (error: TransferError) => void
  #stream: RawStream | undefined
  #transfer: Transfer | undefined
  #hasEnded = false

  constructor(
    handle: Handle,
    resolve: (connection: RawConnection) => void,
    reject: (error: TransferError) => void,
  ) {
    this.#handle = handle
    this.#resolve = resolve
    this.#reject = reject
    // Whoever receives hears of the failure there.
    this.closed.promise.catch(() => undefined)
    this.body = new ResponseBody({
      pause: () => this.#transfer?.pause(),
      resume: () => this.#transfer?.resume(),
      keep: (bytes) => new Uint8Array(bytes),
      cancel: () => this.close(),
    })
  }

  send(bytes: Uint8Array | string): boolean {
    checkBytes(bytes)
    if (this.#hasEnded || this.#stream === undefined)
      throw new TransferError(
        'SEND_ERROR',
        'our direction of the connection has ended',
        {},
        { phase: 'send' },
      )
    const takes = this.#stream.write(bytes)
    if (!takes) this.writers.block()
    this.#transfer!.uploaded(bytes.length)
    return takes
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#stream?.end(this.#transfer!)
  }

  close(): void {
    this.#hasEnded = true
    this.#stream?.finish(this.#transfer!)
  }

  // ---- TransferClient ------------------------------------------------------------------------------

  switched(stream: RawStream, transfer: Transfer): RawReceiver {
    this.#stream = stream
    this.#transfer = transfer
    if (transfer.plan.settings.connectOnly) this.#hand(undefined)
    return this
  }

  head(head: ResponseHead, final: boolean): void {
    if (final) this.#hand(head.fields)
  }

  data(bytes: Uint8Array): 'pause' | void {
    return this.body.push(bytes)
  }

  done(): void {
    this.#stream = undefined
    this.closed.resolve()
    this.body.finish()
    this.writers.end()
  }

  failed(error: TransferError): void {
    this.#stream = undefined
    this.#reject(error)
    this.closed.reject(error)
    this.body.finish(error)
    this.writers.end(error)
  }

  // ---- RawReceiver ---------------------------------------------------------------------------------

  drained(): void {
    this.writers.release()
  }

  ended(): void {
    this.body.finish()
  }

  resumed(): void {}

  #hand(headers: Fields | undefined): void {
    this.#resolve(new RawConnection(this, this.#handle.info!, headers))
  }
}

function checkBytes(bytes: unknown): void {
  if (bytes instanceof Uint8Array) return
  if (typeof bytes === 'string' && !/[^\0-\xff]/.test(bytes)) return
  const given = typeof bytes === 'string' ? 'text with characters above U+00FF' : typeof bytes
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `data must be bytes (Uint8Array) or Latin-1 text, not ${given}`,
    { option: 'data' },
    { phase: 'send' },
  )
}
