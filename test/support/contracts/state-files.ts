/** What every `StateFiles` does. */
import { describe, expect, test } from 'vitest'
import type { StateFiles } from '../../../packages/core/src/env/environment.ts'

export interface StateFilesWorld {
  /** Files as two processes have them. */
  readonly files: StateFiles
  readonly others: StateFiles
  /** A path for a file, in a folder that is there. */
  path(name: string): string
  /** Writes a file by hand. */
  put(path: string, text: string): void
  /** Names in the folder. */
  list(): string[]
  /** Makes the next update fail for lack of room; undefined: that cannot be had here. */
  readonly fill: (() => void) | undefined
}

export interface StateFilesHarness {
  run(body: (world: StateFilesWorld) => Promise<void>): Promise<void>
}

/** Adds a line, as a merge that loses nothing. */
const add =
  (line: string) =>
  (old: string | undefined): string =>
    `${old ?? ''}${line}\n`

export function stateFilesContract(name: string, harness: StateFilesHarness): void {
  const holds = (title: string, body: (world: StateFilesWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))

  describe(`${name} is StateFiles`, () => {
    holds('a file that is not there is undefined, to readers and to merges', async ({ files, path }) => {
      expect(await files.read(path('none'))).toBeUndefined()
      const seen: (string | undefined)[] = []
      await files.update(path('none'), (old) => {
        seen.push(old)
        return 'new'
      })
      expect(seen).toEqual([undefined])
      expect(await files.read(path('none'))).toBe('new')
    })

    holds(
      'bytes are Latin-1 characters both ways, and an empty file is one',
      async ({ files, path, list }) => {
        const text = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
        await files.update(path('a'), () => text)
        expect(await files.read(path('a'))).toBe(text)
        await files.update(path('a'), (old) => (old === text ? '' : 'wrong'))
        expect(await files.read(path('a'))).toBe('')
        expect(list()).toEqual(['a'])
      },
    )

    holds('updates that begin at once lose nothing, of one process and of two', async (world) => {
      const { files, others, path, list } = world
      const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
      await Promise.all(
        lines.map((line, index) => (index % 2 === 0 ? files : others).update(path('a'), add(line))),
      )
      expect((await files.read(path('a')))!.trimEnd().split('\n').sort()).toEqual(lines.sort())
      expect(list()).toEqual(['a'])
    })

    holds('what a merge throws is thrown, the file stays, and the next one goes on', async (world) => {
      const { files, others, path, put, list } = world
      put(path('a'), 'old')
      const error = new RangeError('no')
      await expect(
        files.update(path('a'), () => {
          throw error
        }),
      ).rejects.toBe(error)
      expect(await files.read(path('a'))).toBe('old')
      await others.update(path('a'), (old) => `${old}er`)
      expect([await files.read(path('a')), list()]).toEqual(['older', ['a']])
    })

    holds('without room the old file stays, and nothing beside it', async (world) => {
      const { files, path, put, list, fill } = world
      if (fill === undefined) {
        console.info('no small disk can be mounted: a full one is not tested')
        return
      }
      put(path('a'), 'old')
      fill()
      await expect(files.update(path('a'), () => 'x'.repeat(4_000_000))).rejects.toMatchObject({
        code: 'WRITE_ERROR',
        details: { path: path('a'), system: 'ENOSPC' },
      })
      expect([await files.read(path('a')), list()]).toEqual(['old', ['a']])
    })
  })
}
