/** Two streams made one: what comes from either goes to the other, ends and failures too. */
import type { ByteSink, ByteStream } from '../env/environment.ts'
import { copied } from './sim-bytes.ts'

/** Becomes the sink of both. `over` is called once, when one of them broke or both have ended. */
export function splice(a: ByteStream, b: ByteStream, over: () => void = ignore): void {
  const ends = { count: 0, isOver: false }
  const finish = (): void => {
    if (!ends.isOver) over()
    ends.isOver = true
  }
  const relay = (from: ByteStream, to: ByteStream): ByteSink => ({
    bytes: (view) => {
      if (!to.write(copied(view))) from.pause()
    },
    ended: () => {
      to.end()
      ends.count += 1
      if (ends.count === 2) finish()
    },
    failed: () => {
      to.abort()
      finish()
    },
    drained: () => to.resume(),
  })
  a.sink = relay(a, b)
  b.sink = relay(b, a)
}

function ignore(): void {}
