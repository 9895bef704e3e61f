/** Runs one example by hand, over real sockets on loopback: `node examples/dist/run.js 03-crawler`. */
import { runOnLoopback } from './worlds/loopback.ts'
import type { Example } from './worlds/servers.ts'

const name = process.argv[2] ?? '01-one-off'
const example = (await import(new URL(`./${name.replace(/\.js$/, '')}.js`, import.meta.url).href)) as Example

console.log(`# ${example.title}\n`)
await runOnLoopback(example, (line) => console.log(line))
