/**
 * Any {@link ByteStream} as a Node `Duplex`, for `tls.connect` to speak through.
 *
 * The rule: it carries bytes both ways and copies what it is lent; everything else about TLS is not its business.
 */
import { Duplex } from 'node:stream'
import type { ByteStream } from '../env/environment.ts'

/** Owns the stream from here on, and becomes its sink. */
export function duplexOver(below: ByteStream): Duplex {
  let resumeWriting: (() => void) | undefined
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: () => below.resume(),
    write: (chunk: Uint8Array, _encoding, done) => {
      if (below.write(chunk)) done()
      else resumeWriting = done
    },
    final: (done) => {
      below.end()
      done()
    },
    destroy: (error, done) => {
      below.abort()
      done(error)
    },
  })
  below.sink = {
    bytes: (view) => {
      if (!duplex.push(Buffer.from(view))) below.pause()
    },
    ended: () => {
      duplex.push(null)
    },
    failed: (error) => {
      duplex.destroy(error)
    },
    drained: () => {
      const resume = resumeWriting
      resumeWriting = undefined
      resume?.()
    },
  }
  return duplex
}
