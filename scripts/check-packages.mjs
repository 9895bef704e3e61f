/**
 * Checks the packages as they would be published: packs each one into a temporary folder, lets publint and
 * attw look at the tarballs, and then is their first consumer: installs them side by side and imports every
 * entry, in Node and in TypeScript. Nothing comes from the network. Needs `npm run build` first.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** @typedef {{ name: string, private?: boolean, exports: Record<string, unknown>, dependencies?: Record<string, string> }} Manifest */

const root = fileURLToPath(new URL('../', import.meta.url))
const require = createRequire(join(root, 'package.json'))
const work = mkdtempSync(join(tmpdir(), 'trunkline-packages-'))

/** @type {string[]} */
const problems = []
try {
  const packed = published().map(pack)
  for (const one of packed) {
    await lint(one)
    resolveTypes(one)
    install(one)
  }
  consume(packed)
} finally {
  rmSync(work, { recursive: true })
}
for (const problem of problems) console.log(problem)
process.exitCode = problems.length === 0 ? 0 : 1

/** The folders of the packages that are published. */
function published() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')) && !manifestOf(folder).private)
}

/** @param {string} folder */
function pack(folder) {
  const said = run(`npm pack --json --silent --pack-destination "${work}"`, folder)
  const [{ filename, files }] = /** @type {[{ filename: string, files: { path: string }[] }]} */ (
    JSON.parse(said)
  )
  return { folder, manifest: manifestOf(folder), tarball: join(work, basename(filename)), files }
}

/** @typedef {ReturnType<typeof pack>} Packed */

/** @param {Packed} packed */
async function lint({ manifest, tarball, files }) {
  const bytes = readFileSync(tarball)
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { messages } = await publint({ pack: { tarball: /** @type {ArrayBuffer} */ (whole) }, strict: true })
  for (const message of messages) {
    problems.push(`publint: ${manifest.name}: ${formatMessage(message, /** @type {any} */ (manifest))}`)
  }
  for (const wanted of ['LICENSE', 'README.md']) {
    if (!files.some(({ path }) => path === wanted)) problems.push(`${manifest.name}: ${wanted} is not packed`)
  }
  const strays = files.filter(({ path }) => path.endsWith('.tsbuildinfo') || path.endsWith('.test.ts'))
  for (const { path } of strays) problems.push(`${manifest.name}: ${path} is packed`)
}

/**
 * ES modules only: CommonJS has `import()`, and from Node 20.19 on `require` of a module.
 * @param {Packed} packed
 */
function resolveTypes({ tarball }) {
  const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [attw, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color'],
    { encoding: 'utf8' },
  )
  if (status !== 0) problems.push(`attw: ${stdout}${stderr}`)
}

/** @param {Packed} packed */
function install({ manifest, tarball }) {
  const target = join(work, 'node_modules', manifest.name)
  mkdirSync(target, { recursive: true })
  run(`tar -xzf "${tarball}" -C "${target}" --strip-components=1`, work)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const link = join(work, 'node_modules', name)
    const ours = join(root, 'node_modules', name)
    // Packages of ours are the packed ones; what they depend on is what is installed here.
    if (!name.startsWith('@trunkline/') && !existsSync(link)) symlinkSync(ours, link, 'junction')
  }
}

/** @param {readonly Packed[]} packed */
function consume(packed) {
  const entries = packed.flatMap(({ manifest }) =>
    Object.keys(manifest.exports).map((subpath) => `${manifest.name}${subpath.slice(1)}`),
  )
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(work, 'consumer.ts'),
    entries.map((entry, at) => `import * as entry${at} from '${entry}'\nvoid entry${at}\n`).join(''),
  )
  writeFileSync(join(work, 'consumer.js'), entries.map((entry) => `await import('${entry}')\n`).join(''))
  attempt('import in Node', 'consumer.js')
  runCommand()

  const tsc = require.resolve('typescript/bin/tsc')
  const types = join(root, 'node_modules/@types')
  for (const settings of [
    ['--module', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    const common = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable',
      '--typeRoots',
      types,
    ]
    attempt(`types with ${settings.join(' ')}`, tsc, ...settings, ...common, '--types', 'node', 'consumer.ts')
  }
}

/** The command, as it is packed: with the engine, which a port that nobody listens at is enough for. */
function runCommand() {
  const folder = join(work, 'node_modules/trunkline')
  const { bin, version } = /** @type {any} */ (manifestOf(folder))
  for (const [args, code, text] of /** @type {const} */ ([
    [['-V'], 0, `trunkline ${version} `],
    [['-sS', 'http://127.0.0.1:1/'], 7, 'Failed to connect to 127.0.0.1:1 '],
  ])) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, bin.trunkline), ...args], {
      encoding: 'utf8',
    })
    if (status !== code || !`${stdout}${stderr}`.includes(text))
      problems.push(`trunkline ${args.join(' ')}: exit code ${status}: ${stdout}${stderr}`)
  }
}

/** @param {string} what @param {readonly string[]} args */
function attempt(what, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: work, encoding: 'utf8' })
  if (status !== 0) problems.push(`${what}: ${stdout}${stderr}`)
}

/** @param {string} command @param {string} cwd */
function run(command, cwd) {
  const { status, stdout, stderr } = spawnSync(command, { cwd, shell: true, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed in ${cwd}: ${stderr}`)
  return stdout
}

/** @param {string} folder */
function manifestOf(folder) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
}
