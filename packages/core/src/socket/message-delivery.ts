/**
 * `MessageDelivery`: a run without a response of HTTP, for a client that expects one: messages of a WebSocket are
 * delivered piece by piece, as a body is; a connection that is only to be opened is an empty answer.
 *
 * The rule: nothing is gathered, so that memory does not depend on what the server sends.
 */
import type { RawStream } from '../connection/exchange.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import { writeError } from '../transfer/failures.ts'
import type { Handle } from '../transfer/handle.ts'
import type { RequestPlan } from '../transfer/request-plan.ts'
import type { RawReceiver, Transfer, TransferClient } from '../transfer/transfer.ts'
import { metaOf } from '../websocket/frame-meta.ts'
import type { FrameEvent } from '../websocket/frame-reader.ts'
import { WebSocketEnd, type EndOwner, type SocketWorld } from './web-socket-end.ts'

/** The client for a run of `handle` that expects a response and may switch to what is not HTTP; a plain one is left as it is. */
export function delivering(
  client: TransferClient,
  handle: Handle,
  plan: RequestPlan,
  world: SocketWorld,
): TransferClient {
  // One that takes connections over needs no help.
  if (client.switched !== undefined) return client
  const { connectOnly, redirProtocols } = plan.settings
  const mayBeLedThere = redirProtocols?.some((one) => one === 'ws' || one === 'wss') === true
  const mayDoSo = connectOnly || plan.request.asksForWebSocket || mayBeLedThere
  return mayDoSo ? new MessageDelivery(client, handle, world) : client
}

class MessageDelivery implements TransferClient, EndOwner {
  readonly #client: TransferClient
  readonly #handle: Handle
  readonly #world: SocketWorld
  #transfer: Transfer | undefined
  #end: WebSocketEnd | undefined

  constructor(client: TransferClient, handle: Handle, world: SocketWorld) {
    this.#client = client
    this.#handle = handle
    this.#world = world
  }

  // ---- TransferClient ------------------------------------------------------------------------------

  head(head: ResponseHead, final: boolean): void {
    this.#client.head(head, final)
  }

  data(bytes: Uint8Array): 'pause' | void {
    return this.#client.data(bytes)
  }

  done(trailers: Fields | undefined): void {
    this.#end?.release()
    this.#client.done(trailers)
  }

  failed(error: TransferError): void {
    this.#end?.release()
    this.#client.failed(error)
  }

  switched(stream: RawStream, transfer: Transfer): RawReceiver {
    this.#transfer = transfer
    const { settings } = transfer.plan
    if (settings.connectOnly) {
      this.#client.head(CONNECTED, true)
      stream.finish(transfer)
      return new RawDelivery(this, stream, transfer)
    }
    if (settings.wsRawMode) return new RawDelivery(this, stream, transfer)
    const answersPings = !settings.wsNoAutoPong
    this.#end = new WebSocketEnd({ stream, transfer }, this.#world, { answersPings }, this)
    return this.#end
  }

  // ---- EndOwner ------------------------------------------------------------------------------------

  event(event: Exclude<FrameEvent, { readonly is: 'close' }>): 'pause' | void {
    // A ping that nobody answers is the user's to answer.
    if (event.is === 'pong' || (event.is === 'ping' && !this.#transfer!.plan.settings.wsNoAutoPong)) return
    this.#handle.frame = metaOf(event)
    const answer = this.deliver(event.bytes)
    this.#handle.frame = undefined
    return answer
  }

  writable(): void {}

  deliver(bytes: Uint8Array): 'pause' | void {
    const transfer = this.#transfer!
    const { writeFunction } = transfer.plan.settings
    try {
      if (writeFunction !== undefined) return writeFunction(bytes)
      // Who gathers a body has no use for an empty message.
      return bytes.length === 0 ? undefined : this.#client.data(bytes)
    } catch (error) {
      transfer.abort(writeError('writeFunction', error))
    }
  }
}

/** Bytes as they come, to the peer's end. */
class RawDelivery implements RawReceiver {
  readonly #delivery: MessageDelivery
  readonly #stream: RawStream
  readonly #transfer: Transfer

  constructor(delivery: MessageDelivery, stream: RawStream, transfer: Transfer) {
    this.#delivery = delivery
    this.#stream = stream
    this.#transfer = transfer
  }

  data(bytes: Uint8Array): 'pause' | void {
    return this.#delivery.deliver(bytes)
  }

  ended(): void {
    this.#stream.finish(this.#transfer)
  }

  drained(): void {}
  resumed(): void {}
}

/** What a connection that is only opened answers. */
const CONNECTED: ResponseHead = Object.freeze({ version: '1.1', status: 0, reason: '', fields: Fields.of() })
