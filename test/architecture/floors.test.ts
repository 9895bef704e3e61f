/**
 * The architecture holds for the sources as they are; and, so that a check cannot pass by being blind, each is
 * shown samples that it must report.
 */
import { describe, expect, test } from 'vitest'
import { brokenEntries, brokenOrder, brokenPaths, brokenStar, cycles, entriesOf } from './floors.ts'
import { brokenStyle } from './house-style.ts'
import { hiddenWorld, impureCodecs } from './purity.ts'
import { readPackages } from './repository.ts'
import { readFacts, type SourceFacts } from './source-facts.ts'

describe('the sources', () => {
  const packages = readPackages()
  const core = packages.find((one) => one.folder === 'core')?.files ?? []
  const entries = new Set(packages.flatMap((one) => entriesOf(one.manifest)))

  test('are all read', () => {
    expect(packages.map((one) => one.folder)).toEqual(['cli', 'core', 'easy', 'multi', 'share'])
    expect(core.length).toBeGreaterThan(5)
  })

  test('of core keep the folder order', () => {
    expect(brokenOrder(core)).toEqual([])
  })

  test('of core touch the outside world in node/ and sim/ only', () => {
    expect(hiddenWorld(core)).toEqual([])
  })

  test('of the codecs neither wait nor know a port', () => {
    expect(impureCodecs(core)).toEqual([])
  })

  for (const { folder, manifest, files, exists } of packages) {
    describe(`of packages/${folder}`, () => {
      test('import files by their full names', () => {
        expect(brokenPaths(files)).toEqual([])
      })

      test('have no cycles', () => {
        expect(cycles(files)).toEqual([])
      })

      test('keep to the star of packages', () => {
        expect(brokenStar(folder, files, entries)).toEqual([])
      })

      test('are where the manifest says', () => {
        expect(brokenEntries(manifest, exists)).toEqual([])
      })

      test('keep the house style', () => {
        expect(brokenStyle(files)).toEqual([])
      })
    })
  }
})

describe('the folder order', () => {
  test.each([
    [
      'a lower folder imports a higher one',
      'h1/codec.ts',
      `import { Pool } from '../pool/pool.ts'`,
      '../pool',
    ],
    [
      'only a type is imported',
      'env/environment.ts',
      `import type { Pool } from '../pool/pool.ts'`,
      '../pool',
    ],
    ['a type is imported in place', 'h1/codec.ts', `type P = import('../pool/pool.ts').Pool`, '../pool'],
    ['something is re-exported', 'h1/codec.ts', `export * from '../pool/pool.ts'`, '../pool'],
    ['core imports node/', 'engine/engine.ts', `import '../node/index.ts'`, '../node'],
    ['the root imports sim/', 'index.ts', `export * from './sim/index.ts'`, './sim'],
    ['node/ imports the engine', 'node/index.ts', `export * from '../engine/engine.ts'`, '../engine'],
    ['a folder imports the root', 'transfer/transfer.ts', `import '../index.ts'`, '../index.ts'],
  ])('is broken when %s', (_case, path, text, target) => {
    const landed = new URL(target, `file:///${path}`).pathname.slice(1)
    expect(brokenOrder(sample({ [path]: text }))).toEqual([expect.stringContaining(`imports ${landed}`)])
  })

  test('is broken by a folder without a place in it', () => {
    expect(brokenOrder(sample({ 'helpers/thing.ts': '' }))).toEqual([
      'helpers/thing.ts: folder helpers has no place in the order',
    ])
  })

  test('allows the own folder, lower folders, and words that only look like imports', () => {
    const text = `
      import { a } from './a.ts'
      import { b } from '../tables/b.ts'
      // import '../pool/pool.ts'
      const s = "import '../pool/pool.ts'"
      const t = \`\${s} import '../pool/pool.ts'\``
    expect(brokenOrder(sample({ 'h1/codec.ts': text }))).toEqual([])
  })
})

describe('cycles', () => {
  test('are told once, as the way round', () => {
    const files = sample({
      'pool/a.ts': `import './b.ts'`,
      'pool/b.ts': `import type { C } from './c.ts'`,
      'pool/c.ts': `export * from './a.ts'`,
      'pool/d.ts': `import './a.ts'`,
    })
    expect(cycles(files)).toEqual(['pool/a.ts -> pool/b.ts -> pool/c.ts -> pool/a.ts'])
  })

  test('are not seen where two ways lead to one file', () => {
    const files = sample({
      'a.ts': `import './b.ts'; import './c.ts'`,
      'b.ts': `import './c.ts'`,
      'c.ts': '',
    })
    expect(cycles(files)).toEqual([])
  })
})

describe('paths of imports', () => {
  test.each([
    ['without the extension', './b'],
    ['with the extension of the built file', './b.js'],
    ['of a file that is not there', './c.ts'],
    ['out of the package', '../../easy/src/index.ts'],
  ])('are reported %s', (_case, specifier) => {
    expect(brokenPaths(sample({ 'a.ts': `import '${specifier}'`, 'b.ts': '' }))).toHaveLength(1)
  })
})

describe('the star of packages', () => {
  const entries = new Set(['@trunkline/core', '@trunkline/core/node', '@trunkline/easy'])

  test.each([
    ['a sibling', 'multi', '@trunkline/easy'],
    ['an insider of core', 'easy', '@trunkline/core/src/pool/pool.ts'],
    ['an unnamed subpath of core', 'easy', '@trunkline/core/pool'],
    ['the package itself', 'core', '@trunkline/core'],
    ['the command', 'easy', 'trunkline'],
  ])('is broken by an import of %s', (_case, folder, specifier) => {
    expect(brokenStar(folder, sample({ 'a.ts': `import '${specifier}'` }), entries)).toHaveLength(1)
  })

  test.each([
    ['easy', '@trunkline/core'],
    ['multi', '@trunkline/core/node'],
    ['cli', '@trunkline/easy'],
    ['multi', 'eventemitter3'],
  ])('lets %s import %s', (folder, specifier) => {
    expect(brokenStar(folder, sample({ 'a.ts': `import '${specifier}'` }), entries)).toEqual([])
  })

  test('has a place for each package', () => {
    expect(brokenStar('extra', [], entries)).toEqual(['packages/extra has no place in the star'])
  })
})

describe('entries of a manifest', () => {
  const targets = {
    'trunkline-source': './src/index.ts',
    types: './dist/index.d.ts',
    default: './dist/index.js',
  }

  test.each<[string, object, () => boolean]>([
    ['a missing source', targets, () => false],
    ['no source at all', { types: targets.types, default: targets.default }, () => true],
    ['a built file of another source', { ...targets, default: './dist/main.js' }, () => true],
    [
      'types after default',
      { 'trunkline-source': './src/index.ts', default: './dist/index.js', types: './dist/index.d.ts' },
      () => true,
    ],
  ])('are broken by %s', (_case, wrong, exists) => {
    const manifest = { name: 'x', exports: { '.': wrong as Record<string, string> } }
    expect(brokenEntries(manifest, exists)).toHaveLength(1)
  })

  test('are broken by a command that is not there', () => {
    const manifest = { name: 'x', exports: { '.': targets }, bin: { x: 'bin/x.js' } }
    expect(brokenEntries(manifest, (path) => path !== 'bin/x.js')).toEqual(['x has no command at "bin/x.js"'])
  })

  test('are named with the package', () => {
    expect(entriesOf({ name: '@trunkline/core', exports: { '.': targets, './node': targets } })).toEqual([
      '@trunkline/core',
      '@trunkline/core/node',
    ])
  })
})

describe('the outside world', () => {
  test.each([
    `import { connect } from 'node:net'`,
    `const t = Date.now()`,
    `const t = new Date(0)`,
    `const t = Date()`,
    `const t = performance.now()`,
    `setTimeout(wake, 5)`,
    `const later = setTimeout`,
    `const s = \`\${Math.random()}\``,
    `console.log(1)`,
    `const { env } = process`,
    `AbortSignal.timeout(5)`,
    `globalThis.setTimeout(wake, 5)`,
    `const again = { setImmediate }`,
  ])('is not touched by: %s', (text) => {
    expect(hiddenWorld(sample({ 'pool/a.ts': text })).length).toBeGreaterThan(0)
  })

  test.each([
    `/** Like Date.now(), setTimeout(f) and console.log. */`,
    `const s = 'Date.now() setTimeout() process.exit()'`,
    'const s = `Date.now() ${x} process.exit() ${`console.log(${y})`}`',
    `const r = /setTimeout(/`,
    `const seconds = Date.parse(text) / 1000`,
    `queueMicrotask(run)`,
    `interface Clock { date(): Date; performance: number; setTimeout(): void }`,
    `clock.date().getTime() + job.process() + { process: 1 }.process`,
  ])('is not seen in: %s', (text) => {
    expect(hiddenWorld(sample({ 'pool/a.ts': text }))).toEqual([])
  })

  test('is open to node/ and sim/', () => {
    const text = `import 'node:net'; setTimeout(wake, Date.now())`
    expect(hiddenWorld(sample({ 'node/a.ts': text, 'sim/a.ts': text }))).toEqual([])
  })

  test('is reported with the line and with what to use instead', () => {
    expect(hiddenWorld(sample({ 'pool/a.ts': `\n\nsetTimeout(wake, 5)` }))).toEqual([
      'pool/a.ts:3 uses setTimeout instead of Clock.at',
    ])
  })
})

describe('codecs', () => {
  test.each([
    ['are not async', `async function f() {}`],
    ['do not await', `for await (const x of y) {}`],
    ['make no promise', `const p = Promise.resolve()`],
    ['name no promise', `function f(): Promise<void> | undefined {}`],
    ['take no port', `import type { Clock } from '../env/environment.ts'`],
    ['take no port by a listed type', `import type { SocketAddress, Clock } from '../env/environment.ts'`],
    ['take no port in place', `type C = import('../env/environment.ts').Clock`],
    ['take nothing but types', `import { SocketAddress } from '../env/environment.ts'`],
    ['take no port as a whole', `import type * as env from '../env/environment.ts'`],
  ])('%s', (_case, text) => {
    expect(impureCodecs(sample({ 'route/a.ts': text }))).toHaveLength(1)
  })

  test('may name addresses, and may speak of promises', () => {
    const text = `
      /** Makes no Promise, is not async and does not await. */
      import type { SocketAddress } from '../env/environment.ts'
      import { type ResolvedAddress } from '../env/environment.ts'`
    expect(impureCodecs(sample({ 'route/a.ts': text }))).toEqual([])
  })
})

describe('the house style', () => {
  test.each([
    ['pool/utils.ts', '/** x */', 'has a name that says nothing'],
    ['pool/planPool.ts', '/** x */', 'is not named in lower case with hyphens'],
    ['pool/a.ts', '/** x */ export default 1', 'has a default export'],
    ['pool/a.ts', '/** x */ export default class A {}', 'has a default export'],
    ['pool/a.ts', 'export const a = 1', 'does not open with a comment'],
    ['index.ts', 'export const a = 1', 'does more than re-export'],
  ])('does not like %s with: %s', (path, text, breach) => {
    expect(brokenStyle(sample({ [path]: text }))).toEqual([`${path} ${breach}`])
  })
})

function sample(files: Readonly<Record<string, string>>): SourceFacts[] {
  return Object.entries(files).map(([path, text]) => readFacts({ path, text }))
}
