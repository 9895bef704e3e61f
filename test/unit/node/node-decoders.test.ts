/** The decoders of Node keep the contract of the port, and what they hold is bounded. */
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { NODE_DECODERS } from '../../../packages/core/src/node/node-decoders.ts'
import {
  ScriptedZstdDecoder,
  type ZstdScript,
} from '../../../packages/core/src/node/scripted-zstd-decoder.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { decodersContract } from '../../support/contracts/decoders.ts'

/** The package that core has as an option. */
const fzstd = createRequire(new URL('../../../packages/core/', import.meta.url))('fzstd') as ZstdScript

/** Enough turns for what a thread of the pool does with some kilobytes. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn()
}

const scripted = {
  ...NODE_DECODERS,
  codings: ['zstd'] as const,
  decodeWhole: () => undefined,
  open: (_coding: string, sink: ConstructorParameters<typeof ScriptedZstdDecoder>[1]) =>
    new ScriptedZstdDecoder(fzstd, sink),
}

decodersContract('NODE_DECODERS', ['deflate', 'gzip', 'br', 'zstd'], {
  run: (body) => body({ decoders: NODE_DECODERS, settle }),
})

// A Node that has zstd would not use it otherwise.
decodersContract('ScriptedZstdDecoder', ['zstd'], { run: (body) => body({ decoders: scripted, settle }) })

/** A frame with these blocks, each of its header and content. */
function zstdFrame(window: number, blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window]), ...blocks])
}

/** One byte `count` times. */
function repeated(count: number, isLast = false): Buffer {
  const header = (count << 3) | 2 | (isLast ? 1 : 0)
  return Buffer.from([header & 0xff, (header >> 8) & 0xff, header >> 16, 0x61])
}

interface Told {
  readonly bytes: number
  readonly turns: number
  readonly error: TransferError | undefined
}

/** Feeds the scripted decoder, and counts the turns that others had. */
async function decodeZstd(coded: Uint8Array): Promise<Told> {
  let bytes = 0
  let turns = 0
  const told: TransferError[] = []
  let isOver = false
  const decoder = new ScriptedZstdDecoder(fzstd, {
    decoded: (piece) => (bytes += piece.length),
    drained: () => undefined,
    ended: () => (isOver = true),
    failed: (error) => (isOver = told.push(error) > 0),
  })
  decoder.write(coded)
  decoder.end()
  await until(() => {
    turns += 1
    return isOver
  })
  return { bytes, turns, error: told[0] }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

const QUICK = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } }
/** 2 MiB, 8 MiB and 16 MiB. */
const [WINDOW_2M, WINDOW_8M, WINDOW_16M] = [0x58, 0x68, 0x70]

describe('zstd without zlib', () => {
  test('a frame that asks for more memory than HTTP allows is refused before it gets any', async () => {
    const { error } = await decodeZstd(zstdFrame(WINDOW_16M, [repeated(10, true)]))
    expect(error).toMatchObject({ code: 'BAD_CONTENT_ENCODING' })
    expect(error!.message).toContain('window of 16777216 bytes, more than 8388608')
    const { error: none, bytes } = await decodeZstd(zstdFrame(WINDOW_8M, [repeated(10, true)]))
    expect([none, bytes]).toEqual([undefined, 10])
  })

  test('a block that is larger than a block may be is refused', async () => {
    const { error } = await decodeZstd(zstdFrame(WINDOW_2M, [repeated(128 * 1024 + 1, true)]))
    expect(error!.message).toContain('a block of 131073 bytes')
  })

  test('much work is done in turns, with others between', async () => {
    const blocks = Array.from({ length: 99 }, () => repeated(1))
    const { bytes, turns, error } = await decodeZstd(zstdFrame(WINDOW_8M, [...blocks, repeated(1, true)]))
    expect([bytes, error]).toEqual([100, undefined])
    // 100 windows of 8 MiB are moved, 64 MiB in a turn.
    expect(turns).toBeGreaterThan(10)
  })

  test('a frame that needs a dictionary is refused', async () => {
    const { error } = await decodeZstd(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 5, 0x51, 0, 0]))
    expect(error!.message).toContain('dictionary')
  })
})

describe('a body that becomes much', () => {
  test.each(['gzip', 'br'] as const)(
    '%s: comes in pieces, and stops when nobody takes them',
    async (coding) => {
      const body = Buffer.alloc(50_000_000)
      const coded = coding === 'gzip' ? zlib.gzipSync(body) : zlib.brotliCompressSync(body, QUICK)
      let bytes = 0
      let largest = 0
      const decoder = NODE_DECODERS.open(coding, {
        decoded(piece) {
          bytes += piece.length
          largest = Math.max(largest, piece.length)
          decoder.pause()
        },
        drained: () => undefined,
        ended: () => undefined,
        failed: () => undefined,
      })
      decoder.write(coded)
      decoder.end()
      await until(() => bytes > 0)
      for (let rounds = 0; rounds < 5; rounds += 1) {
        const before = bytes
        await settle()
        expect(bytes).toBe(before)
        decoder.resume()
        await until(() => bytes > before)
      }
      decoder.abort()
      expect(largest).toBeLessThanOrEqual(LIMITS.decodedPieceBytes)
      expect(bytes).toBeLessThanOrEqual(6 * LIMITS.decodedPieceBytes)
    },
  )
})
