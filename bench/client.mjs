/**
 * One measured client, in a process of its own, so that processor time and memory are its own:
 * `node client.mjs JSON`, where JSON holds `file` of clients/, `origin`, the certificate `ca` to trust, how
 * many `connections`, how many `streams` at once over each, and the `path` to get. The file exports
 * `start(terms)`, which gives `{ run(count), close() }`. `run` performs so many exchanges, over all
 * connections and streams at once, and answers how many bytes of bodies it saw; or `{ bytes, fairness }`.
 */
import { performance } from 'node:perf_hooks'

const { file, ...terms } = JSON.parse(process.argv[2])
const { start } = await import(`./clients/${file}`)
const client = await start(terms)

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
  const seen = await client.run(count)
  const ms = performance.now() - from
  const { user, system } = process.cpuUsage(cpu)
  return {
    ms,
    cpuUs: user + system,
    userUs: user,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...(typeof seen === 'number' ? { bytes: seen } : seen),
  }
}
