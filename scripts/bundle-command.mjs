/**
 * Makes the command one file: `packages/cli/dist/command/main.cjs` is what `-V`, `--help` and the reading of a command
 * line take; beside it stand the chunks that it loads when they are needed: the engine, and the Public Suffix List.
 * Made from the sources, so it needs no build before it, and everything it uses is in it.
 *
 * The rule: names stay as they are written and lines are kept, so that a stack trace can be read; what is left out is
 * comments. Measured with Node 20: as ES modules the same starts 6 ms later, and minified no sooner.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../', import.meta.url))

const MODULES = `${sep}node_modules${sep}`

/** Where the command looks for it. */
export const COMMAND_FOLDER = join(root, 'packages/cli/dist/command')

/**
 * Writes the command into a folder, which is emptied before.
 * @param {string} folder
 */
export async function bundleCommand(folder) {
  const bundle = await rolldown({
    cwd: root,
    input: { main: join(root, 'packages/cli/src/main.ts') },
    platform: 'node',
    // What the engine shares with the first file is taken from there, and not from a third one.
    preserveEntrySignatures: 'allow-extension',
    tsconfig: false,
    // As package.json has it; `using` and the like are rewritten.
    transform: { target: 'node20.19' },
    resolve: {
      conditionNames: ['trunkline-source', 'node', 'import', 'default'],
      // ES modules where there are any: CommonJS would bring code of the bundler's into the first file.
      mainFields: ['module', 'main'],
    },
    plugins: [optionalPackages()],
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`)
    },
  })
  try {
    const { output } = await bundle.write({
      dir: folder,
      cleanDir: true,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: ({ name, facadeModuleId: id }) => `${packageName(id ?? '') ?? name}.cjs`,
      comments: { legal: true, annotation: false, jsdoc: false },
    })
    const inside = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
    writeFileSync(join(folder, 'LICENSES.txt'), licences(inside))
  } finally {
    await bundle.close()
  }
}

/**
 * A package that is looked for while the program runs (`createRequire(...)('name')`) is put in as well: installed
 * beside the command it need not be.
 */
function optionalPackages() {
  return {
    name: 'optional-packages',
    /** @param {string} code @param {string} id */
    transform(code, id) {
      if (!id.includes(join('packages', 'core', 'src')) || !code.includes('createRequire')) return undefined
      const found = /createRequire\(import\.meta\.url\)\('(\w+)'\)/.exec(code)
      if (found === null) throw new Error(`${id}: this use of createRequire is not understood`)
      const [use, name] = found
      return `import * as optional from '${name}'\n${code.replace(use, 'optional')}`
    },
  }
}

/**
 * The licences of what is inside and not ours, as they ask to be handed on.
 * @param {readonly string[]} modules  Paths of files.
 */
function licences(modules) {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined))
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = createRequire(import.meta.url)(join(folder, 'package.json'))
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
      return `${name} ${version} (${license})\n${text}`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/**
 * The folder of an installed package that a file belongs to; undefined for files of ours.
 * @param {string} path
 */
function packageFolder(path) {
  const name = packageName(path)
  return name === undefined
    ? undefined
    : join(path.slice(0, path.lastIndexOf(MODULES) + MODULES.length), name)
}

/** @param {string} path */
function packageName(path) {
  const at = path.lastIndexOf(MODULES)
  if (at < 0) return undefined
  const [first = '', second = ''] = path.slice(at + MODULES.length).split(sep)
  return first.startsWith('@') ? `${first}/${second}` : first
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleCommand(COMMAND_FOLDER)
