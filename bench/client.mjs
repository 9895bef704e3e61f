/**
 * One measured client, in a process of its own, so that processor time and memory are its own:
 * `node client.mjs FILE ORIGIN CONNECTIONS`, where FILE of clients/ exports
 * `start({ origin, connections })`, which gives `{ run(count), close() }`. `run` performs so many exchanges,
 * over all connections at once, and answers how many bytes of bodies it saw.
 */
import { performance } from 'node:perf_hooks'

const [file, origin, connections] = process.argv.slice(2)
const { start } = await import(`./clients/${file}`)
const client = await start({ origin, connections: Number(connections) })

process.on('disconnect', () => process.exit())
process.on('message', async (message) => {
  if (message.close) {
    await client.close()
    process.exit()
  }
  process.send(await measure(message.run))
})
process.send('ready')

async function measure(count) {
  const cpu = process.cpuUsage()
  const from = performance.now()
  const bytes = await client.run(count)
  const ms = performance.now() - from
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpuUs: user + system, userUs: user, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 }
}
