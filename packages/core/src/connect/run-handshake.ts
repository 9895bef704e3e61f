/**
 * Runs a handshake with a proxy over an open stream.
 *
 * The rule: when it is done the stream is open, has no sink and has lost no byte; otherwise nothing is left of it.
 */
import type { ByteStream } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { Handshake, HandshakeStep } from '../proxy/handshake.ts'
import { ReplayStream } from './replay-stream.ts'

/** `reconnect`: the stream is gone, and the handshake goes on over another one. */
export type HandshakeEnd = { readonly is: 'open'; readonly stream: ByteStream } | { readonly is: 'reconnect' }

/** Rejects as the handshake throws or the stream fails, or with the signal's reason. Owns the stream until then. */
export function runHandshake(
  stream: ByteStream,
  handshake: Handshake,
  signal: AbortSignal,
): Promise<HandshakeEnd> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stream.sink = undefined
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: unknown): void => {
      leave()
      stream.abort()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    const take = (read: () => HandshakeStep): void => {
      let step: HandshakeStep
      try {
        step = read()
      } catch (error) {
        fail(error)
        return
      }
      if (step.is === 'more') {
        if (step.send !== undefined) stream.write(step.send)
        return
      }
      leave()
      if (step.is === 'reconnect') {
        stream.abort()
        resolve(step)
      } else {
        resolve({ is: 'open', stream: step.rest.length === 0 ? stream : new ReplayStream(stream, step.rest) })
      }
    }
    if (signal.aborted) {
      fail(signal.reason)
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    stream.sink = {
      bytes: (view) => take(() => handshake.receive(view)),
      ended: () => take(() => handshake.ended()),
      failed: (error: TransferError) => fail(error.withPhase('proxy')),
      drained: () => {},
    }
    stream.write(handshake.begin())
  })
}
