/** What every `Files` keeps: the names, sizes and bytes of what is there, and READ_ERROR with its name for what is not. */
import { describe, expect, test } from 'vitest'
import type { Files } from '@trunkline/core'

export interface FilesWorld {
  readonly files: Files
  /** Puts a file there; answers its path. */
  put(content: Uint8Array): Promise<string>
  /** A path where nothing is. */
  readonly nowhere: string
}

export interface FilesHarness {
  /** Runs a test with a world of its own. */
  run(body: (world: FilesWorld) => Promise<void>): Promise<void>
}

export function filesContract(name: string, { run: inWorld }: FilesHarness): void {
  describe(`${name} keeps the contract of Files`, () => {
    contract(inWorld)
  })
}

function contract(inWorld: FilesHarness['run']): void {
  const content = Uint8Array.from({ length: 700_000 }, (_, index) => index % 251)

  test('a file has its size and its bytes, from any place on', () =>
    inWorld(async ({ files, put }) => {
      const path = await put(content)
      expect(await files.sizeOf(path)).toBe(content.length)
      for (const from of [0, 1, 262_144, content.length - 1, content.length, content.length + 5])
        expect(Buffer.compare(await bytesOf(files.read(path, from)), content.subarray(from))).toBe(0)
    }))

  test('an empty file has no piece', () =>
    inWorld(async ({ files, put }) => {
      const path = await put(new Uint8Array(0))
      expect([await files.sizeOf(path), (await bytesOf(files.read(path, 0))).length]).toEqual([0, 0])
    }))

  test('pieces stay as they are, and may be left', () =>
    inWorld(async ({ files, put }) => {
      const path = await put(content)
      const pieces: Uint8Array[] = []
      for await (const piece of files.read(path, 0)) pieces.push(piece)
      expect(Buffer.compare(Buffer.concat(pieces), content)).toBe(0)
      for await (const piece of files.read(path, 0)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
    }))

  test('the facts of a file are its size and when it was changed', () =>
    inWorld(async ({ files, put }) => {
      const path = await put(content)
      const before = await files.factsOf(path)
      expect([before.size, Number.isFinite(before.changedMs), before.isFolder]).toEqual([
        content.length,
        true,
        false,
      ])
      await expect(files.namesIn(path)).rejects.toMatchObject({
        code: 'READ_ERROR',
        details: { path, system: 'ENOTDIR' },
      })
    }))

  test('a file is written anew, or at its end, piece by piece', () =>
    inWorld(async ({ files, put, nowhere }) => {
      const path = await put(content)
      const written = async (where: string, appends: boolean, ...pieces: Uint8Array[]): Promise<Buffer> => {
        const file = await files.openToWrite(where, { appends, mode: 0o644 })
        for (const piece of pieces) await file.write(piece)
        await file.close()
        return await bytesOf(files.read(where, 0))
      }
      const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
      expect([...(await written(path, false, one, two))]).toEqual([1, 2, 3])
      expect([...(await written(path, true, two))]).toEqual([1, 2, 3, 3])
      expect([...(await written(nowhere, true, one))]).toEqual([1, 2])
      expect([...(await written(nowhere, false))]).toEqual([])
      expect(
        Buffer.compare(await written(nowhere, false, content, content), Buffer.concat([content, content])),
      ).toBe(0)
    }))

  test('what is not there is told of by name', () =>
    inWorld(async ({ files, nowhere }) => {
      const failure = { code: 'READ_ERROR', details: { path: nowhere, system: 'ENOENT' } }
      await expect(files.sizeOf(nowhere)).rejects.toMatchObject(failure)
      await expect(files.factsOf(nowhere)).rejects.toMatchObject(failure)
      await expect(bytesOf(files.read(nowhere, 0))).rejects.toMatchObject({
        ...failure,
        message: expect.stringContaining(nowhere),
      })
    }))
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
