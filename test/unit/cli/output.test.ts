import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { BodyOutput } from '../../../packages/cli/src/output/output.ts'
import { Kept } from '../../support/command-line.ts'

const PIECE = new Uint8Array(64 * 1024)

describe('the output of a body', () => {
  test('copies what it is given', async () => {
    const stream = new Held()
    const { output } = outputTo(stream)
    const view = new Uint8Array([1, 2, 3])
    output.write(view)
    view.fill(0)
    stream.release()
    await output.finish(true)
    expect(stream.written).toEqual([1, 2, 3])
  })

  test('pauses a transfer when the stream does not keep up, and resumes it once it has', async () => {
    const stream = new Held()
    const { output, calls } = outputTo(stream)
    const answers = Array.from({ length: 5 }, () => output.write(PIECE))
    expect(answers).toEqual([undefined, undefined, undefined, undefined, 'pause'])
    expect(calls).toEqual([])
    stream.release()
    await output.finish(true)
    expect(calls).toEqual(['resume'])
  })

  test('leaves a stream of others open', async () => {
    const stream = new Kept()
    const { output } = outputTo(stream)
    output.write(PIECE)
    await output.finish(true)
    expect(stream.writableEnded).toBe(false)
  })

  test('ends a stream of its own, and waits for the end', async () => {
    const { output, made } = outputOwned()
    output.write(PIECE)
    await output.finish(true)
    expect(made.map((stream) => stream.closed)).toEqual([true])
  })

  test.each([
    ['makes an empty file for a success without a byte', true, 1],
    ['makes no file for a failure without a byte', false, 0],
  ])('%s', async (_case, creates, count) => {
    const { output, made } = outputOwned()
    await output.finish(creates)
    expect(made).toHaveLength(count)
  })

  test('tells of a failure once, and takes nothing after it', async () => {
    const stream = new Writable({ write: (_piece, _encoding, done) => done(new Error('disk full')) })
    stream.on('error', () => undefined)
    const { output, calls } = outputTo(stream)
    output.write(PIECE)
    await output.finish(true)
    expect(output.write(PIECE)).toBeUndefined()
    expect(calls).toEqual(['failed: disk full'])
    expect(output.failure?.message).toBe('disk full')
  })
})

function outputTo(stream: Writable) {
  const calls: string[] = []
  return { calls, output: BodyOutput.to(stream, controlOf(calls)) }
}

function outputOwned() {
  const made: Kept[] = []
  const open = () => {
    const stream = new Kept()
    made.push(stream)
    return stream
  }
  return { made, output: BodyOutput.ownedBy(open, controlOf([])) }
}

function controlOf(calls: string[]) {
  return {
    resume: () => void calls.push('resume'),
    failed: (error: Error) => void calls.push(`failed: ${error.message}`),
  }
}

/** A stream that writes nothing until it is released. */
class Held extends Writable {
  readonly written: number[] = []
  #release: (() => void) | undefined
  #isReleased = false

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    if (piece.length < 100) this.written.push(...piece)
    if (this.#isReleased) done()
    else this.#release = done
  }

  release(): void {
    this.#isReleased = true
    this.#release?.()
  }
}
