/**
 * Runs one built example by the beginning of its name: `npm run example -- 01`. Without a name, or with one
 * that fits no example, lists them.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../examples/dist/', import.meta.url))
const examples = readdirSync(built).filter((name) => /^\d\d-.*\.js$/.test(name))
const wanted = process.argv[2]
const chosen = wanted === undefined ? undefined : examples.find((name) => name.startsWith(wanted))

if (chosen === undefined) {
  if (wanted !== undefined) console.log(`No example begins with "${wanted}".`)
  console.log('Run one with: npm run example -- NUMBER')
  for (const name of examples) console.log(`  ${name.replace('.js', '').replace('-', ' ')}`)
  process.exitCode = wanted === undefined ? 0 : 1
} else {
  const { status } = spawnSync(process.execPath, [`${built}run.js`, chosen], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
