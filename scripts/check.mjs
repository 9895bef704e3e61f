/**
 * Runs every check that is not a test of behaviour, one after another, all of them even if one fails, and
 * closes with `N passed, N failed`. A check that passes prints one line; one that fails prints all it said.
 *
 * The rule: a check is an npm script of its own, so that it can be run alone: `npm run lint`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHECKS = [
  { script: 'types', what: 'TypeScript over everything' },
  { script: 'lint', what: 'oxlint' },
  { script: 'format:check', what: 'prettier' },
  { script: 'unused', what: 'knip: unused files, exports and dependencies' },
  { script: 'architecture', what: 'folder order, cycles, bans' },
  { script: 'packages', what: 'publint, attw and a consumer on the packed packages' },
]

const root = fileURLToPath(new URL('../', import.meta.url))
const failed = CHECKS.filter((check) => !passes(check))

for (const { script } of failed) console.log(`To run the failed check alone: npm run ${script}`)
console.log(`${CHECKS.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1

/** @param {{ script: string, what: string }} check */
function passes({ script, what }) {
  const begun = performance.now()
  const { status, stdout, stderr } = spawnSync(`npm run --silent ${script}`, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd())
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${script} (${what}), ${seconds} s`)
  return status === 0
}
