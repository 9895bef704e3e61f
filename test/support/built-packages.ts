/**
 * The packages as JavaScript in a folder of their own, as npm would install them, for tests that need another
 * process. Each file is transpiled by itself: no build is needed and none is used.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = {
  core: '@trunkline/core',
  easy: '@trunkline/easy',
  multi: '@trunkline/multi',
  share: '@trunkline/share',
}

export interface BuiltPackages {
  /** A folder whose scripts can import the packages. */
  readonly folder: string
  remove(): void
}

export function buildPackages(): BuiltPackages {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-built-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@trunkline'), { recursive: true })
  for (const name of ['eventemitter3', 'fzstd', 'p-queue', 'p-timeout', 'tldts', 'tldts-core'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  for (const [short, name] of Object.entries(PACKAGES)) {
    const from = join(ROOT, 'packages', short)
    const to = join(modules, name)
    mkdirSync(to, { recursive: true })
    cpSync(join(from, 'package.json'), join(to, 'package.json'))
    transpileFolder(join(from, 'src'), join(to, 'dist'))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function transpileFolder(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.ts')) continue
    const { outputText } = ts.transpileModule(readFileSync(join(from, entry), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    })
    const target = join(to, entry.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
}
