/**
 * Installs what the benchmarks compare with, from the lock file in `bench/`, unless that has been done. The
 * peers stand apart from the workspaces, so that neither the packages nor `npm ci` ever see them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('../bench/', import.meta.url))
const lock = `${bench}package-lock.json`
const installed = `${bench}node_modules/.package-lock.json`

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  const { status } = spawnSync(`npm ci --prefix "${bench}" --no-audit --no-fund --loglevel=error`, {
    shell: true,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
