import { describe, expect, test } from 'vitest'
import { Inlet, ReadBuffer } from '../../../packages/core/src/node/inlet.ts'

const FULL = 64 * 1024

/** An inlet as Node uses it: a buffer is asked for before the first read and after each. */
function opened(onBytes: (view: Uint8Array, inlet: Inlet) => void): {
  read(count: number, fill: number): void
  buffer(): Uint8Array
} {
  const inlet = new Inlet(shared)
  inlet.stream = { received: (view) => onBytes(view, inlet) }
  let buffer = inlet.buffer()
  return {
    buffer: () => buffer,
    read(count, fill) {
      buffer.fill(fill, 0, count)
      inlet.callback(count, buffer)
      buffer = (inlet.buffer() as Uint8Array | undefined) ?? buffer
    },
  }
}

const shared = new ReadBuffer()

describe('a socket whose bytes nobody keeps', () => {
  test('reads into the shared buffer for good, and shows what was read', () => {
    const seen: number[][] = []
    const socket = opened((view) => seen.push([view.length, view[0]!, view.at(-1)!]))
    for (const [count, fill] of [
      [10, 1],
      [10, 2],
      [FULL, 3],
      [5, 4],
    ] as const)
      socket.read(count, fill)
    expect(seen).toEqual([
      [10, 1, 1],
      [10, 2, 2],
      [FULL, 3, 3],
      [5, 4, 4],
    ])
    expect(socket.buffer()).toBe(shared.bytes)
  })

  test('shows two sockets no view of the other', () => {
    const seen: number[][] = []
    const one = opened((view) => seen.push([1, ...view]))
    const other = opened((view) => seen.push([2, ...view]))
    one.read(2, 7)
    other.read(2, 8)
    one.read(1, 9)
    expect(seen).toEqual([
      [1, 7, 7],
      [2, 8, 8],
      [1, 9],
    ])
  })
})

describe('a socket whose bytes are kept', () => {
  test('gives away reads that fill its own buffer, copies the others, and never writes to either again', () => {
    const kept: Uint8Array[] = []
    const socket = opened((view, inlet) => kept.push(inlet.own(view)))
    const reads = [
      [FULL, 1],
      [FULL, 2],
      [FULL, 3],
      [100, 4],
      [FULL, 5],
      [FULL - 1, 6],
      [FULL, 7],
    ] as const
    for (const [count, fill] of reads) socket.read(count, fill)
    expect(kept.map((piece) => [piece.length, piece[0], piece.at(-1)])).toEqual(
      reads.map(([count, fill]) => [count, fill, fill]),
    )
    // Nothing lies behind a piece but the piece itself.
    expect(kept.map((piece) => piece.buffer.byteLength)).toEqual(reads.map(([count]) => count))
    expect(new Set(kept.map((piece) => piece.buffer)).size).toBe(reads.length)
    expect(kept.some((piece) => piece.buffer === shared.bytes.buffer)).toBe(false)
  })

  test('copies a part of a read, though it be large', () => {
    const kept: Uint8Array[] = []
    const socket = opened((view, inlet) => kept.push(inlet.own(view.subarray(1))))
    socket.read(FULL, 1)
    socket.read(FULL, 2)
    socket.read(FULL, 3)
    expect(kept.map((piece) => [piece.length, piece.buffer.byteLength, piece[0]])).toEqual([
      [FULL - 1, FULL - 1, 1],
      [FULL - 1, FULL - 1, 2],
      [FULL - 1, FULL - 1, 3],
    ])
  })

  test('goes back to the shared buffer when a read does not fill its own: nothing idle holds that', () => {
    const kept: Uint8Array[] = []
    const socket = opened((view, inlet) => kept.push(inlet.own(view)))
    socket.read(FULL, 1)
    expect(socket.buffer()).not.toBe(shared.bytes)
    socket.read(FULL - 1, 2)
    expect(socket.buffer()).toBe(shared.bytes)
    socket.read(10, 3)
    expect(socket.buffer()).toBe(shared.bytes)
    expect(kept.map((piece) => piece[0])).toEqual([1, 2, 3])
  })

  test('goes back to the shared buffer once nobody keeps them any more', () => {
    let isKept = true
    const kept: Uint8Array[] = []
    const socket = opened((view, inlet) => {
      if (isKept) kept.push(inlet.own(view))
    })
    socket.read(FULL, 1)
    const own = socket.buffer()
    expect(own).not.toBe(shared.bytes)
    socket.read(FULL, 2)
    isKept = false
    socket.read(FULL, 3)
    expect(socket.buffer()).toBe(shared.bytes)
    socket.read(FULL, 4)
    expect(kept.map((piece) => piece[0])).toEqual([1, 2])
  })

  test('is asked for bytes twice in one read: one of the two is a copy', () => {
    const kept: Uint8Array[] = []
    const socket = opened((view, inlet) => kept.push(inlet.own(view), inlet.own(view)))
    socket.read(FULL, 1)
    socket.read(FULL, 2)
    expect(new Set(kept.map((piece) => piece.buffer)).size).toBe(4)
    expect(kept.map((piece) => piece[0])).toEqual([1, 1, 2, 2])
  })
})
