/** State files on a real disk, shared with other processes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import { NodeStateFiles } from '../../packages/core/src/node/node-state-files.ts'
import { LIMITS } from '../../packages/core/src/tables/limits.ts'
import { buildPackages, type BuiltPackages } from '../support/built-packages.ts'
import { stateFilesContract } from '../support/contracts/state-files.ts'

const files = new NodeStateFiles()

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-state-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A disk of 1 MiB; undefined where none may be mounted. */
function smallDisk(): string | undefined {
  const folder = tempFolder()
  if (!succeeds(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])) return undefined
  onTestFinished(() => void succeeds(['umount', folder]))
  return folder
}

function succeeds([program, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, args).status === 0
}

stateFilesContract('NodeStateFiles', {
  run(body) {
    const disk = smallDisk()
    const folder = disk ?? tempFolder()
    return body({
      files,
      others: new NodeStateFiles(),
      path: (name) => join(folder, name),
      put: (path, text) => writeFileSync(path, text, 'latin1'),
      list: () => readdirSync(folder),
      fill: disk === undefined ? undefined : () => undefined,
    })
  },
})

describe('the file itself', () => {
  test('a new one is for its owner only; an old one keeps its mode', async () => {
    const folder = tempFolder()
    await files.update(join(folder, 'new'), () => 'x')
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o600)
    for (const mode of [0o644, 0o640, 0o600]) {
      writeFileSync(join(folder, 'old'), 'x')
      chmodSync(join(folder, 'old'), mode)
      await files.update(join(folder, 'old'), () => 'y')
      expect(statSync(join(folder, 'old')).mode & 0o777).toBe(mode)
    }
  })

  test('links are followed, to a file and to where one shall be, through folders that are links', async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'deep/er'), { recursive: true })
    symlinkSync('deep/er', join(folder, 'way'))
    symlinkSync('../target', join(folder, 'deep/er/up'))
    symlinkSync('way/up', join(folder, 'link'))
    for (const text of ['first', 'second']) {
      await files.update(join(folder, 'link'), () => text)
      expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
      expect(readFileSync(join(folder, 'deep/target'), 'latin1')).toBe(text)
      expect(await files.read(join(folder, 'link'))).toBe(text)
    }
    symlinkSync('round', join(folder, 'round'))
    await expect(files.update(join(folder, 'round'), () => 'x')).rejects.toMatchObject({
      code: 'WRITE_ERROR',
    })
  })

  // CVE-2023-46219: with a name that left no room for the one beside it, the content was lost.
  test('a name as long as names may be is fine, a longer one is refused and nothing lost', async () => {
    const folder = tempFolder()
    for (const name of [
      'n'.repeat(255),
      'n'.repeat(250),
      'ü'.repeat(120),
      'n'.repeat(200),
      'n'.repeat(201),
    ]) {
      writeFileSync(join(folder, name), 'old')
      await files.update(join(folder, name), (old) => `${old} and new`)
      expect(readFileSync(join(folder, name), 'latin1')).toBe('old and new')
    }
    expect(readdirSync(folder)).toHaveLength(5)
    await expect(files.update(join(folder, 'n'.repeat(256)), () => 'x')).rejects.toMatchObject({
      code: 'WRITE_ERROR',
      details: { system: 'ENAMETOOLONG' },
    })
    expect(readdirSync(folder)).toHaveLength(5)
  })

  test('what is no plain file is written to and stays what it is', async () => {
    await files.update('/dev/null', () => 'x')
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(await files.read('/dev/null')).toBe('')
    expect(await files.read('/dev/zero')).toBe('')
    await expect(files.update('/dev/full', () => 'x')).rejects.toMatchObject({
      details: { system: 'ENOSPC' },
    })
  })

  test('a pipe is written to when somebody reads it, and refused when nobody does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-pipe-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const pipe = join(folder, 'pipe')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    await expect(files.update(pipe, () => 'x')).rejects.toMatchObject({
      code: 'WRITE_ERROR',
      details: { system: 'ENXIO' },
    })
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    reader.stdout.on('data', (bytes) => (text += String(bytes)))
    const over = once(reader, 'close')
    // It opens its end when it gets there.
    for (let isOpen = false; !isOpen;) {
      isOpen = await files
        .update(pipe, () => 'what is kept')
        .then(
          () => true,
          (error: TransferError) => error.details['system'] !== 'ENXIO',
        )
    }
    await over
    expect(text).toBe('what is kept')
  })

  test.each([
    ['a folder that is not there', (folder: string) => join(folder, 'none/file'), 'ENOENT'],
    ['a file in the place of a folder', (folder: string) => join(folder, 'file/file'), 'ENOTDIR'],
    ['a folder in the place of the file', (folder: string) => folder, 'EISDIR'],
  ])('%s is an error that names the path', async (_what, pathIn, system) => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'file'), 'old')
    const path = pathIn(folder)
    await expect(files.update(path, () => 'x')).rejects.toMatchObject({
      code: 'WRITE_ERROR',
      details: { path, system },
    })
    expect(readdirSync(folder)).toEqual(['file'])
    const read = await files.read(path).catch(({ code, details }: TransferError) => [code, details['system']])
    // What is not there is empty, and no failure.
    expect(read).toEqual(system === 'ENOENT' ? undefined : ['FILE_COULDNT_READ_FILE', system])
  })

  test('one that is too large is not read, and not replaced', async () => {
    const path = join(tempFolder(), 'huge')
    writeFileSync(path, '')
    truncateSync(path, LIMITS.stateFileBytes + 1)
    await expect(files.read(path)).rejects.toMatchObject({ code: 'FILE_COULDNT_READ_FILE' })
    await expect(files.update(path, () => 'x')).rejects.toMatchObject({ code: 'WRITE_ERROR' })
    expect(statSync(path).size).toBe(LIMITS.stateFileBytes + 1)
  })
})

describe('other processes', () => {
  let built: BuiltPackages
  // Transpiling takes longer than a hook usually may where the machine has much else to do.
  beforeAll(() => {
    built = buildPackages()
  }, 60_000)
  afterAll(() => built.remove())

  const IMPORT = `import { nodeEnvironment } from '@trunkline/core/node'\nconst { stateFiles: files } = nodeEnvironment()\n`

  async function runs(name: string, script: string): Promise<NodeJS.Signals | number> {
    const path = join(built.folder, `${name}.mjs`)
    writeFileSync(path, IMPORT + script)
    const child = spawn(process.execPath, [path], { stdio: ['ignore', 'inherit', 'inherit'] })
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? signal!
  }

  // CVE-2023-23915.
  test('saving at once, many times, lose nothing', async () => {
    const folder = tempFolder()
    const path = join(folder, 'shared')
    const script = (name: string): string => `
      for (let index = 0; index < 60; index += 1)
        await files.update(${JSON.stringify(path)}, (old) => (old ?? '') + '${name} ' + index + '\\n')`
    const names = ['one', 'two', 'three']
    const codes = await Promise.all([
      ...names.map((name) => runs(name, script(name))),
      (async () => {
        for (let index = 0; index < 60; index += 1)
          await files.update(path, (old) => `${old ?? ''}here ${index}\n`)
        return 0
      })(),
    ])
    expect(codes).toEqual([0, 0, 0, 0])
    const lines = readFileSync(path, 'latin1').trimEnd().split('\n')
    expect(lines).toHaveLength(240)
    expect(new Set(lines).size).toBe(240)
    expect(readdirSync(folder)).toEqual(['shared'])
  })

  test('one that is killed while it holds the lock holds nobody up, and has changed nothing', async () => {
    const folder = tempFolder()
    const path = join(folder, 'shared')
    writeFileSync(path, 'old')
    const script = `await files.update(${JSON.stringify(path)}, () => {
      process.kill(process.pid, 'SIGKILL')
      for (;;);
    })`
    expect(await runs('killed', script)).toBe('SIGKILL')
    expect(readdirSync(folder)).toEqual(['shared', 'shared.lock'])
    expect(readFileSync(path, 'latin1')).toBe('old')
    const begun = performance.now()
    await files.update(path, (old) => `${old} and new`)
    expect(performance.now() - begun).toBeLessThan(LIMITS.fileLockMs)
    expect([readFileSync(path, 'latin1'), readdirSync(folder)]).toEqual(['old and new', ['shared']])
  })

  test('a lock that says nothing is waited for, and then taken away', async () => {
    const folder = tempFolder()
    const path = join(folder, 'shared')
    writeFileSync(`${path}.lock`, '')
    const patience = { fileLockMs: 50, fileLockWaitMs: 10_000 }
    const begun = performance.now()
    await Promise.all(
      ['a', 'b', 'c'].map((letter) =>
        new NodeStateFiles(patience).update(path, (old) => (old ?? '') + letter),
      ),
    )
    expect(performance.now() - begun).toBeGreaterThan(50)
    expect([...readFileSync(path, 'latin1')].sort()).toEqual(['a', 'b', 'c'])
    expect(readdirSync(folder)).toEqual(['shared'])
  })

  test('a lock of another machine is not taken away early, and not waited for longer than allowed', async () => {
    const folder = tempFolder()
    const path = join(folder, 'shared')
    writeFileSync(`${path}.lock`, '1 elsewhere/ 0123456789abcdef')
    const hasty = new NodeStateFiles({ fileLockMs: 10_000, fileLockWaitMs: 30 })
    await expect(hasty.update(path, () => 'x')).rejects.toMatchObject({ code: 'WRITE_ERROR' })
    expect(readdirSync(folder)).toEqual(['shared.lock'])
  })
})
