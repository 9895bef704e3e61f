/** The rest of a body from one of its bytes on (CURLOPT_RESUME_FROM with an upload): the same source, begun later. */
import { TransferError } from '../errors/transfer-error.ts'
import type { BodyPiece, BodyStream } from '../form/mime-part.ts'
import { toBytes, type BodySource } from './body-source.ts'

/** `source` without its first `from` bytes. */
export function resumed(source: BodySource, from: number): BodySource {
  switch (source.is) {
    case 'none':
      return source
    case 'bytes':
      return { ...source, bytes: source.bytes.subarray(from) }
    case 'pending':
      return {
        ...source,
        prepare(world) {
          const prepared = source.prepare(world)
          return prepared instanceof Promise
            ? prepared.then((one) => resumed(one, from))
            : resumed(prepared, from)
        },
      }
    case 'stream': {
      const { open, openAt, length } = source
      return {
        ...source,
        open: () => (openAt === undefined ? without(open(), from) : openAt(from)),
        length: length === undefined ? undefined : Math.max(0, length - from),
      }
    }
  }
}

/** Reads what is not sent, too, since there is no other way past it. */
async function* without(stream: BodyStream, from: number): AsyncGenerator<BodyPiece> {
  let left = from
  for await (const piece of stream) {
    const bytes = toBytes(piece)
    if (left >= bytes.length) left -= bytes.length
    else {
      yield left === 0 ? bytes : bytes.subarray(left)
      left = 0
    }
  }
  if (left === 0) return
  throw new TransferError(
    'READ_ERROR',
    `the request body ended after ${from - left} bytes, before byte ${from} where the upload was to go on`,
    { resumeFrom: from },
    { phase: 'send' },
  )
}
