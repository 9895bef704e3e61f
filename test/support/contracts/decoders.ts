/** What every `Decoders` does. */
import { describe, expect, test } from 'vitest'
import type { Coding, Decoder, Decoders } from '../../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { CODERS, DULL, LINES, noise, ZSTD_DULL, ZSTD_LINES } from '../coded-bodies.ts'

export interface DecodersWorld {
  readonly decoders: Decoders
  /** Resolves when nothing goes on any more in a decoder that nobody feeds. */
  settle(): Promise<void>
}

export interface DecodersHarness {
  run(body: (world: DecodersWorld) => Promise<void>): Promise<void>
}

interface Outcome {
  readonly bytes: Buffer
  readonly error: TransferError | undefined
}

/** Feeds a decoder as one should: a rest is taken when it asks for one. */
class Feeding {
  readonly outcome: Promise<Outcome>
  readonly decoder: Decoder
  readonly pieces: Buffer[] = []
  ends = 0
  largest = 0
  #isFull = false
  readonly #input: Uint8Array[]
  readonly #onPiece: (feeding: Feeding) => void

  constructor(
    { decoders }: DecodersWorld,
    coding: Coding,
    input: readonly Uint8Array[],
    onPiece: (feeding: Feeding) => void = () => undefined,
  ) {
    this.#input = [...input]
    this.#onPiece = onPiece
    let settle!: (outcome: Outcome) => void
    this.outcome = new Promise((resolve) => (settle = resolve))
    const end = (error?: TransferError): void => {
      this.ends += 1
      settle({ bytes: Buffer.concat(this.pieces), error })
    }
    this.decoder = decoders.open(coding, {
      decoded: (bytes) => {
        if (this.ends > 0) throw new Error('bytes came after the end')
        this.largest = Math.max(this.largest, bytes.length)
        this.pieces.push(Buffer.from(bytes))
        this.#onPiece(this)
      },
      drained: () => {
        this.#isFull = false
        this.feed()
      },
      ended: () => end(),
      failed: end,
    })
    this.feed()
  }

  get received(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0)
  }

  feed(): void {
    while (!this.#isFull) {
      const piece = this.#input.shift()
      if (piece === undefined) {
        this.decoder.end()
        return
      }
      const view = new Uint8Array(piece)
      this.#isFull = !this.decoder.write(view)
      // A view is valid during the call only.
      view.fill(0xee)
    }
  }
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

interface Case {
  readonly name: string
  readonly coding: Coding
  readonly coded: Buffer
  readonly body: Buffer
}

const CASES: readonly Case[] = [
  ...Object.entries(CODERS).flatMap(([name, [coding, code]]) => [
    { name: `${name}, dull`, coding, coded: code(DULL), body: DULL },
    { name: `${name}, lines`, coding, coded: code(LINES), body: LINES },
  ]),
  { name: 'zstd, dull', coding: 'zstd', coded: ZSTD_DULL, body: DULL },
  { name: 'zstd, lines', coding: 'zstd', coded: ZSTD_LINES, body: LINES },
  {
    name: 'zstd in two frames with one to skip',
    coding: 'zstd',
    coded: Buffer.concat([ZSTD_LINES, Buffer.from('502a4d1803000000010203', 'hex'), ZSTD_DULL]),
    body: Buffer.concat([LINES, DULL]),
  },
]

export function decodersContract(name: string, supported: readonly Coding[], harness: DecodersHarness): void {
  const decodes = (title: string, body: (world: DecodersWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))
  const cases = CASES.filter(({ coding }) => supported.includes(coding))

  describe(`${name} is Decoders`, () => {
    decodes('says which codings it knows', async ({ decoders }) => {
      expect(decoders.codings).toEqual(supported)
    })

    for (const { name: title, coding, coded, body } of cases) {
      describe(title, () => {
        const run = async (world: DecodersWorld, input: Uint8Array[]): Promise<Outcome> =>
          new Feeding(world, coding, input).outcome

        decodes('is decoded whole, byte by byte and in pieces', async (world) => {
          for (const size of [coded.length, 1, 7, 1_000]) {
            const { bytes, error } = await run(world, inPieces(coded, size))
            expect([error, Buffer.compare(bytes, body)], `in pieces of ${size}`).toEqual([undefined, 0])
          }
        })

        decodes('at once, as far as it is allowed to grow', async ({ decoders }) => {
          const whole = decoders.decodeWhole(coding, coded, body.length)
          // Not every implementation has this way; whoever has not says nothing.
          if (whole !== undefined) expect(Buffer.compare(whole, body)).toBe(0)
          else expect(coding).toBe('zstd')
          expect(decoders.decodeWhole(coding, coded, body.length - 1)).toBeUndefined()
          expect(decoders.decodeWhole(coding, coded.subarray(0, -1), body.length)).toBeUndefined()
        })

        decodes('cut short anywhere it is an error, and what was there is not lost', async (world) => {
          for (const length of [1, 5, Math.floor(coded.length / 2), coded.length - 1]) {
            const { bytes, error } = await run(world, [coded.subarray(0, length)])
            expect(error?.code, `after ${length}`).toBe('BAD_CONTENT_ENCODING')
            expect(Buffer.compare(bytes, body.subarray(0, bytes.length))).toBe(0)
          }
        })

        decodes('with its first bytes spoilt it is an error', async (world) => {
          const spoilt = Buffer.from(coded)
          spoilt.fill(0xff, 0, 4)
          for (const size of [coded.length, 1]) {
            const { error } = await run(world, inPieces(spoilt, size))
            expect(error).toMatchObject({ code: 'BAD_CONTENT_ENCODING', details: { coding } })
          }
        })

        decodes('with bytes behind its end it is an error', async (world) => {
          for (const input of [
            [Buffer.concat([coded, Buffer.from('behind it')])],
            [coded, Buffer.from('behind it')],
          ]) {
            const { error } = await run(world, input)
            expect(error?.code).toBe('BAD_CONTENT_ENCODING')
          }
        })

        decodes('it is given up at any time without a sound', async (world) => {
          for (const pieces of [0, 1, 3]) {
            const feeding = new Feeding(world, coding, inPieces(coded, 40), (self) => {
              if (self.pieces.length >= pieces) self.decoder.abort()
            })
            if (pieces === 0) feeding.decoder.abort()
            await world.settle()
            const { length } = feeding.pieces
            feeding.decoder.abort()
            feeding.decoder.write(coded)
            feeding.decoder.end()
            await world.settle()
            expect(feeding.pieces.length).toBe(length)
            if (feeding.ends > 0) expect(feeding.received).toBe(body.length)
          }
        })

        decodes('paused it is silent, and goes on where it was', async (world) => {
          const feeding = new Feeding(world, coding, inPieces(coded, 16), (self) => self.decoder.pause())
          for (let seen = 0; ; seen += 1) {
            while (feeding.pieces.length === seen && feeding.ends === 0) await world.settle()
            if (feeding.ends > 0) break
            await world.settle()
            expect([feeding.pieces.length, feeding.ends]).toEqual([seen + 1, 0])
            feeding.decoder.resume()
          }
          const { bytes, error } = await feeding.outcome
          expect([error, Buffer.compare(bytes, body), feeding.ends]).toEqual([undefined, 0, 1])
        })
      })
    }

    decodes('zeros may stand behind gzip data', async (world) => {
      if (!supported.includes('gzip')) return
      const padded = Buffer.concat([CODERS['gzip']![1](LINES), Buffer.alloc(500)])
      for (const size of [padded.length, 1]) {
        const { bytes, error } = await new Feeding(world, 'gzip', inPieces(padded, size)).outcome
        expect([error, Buffer.compare(bytes, LINES)]).toEqual([undefined, 0])
      }
      expect(world.decoders.decodeWhole('gzip', padded, 10_000)).toHaveLength(LINES.length)
    })

    decodes('no bytes are no body, and no failure', async (world) => {
      for (const coding of supported) {
        const { bytes, error } = await new Feeding(world, coding, []).outcome
        expect([bytes.length, error]).toEqual([0, undefined])
      }
    })

    decodes('what cannot be made smaller takes rests, and comes out whole', async (world) => {
      const body = noise(600_000)
      for (const coding of supported.filter((one) => one !== 'zstd')) {
        const coded = CODERS[coding]![1](body)
        const { bytes, error } = await new Feeding(world, coding, inPieces(coded, 65_536)).outcome
        expect([coding, error, Buffer.compare(bytes, body)]).toEqual([coding, undefined, 0])
      }
    })
  })
}
