/** The repository as the architecture tests read it: the sources and manifests of its packages. Reads only. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from './floors.ts'
import { readFacts, type SourceFacts } from './source-facts.ts'

export interface Package {
  /** Name of its folder: `core`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Facts of every file, with paths from `src` on. */
  readonly files: readonly SourceFacts[]
  exists(path: string): boolean
}

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url))

export function readPackages(): readonly Package[] {
  return readdirSync(PACKAGES)
    .filter((folder) => existsSync(join(PACKAGES, folder, 'package.json')))
    .map(readPackage)
}

function readPackage(folder: string): Package {
  const root = join(PACKAGES, folder)
  return {
    folder,
    manifest: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest,
    files: readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => path.split(sep).join('/'))
      .sort()
      .map((path) => readFacts({ path, text: readFileSync(join(root, 'src', path), 'utf8') })),
    exists: (path) => existsSync(join(root, path)),
  }
}
