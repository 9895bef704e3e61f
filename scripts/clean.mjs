/** Removes what building wrote: `dist` of every package and of the examples, and the generated site. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const packages = readdirSync(new URL('packages/', root)).map((name) => `packages/${name}/dist`)

for (const path of [...packages, 'examples/dist', 'docs/site', 'coverage']) {
  const folder = fileURLToPath(new URL(path, root))
  if (!existsSync(folder)) continue
  rmSync(folder, { recursive: true })
  console.log(`removed ${path}`)
}
