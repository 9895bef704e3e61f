/**
 * The rule of floors, as pure functions over the facts of source files: which folder may import which, no
 * cycles, packages in a star, and `exports` that lead somewhere. Each function returns one sentence per
 * breach, and nothing when all is well.
 *
 * A new folder of core adds a row to `FOLDER_ORDER` first; nothing here has exceptions for single files.
 */
import { dirname, join, normalize } from 'node:path/posix'
import type { SourceFacts } from './source-facts.ts'

/** Folders of core, lowest first. A file imports its own folder and those before it; type-only imports count. */
export const FOLDER_ORDER = [
  'tables',
  'base',
  'errors',
  'env',
  'url',
  'dns',
  'http',
  'auth',
  'cookie',
  'form',
  'options',
  'h1',
  'h2',
  'websocket',
  'proxy',
  'route',
  'pool',
  'connect',
  'connection',
  'file',
  'cache',
  'transfer',
  'socket',
  'engine',
] as const

/** The worlds that stand beside the order, with what they may import besides themselves. Nobody imports them. */
const WORLDS: Readonly<Record<string, readonly string[]>> = {
  node: ['tables', 'base', 'errors', 'env', 'url', 'http', 'h1'],
  sim: ['tables', 'base', 'errors', 'env', 'url', 'http', 'h1', 'h2', 'websocket'],
}

/** Which packages a package may import; everything goes through their `exports`. */
const STAR: Readonly<Record<string, readonly string[]>> = {
  core: [],
  easy: ['@trunkline/core'],
  multi: ['@trunkline/core'],
  share: ['@trunkline/core'],
  cli: ['@trunkline/core', '@trunkline/easy', '@trunkline/multi', '@trunkline/share'],
}

/** Breaches of the folder order, for files of core with paths from `src` on. */
export function brokenOrder(files: readonly SourceFacts[]): string[] {
  return files.flatMap((file) => {
    const allowed = importableFrom(folderOf(file.path))
    if (allowed === undefined)
      return [`${file.path}: folder ${folderOf(file.path)} has no place in the order`]
    return file.imports
      .filter((one) => isRelative(one.specifier))
      .flatMap((one) => {
        const target = resolveFrom(file.path, one.specifier)
        return allowed.includes(folderOf(target)) ? [] : [`${file.path}:${one.line} imports ${target}`]
      })
  })
}

/** Cycles between files, each told once, as the way round. Type-only imports count. */
export function cycles(files: readonly SourceFacts[]): string[] {
  const known = new Map(files.map((file) => [file.path, file]))
  const finished = new Set<string>()
  const found: string[] = []
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) found.push([...way.slice(at), path].join(' -> '))
    if (at >= 0 || finished.has(path)) return
    for (const one of known.get(path)?.imports ?? []) {
      const target = isRelative(one.specifier) ? resolveFrom(path, one.specifier) : ''
      if (known.has(target)) walk(target, [...way, path])
    }
    finished.add(path)
  }
  for (const file of files) walk(file.path, [])
  return found
}

/** Relative imports that lead out of `src`, or do not carry the full name of a file that exists. */
export function brokenPaths(files: readonly SourceFacts[]): string[] {
  const known = new Set(files.map((file) => file.path))
  return files.flatMap((file) =>
    file.imports
      .filter((one) => isRelative(one.specifier) && !known.has(resolveFrom(file.path, one.specifier)))
      .map((one) => `${file.path}:${one.line} imports ${one.specifier}, which is no file of this package`),
  )
}

/** Imports of a package that leave its place in the star, or reach past the `exports` of another. */
export function brokenStar(
  packageFolder: string,
  files: readonly SourceFacts[],
  entries: ReadonlySet<string>,
): string[] {
  const allowed = STAR[packageFolder]
  if (allowed === undefined) return [`packages/${packageFolder} has no place in the star`]
  return files.flatMap((file) =>
    file.imports
      .filter((one) => one.specifier === 'trunkline' || one.specifier.startsWith('@trunkline/'))
      .filter((one) => !allowed.includes(packageOf(one.specifier)) || !entries.has(one.specifier))
      .map((one) => `${packageFolder}/${file.path}:${one.line} imports ${one.specifier}`),
  )
}

/** The part of a package.json that is checked. */
export interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
}

/** What a package's manifest lets others import: `@trunkline/core`, `@trunkline/core/node`. */
export function entriesOf({ name, exports }: Manifest): string[] {
  return Object.keys(exports).map((subpath) => join(name, subpath))
}

/** Entries whose source is missing, or whose built files are not those that the source is built to. */
export function brokenEntries(manifest: Manifest, exists: (path: string) => boolean): string[] {
  const entries = Object.entries(manifest.exports).flatMap(([subpath, targets]) => {
    const source = targets['trunkline-source'] ?? ''
    const where = `${manifest.name} exports ${subpath}`
    if (!/^\.\/src\/.*\.ts$/.test(source) || !exists(source)) return [`${where}: no source at "${source}"`]
    const built = source.replace('./src/', './dist/').slice(0, -'.ts'.length)
    const wanted = { 'trunkline-source': source, types: `${built}.d.ts`, default: `${built}.js` }
    // The order matters: conditions are tried from the first on, and `types` must come before `default`.
    const same = JSON.stringify(targets) === JSON.stringify(wanted)
    return same ? [] : [`${where}: wanted ${JSON.stringify(wanted)}`]
  })
  const commands = Object.values(manifest.bin ?? {})
    .filter((path) => !exists(path))
    .map((path) => `${manifest.name} has no command at "${path}"`)
  return [...entries, ...commands]
}

/** The folder below `src`, or '' for the files of `src` itself. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

function importableFrom(folder: string): readonly string[] | undefined {
  if (folder === '') return ['', ...FOLDER_ORDER]
  const beside = WORLDS[folder]
  if (beside !== undefined) return [folder, ...beside]
  const at = (FOLDER_ORDER as readonly string[]).indexOf(folder)
  return at < 0 ? undefined : FOLDER_ORDER.slice(0, at + 1)
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

function resolveFrom(path: string, specifier: string): string {
  return normalize(join(dirname(path), specifier))
}

function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, 2).join('/')
}
