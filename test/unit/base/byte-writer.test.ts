/** Bytes come out as they were written, and what was handed over is never touched again. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../packages/core/src/base/byte-writer.ts'

const written = (writer: ByteWriter): number[] => [...writer.bytes.subarray(0, writer.length)]

describe('ByteWriter', () => {
  test('writes numbers with the highest byte first, and only the bits they have', () => {
    const writer = new ByteWriter()
    writer.byte(0x1ff)
    writer.uint16(0x10203)
    writer.uint24(0x1020304)
    writer.uint32(0xfffefdfc)
    expect(written(writer)).toEqual([0xff, 2, 3, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc])
  })

  test('writes text and copies of bytes', () => {
    const writer = new ByteWriter()
    const short = Uint8Array.of(1, 2)
    const long = Uint8Array.from({ length: 100 }, (_, at) => at)
    writer.latin1('a\u00ff\0')
    writer.set(short)
    writer.set(long)
    short.fill(9)
    long.fill(9)
    expect(written(writer)).toEqual([0x61, 0xff, 0, 1, 2, ...Array.from({ length: 100 }, (_, at) => at)])
  })

  test('refuses characters that are no bytes, and has written nothing then', () => {
    const writer = new ByteWriter()
    expect(() => writer.latin1('a\u010a')).toThrow('bug in Trunkline')
    expect(writer.length).toBe(0)
  })

  test('makes room, and keeps what was written', () => {
    const writer = new ByteWriter()
    writer.latin1('abc')
    writer.reserve(5_000)
    expect(writer.bytes.length).toBeGreaterThanOrEqual(5_003)
    expect(written(writer)).toEqual([0x61, 0x62, 0x63])
    const { bytes } = writer
    writer.set(new Uint8Array(5_000))
    expect(writer.bytes).toBe(bytes)
  })

  test('forgets on clear, and keeps the store', () => {
    const writer = new ByteWriter()
    writer.latin1('abc')
    const { bytes } = writer
    writer.clear()
    expect(writer.length).toBe(0)
    writer.byte(7)
    expect(writer.bytes).toBe(bytes)
    expect(written(writer)).toEqual([7])
  })

  test('has no bytes to hand over when none were written', () => {
    const writer = new ByteWriter()
    expect(writer.take().length).toBe(0)
    writer.byte(1)
    expect([...writer.take()]).toEqual([1])
    expect(writer.take().length).toBe(0)
  })

  test('has a small store for few bytes, and never a much larger one than it needs', () => {
    const writer = new ByteWriter()
    writer.byte(1)
    expect(writer.bytes.length).toBeLessThanOrEqual(256)
    for (let nth = 0; nth < 1_000; nth += 1) {
      writer.set(new Uint8Array(100))
      expect(writer.take().buffer.byteLength).toBeLessThanOrEqual(8_192)
    }
  })

  test('whatever is written and taken comes out, and stays as it was', () => {
    const steps = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 700 }),
        fc.constant('take' as const),
        fc.string({ unit: 'binary-ascii' }),
        fc.nat(0xff),
      ),
    )
    fc.assert(
      fc.property(steps, (run) => {
        const writer = new ByteWriter()
        const expected: number[][] = [[]]
        const taken: Uint8Array[] = []
        for (const step of run) {
          const current = expected.at(-1)!
          if (step === 'take') {
            taken.push(writer.take())
            expected.push([])
          } else if (typeof step === 'string') {
            writer.latin1(step)
            for (let at = 0; at < step.length; at += 1) current.push(step.charCodeAt(at))
          } else if (typeof step === 'number') {
            writer.byte(step)
            current.push(step)
          } else {
            writer.set(step)
            current.push(...step)
          }
        }
        taken.push(writer.take())
        expect(taken.map((bytes) => [...bytes])).toEqual(expected)
      }),
    )
  })
})
