/**
 * What every `ByteStream` does, whatever it runs on.
 *
 * The rule: a test awaits what it expects to hear and never lets real time pass. Only to show that something
 * is NOT heard does it ask the harness to let everything settle that is under way.
 */
import { describe, expect, test } from 'vitest'
import type { RecordedStream } from './stream-recorder.ts'

/** Two open, joined streams, both already recorded. */
export interface StreamPair {
  /** The end under test. */
  readonly near: RecordedStream
  readonly far: RecordedStream
  /** Breaks the connection from the far end, as a peer's RST does. */
  reset(): void
  /** Resolves when whatever is under way to either end has had every chance to be reported. */
  settle(): Promise<void>
}

export interface ByteStreamHarness {
  /** Makes a pair, runs `body`, and frees everything whatever comes of it. */
  withPair(body: (pair: StreamPair) => Promise<void>): Promise<void>
}

/** Enough to fill every buffer between two ends. */
const PLENTY = 16 * 1024 * 1024

export function byteStreamContract(name: string, harness: ByteStreamHarness): void {
  const streams = (title: string, body: (pair: StreamPair) => Promise<void>): void =>
    test(title, () => harness.withPair(body))

  describe(`${name} is a ByteStream`, () => {
    streams('carries bytes both ways', async ({ near, far }) => {
      near.stream.write(Uint8Array.of(0, 1, 127, 128, 255))
      await far.heard.untilText('\x00\x01\x7f\x80\xff')
      far.stream.write(Uint8Array.of(254, 0))
      await near.heard.untilText('\xfe\x00')
    })

    streams('writes a string as Latin-1', async ({ near, far }) => {
      near.stream.write('caf\xe9')
      await far.heard.untilText('caf\xe9')
    })

    streams('keeps the order of many writes', async ({ near, far }) => {
      const words = Array.from({ length: 200 }, (_, i) => `${i},`)
      words.forEach((word, i) => near.stream.write(i % 2 === 0 ? word : new TextEncoder().encode(word)))
      await far.heard.untilText(words.join(''))
    })

    streams('takes an empty write without a word', async ({ near, far }) => {
      near.stream.write('')
      near.stream.write(new Uint8Array(0))
      near.stream.write('x')
      await far.heard.untilText('x')
      expect(far.heard.calls).toEqual(['bytes'])
    })

    streams('writes the part of a buffer that a view shows', async ({ near, far }) => {
      near.stream.write(new TextEncoder().encode('0123456789').subarray(3, 6))
      await far.heard.untilText('345')
    })

    streams('reports nothing from inside a call made on it', async ({ near, far, settle }) => {
      const { stream, heard } = near
      let isCalling = false
      let wasInside = false
      heard.onBytes = () => (wasInside ||= isCalling)
      const call = (act: () => void): void => {
        isCalling = true
        act()
        isCalling = false
      }
      call(() => stream.pause())
      far.stream.write('kept back')
      await settle()
      call(() => stream.write('out'))
      call(() => stream.resume())
      call(() => (stream.sink = heard))
      await heard.untilText('kept back')
      expect(wasInside).toBe(false)
    })

    streams('answers from inside a report', async ({ near, far }) => {
      far.heard.onBytes = () => far.stream.write('pong')
      near.stream.write('ping')
      await near.heard.untilText('pong')
      expect(far.heard.text).toBe('ping')
    })

    streams('keeps bytes back between pause and resume', async ({ near, far, settle }) => {
      near.stream.pause()
      far.stream.write('later')
      await settle()
      expect(near.heard.calls).toEqual([])
      near.stream.resume()
      await near.heard.untilText('later')
    })

    streams('keeps the end back between pause and resume', async ({ near, far, settle }) => {
      near.stream.pause()
      far.stream.end()
      await settle()
      expect(near.heard.calls).toEqual([])
      near.stream.resume()
      await near.heard.untilCall('ended')
    })

    streams('stops at once when paused from inside a report', async ({ near, far, settle }) => {
      near.heard.onBytes = () => near.stream.pause()
      far.stream.write('a'.repeat(300_000))
      await near.heard.untilCall('bytes')
      await settle()
      expect(near.heard.pieces).toBe(1)
      near.heard.onBytes = () => {}
      near.stream.resume()
      await near.heard.until(() => near.heard.text.length === 300_000)
    })

    streams('reports the end of the peer once, after its last byte', async ({ near, far, settle }) => {
      far.stream.write('bye')
      far.stream.end()
      await near.heard.untilCall('ended')
      await settle()
      expect(near.heard.text).toBe('bye')
      expect(near.heard.calls).toEqual(['bytes', 'ended'])
    })

    streams('hears the peer after its own end', async ({ near, far }) => {
      near.stream.write('question')
      near.stream.end()
      await far.heard.untilCall('ended')
      far.stream.write('answer')
      far.stream.end()
      await near.heard.untilCall('ended')
      expect(near.heard.text).toBe('answer')
    })

    streams('can write after the end of the peer', async ({ near, far }) => {
      far.stream.end()
      await near.heard.untilCall('ended')
      near.stream.write('still here')
      near.stream.end()
      await far.heard.untilCall('ended')
      expect(far.heard.text).toBe('still here')
    })

    streams('answers false when much is unsent, and drained when it takes more', async ({ near, far }) => {
      far.stream.pause()
      const piece = new Uint8Array(64 * 1024)
      let written = 0
      let takesMore = true
      while (takesMore && written < PLENTY) {
        takesMore = near.stream.write(piece)
        written += piece.length
      }
      expect(takesMore).toBe(false)
      // One more write while it rests is queued all the same.
      expect(near.stream.write(piece)).toBe(false)
      written += piece.length
      expect(near.heard.calls).toEqual([])
      far.stream.resume()
      await near.heard.untilCall('drained')
      await far.heard.until(() => far.heard.text.length === written)
      expect(near.heard.calls).toEqual(['drained'])
    })

    streams('sends what was written before end, however much', async ({ near, far }) => {
      near.stream.write(new Uint8Array(3_000_000))
      near.stream.write('!')
      near.stream.end()
      await far.heard.untilCall('ended')
      expect(far.heard.text.length).toBe(3_000_001)
    })

    streams('fails with RECV_ERROR when the peer resets the connection', async ({ near, reset, settle }) => {
      reset()
      await near.heard.untilGone()
      await settle()
      expect(near.heard.calls).toEqual(['failed RECV_ERROR'])
    })

    streams('fails or ends, once, when it writes to a peer that has gone', async ({ near, far, settle }) => {
      far.stream.abort()
      await near.heard.untilGone()
      near.stream.write('anybody?')
      await settle()
      near.stream.write('anybody at all?')
      await settle()
      const failures = near.heard.calls.filter((call) => call.startsWith('failed'))
      expect(failures.length).toBeLessThanOrEqual(1)
      if (failures.length === 1) expect(near.heard.calls.at(-1)).toBe(failures[0])
    })

    streams('lets the peer know when it is aborted', async ({ near, far }) => {
      near.stream.abort()
      await far.heard.untilGone()
    })

    streams('is silent after abort', async ({ near, far, settle }) => {
      far.stream.write('on its way')
      near.stream.abort()
      await far.heard.untilGone()
      far.stream.write('after')
      await settle()
      expect(near.heard.calls).toEqual([])
    })

    streams('is silent after an abort from inside a report', async ({ near, far, settle }) => {
      near.heard.onBytes = () => near.stream.abort()
      far.stream.write('a'.repeat(300_000))
      await far.heard.untilGone()
      await settle()
      expect(near.heard.calls).toEqual(['bytes'])
      expect(near.heard.pieces).toBe(1)
    })

    streams('may be aborted twice, and told to do things afterwards', async ({ near, settle }) => {
      const { stream, heard } = near
      stream.abort()
      stream.abort()
      stream.pause()
      stream.resume()
      stream.hold(false)
      stream.end()
      await settle()
      expect(heard.calls).toEqual([])
    })

    streams('may be told to hold or not to hold the process at any time', async ({ near, far }) => {
      near.stream.hold(false)
      near.stream.hold(false)
      near.stream.hold(true)
      near.stream.write('x')
      await far.heard.untilText('x')
    })

    streams('goes on with another sink when it is given one', async ({ near, far }) => {
      far.stream.write('one')
      await near.heard.untilText('one')
      near.stream.sink = far.heard
      far.stream.write('two')
      await far.heard.untilText('two')
      expect(near.heard.text).toBe('one')
    })

    streams('says where it leads', async ({ near, far }) => {
      expect(near.stream.remote).toBeDefined()
      expect(near.stream.remote).toEqual(far.stream.local)
      expect(near.stream.local).toEqual(far.stream.remote)
    })
  })
}
