/**
 * The main job on real input: nginx serves more than a thousand files from 100 bytes to 50 MB, over http and
 * https, and every body is checked by its SHA-256. Needs nginx (on Debian: apt-get install nginx-light).
 *
 * The files are made from a seed, so every run has the same. What is started is stopped, and what is written
 * is removed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasNginx, startNginx } from './nginx.mjs'

const KB = 1_000
const MB = 1_000_000

/** How many files of which size; a pair of sizes: spread between them. */
const FILES = [
  { count: 2, bytes: [50 * MB, 50 * MB] },
  { count: 6, bytes: [10 * MB, 12 * MB] },
  { count: 20, bytes: [3 * MB, 5 * MB] },
  { count: 60, bytes: [500 * KB, 1500 * KB] },
  { count: 212, bytes: [50 * KB, 300 * KB] },
  { count: 900, bytes: [100, 20 * KB] },
]

/** Fewer than its default of 1,000, which six connections would not reach with so many files. */
const REQUESTS_PER_CONNECTION = 100

if (!hasNginx()) {
  console.log('nginx is not installed, so there is no real input (on Debian: apt-get install nginx-light).')
  process.exit(0)
}
const root = fileURLToPath(new URL('../', import.meta.url))
const build = spawnSync('npm run --silent build', { cwd: root, shell: true, stdio: 'inherit' })
if (build.status !== 0) process.exit(1)
const { selfSignedForLoopback } = await import(
  new URL('../examples/dist/main-job/certificate.js', import.meta.url).href
)

/** @type {{ path: string, hash: string, size: number }[]} */
const files = []
const work = mkdtempSync(join(tmpdir(), 'trunkline-input-'))
const credentials = selfSignedForLoopback()
const nginx = await startNginx({ ...credentials, requestsPerConnection: REQUESTS_PER_CONNECTION, fill })
process.once('SIGINT', () => void tidy().then(() => process.exit(130)))
try {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  console.log(
    `${files.length} files, ${(total / MB).toFixed(1)} MB, by nginx at ${nginx.http} and ${nginx.https}`,
  )
  writeFileSync(join(work, 'manifest'), files.map(({ path, hash }) => `${hash}  ./${path}\n`).join(''))
  writeFileSync(join(work, 'ca.pem'), credentials.cert)
  const codes = [await runMainJob(nginx.http), await runMainJob(nginx.https)]
  process.exitCode = Math.max(...codes)
} finally {
  await tidy()
}

async function tidy() {
  await nginx.stop()
  rmSync(work, { recursive: true, force: true })
}

/** @param {string} origin */
async function runMainJob(origin) {
  console.log(`\n== ${origin}\n`)
  const main = fileURLToPath(new URL('../examples/dist/main-job/main.js', import.meta.url))
  const settings = ['--manifest', join(work, 'manifest'), '--cacert', join(work, 'ca.pem')]
  const urls = files.map(({ path }) => `${origin}${path}`)
  const child = spawn(process.execPath, [main, ...settings, ...urls], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return Number(code ?? 1)
}

/** @param {string} folder */
function fill(folder) {
  // A key stream is as good a source of the same random bytes every time as any, and a quick one.
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'trunkline'), Buffer.alloc(16))
  const fraction = () => stream.update(Buffer.alloc(4)).readUInt32LE() / 2 ** 32
  const sizes = FILES.flatMap(({ count, bytes: [from = 0, to = 0] }) =>
    Array.from({ length: count }, (_, index) =>
      Math.round(from + (index === 0 ? 0 : fraction() * (to - from))),
    ),
  )
  // Large ones are to be met among small ones, as anywhere.
  const mixed = sizes.map((size) => ({ size, at: fraction() })).sort((a, b) => a.at - b.at)
  for (const [index, { size }] of mixed.entries()) {
    const path = `${String(index % 16).padStart(2, '0')}/${String(index).padStart(4, '0')}.bin`
    const bytes = stream.update(Buffer.alloc(size))
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), bytes)
    files.push({ path, size, hash: createHash('sha256').update(bytes).digest('hex') })
  }
}
