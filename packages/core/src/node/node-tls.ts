/**
 * The {@link TlsProvider} of Node: `node:tls` over any stream.
 *
 * The rule: a stream of our own gives up its socket, and TLS sits on the system's handle; anything else is
 * spoken through. Whatever fails, the stream below is gone.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import type { ByteStream, SecureStream, TlsFacts, TlsProvider, TlsRequest } from '../env/environment.ts'
import { DialledTls } from './dialled-tls.ts'
import { handshake, planHandshake } from './handshake.ts'
import type { InputCount } from './node-clock.ts'
import { NodeStream } from './node-stream.ts'
import type { SecureContexts } from './secure-contexts.ts'
import { duplexOver } from './stream-duplex.ts'
import type { TlsMaterial } from './tls-material.ts'

export class NodeTls implements TlsProvider {
  readonly #input: InputCount
  readonly #contexts: SecureContexts

  constructor(input: InputCount, contexts: SecureContexts) {
    this.#input = input
    this.#contexts = contexts
  }

  async secure(below: ByteStream, request: TlsRequest, signal: AbortSignal): Promise<SecureStream> {
    try {
      signal.throwIfAborted()
      if (below instanceof DialledTls) return await orAborted(below.secured(request), below, signal)
      const material = await this.#contexts.material(request.settings)
      signal.throwIfAborted()
      return await orAborted(this.#begin(below, request, material), below, signal)
    } catch (error) {
      below.abort()
      throw error
    }
  }

  async #begin(below: ByteStream, request: TlsRequest, material: TlsMaterial): Promise<NodeStream<TlsFacts>> {
    const { socket, foreign } = transport(below)
    const origin = {
      input: this.#input,
      inlet: undefined,
      below: foreign,
      local: below.local,
      remote: below.remote,
    }
    // @types/node asks for a Socket where Node takes any Duplex.
    const plan = planHandshake(request, material)
    return handshake(connect({ ...plan.options, socket: socket as Socket }), plan, origin)
  }
}

/** Our own streams give up their socket; through others, Node speaks by way of a Duplex. */
function transport(below: ByteStream): { socket: Socket | Duplex; foreign: ByteStream | undefined } {
  return below instanceof NodeStream
    ? { socket: below.surrender(), foreign: undefined }
    : { socket: duplexOver(below), foreign: below }
}

/** Settles as `work` does, or with the signal's reason as soon as it aborts; then `stream` is given up. */
function orAborted<T>(work: Promise<T>, stream: ByteStream, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason)
      stream.abort()
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => signal.removeEventListener('abort', onAbort)
    work.then(resolve, reject).finally(settle)
  })
}
