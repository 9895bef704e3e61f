/**
 * Runs a case: every client in its own process, round after round in turn (A B C, A B C), so that whatever
 * else the machine does falls on all of them alike. All but the one whose turn it is wait idle.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stop } from './stop.mjs'

/** No round takes this long, unless a client hangs. */
const ROUND_MS = 60_000

/**
 * Answers, for each client of `plan`, one measurement per round: `{ ms, cpuUs, userUs, bytes, peakBytes }`, and
 * `fairness` where downloads ran side by side.
 */
export async function runCase(plan, { server, rounds, exchanges, warmUps, execArgv }) {
  const expected = exchanges * plan.body.bytes
  const clients = []
  try {
    for (const [name, entry] of Object.entries(plan.clients))
      clients.push(await startClient(name, terms(plan, entry, server), execArgv))
    const measured = new Map(clients.map(({ name }) => [name, []]))
    for (let round = -warmUps; round < rounds; round += 1) {
      for (const client of clients) {
        const result = await client.ask(exchanges)
        if (result.bytes !== expected)
          throw new Error(`${client.name} read ${result.bytes} of ${expected} bytes`)
        if (round >= 0) measured.get(client.name).push(result)
      }
    }
    return measured
  } finally {
    await Promise.all(clients.map((client) => stop(client.process)))
  }
}

/** What client.mjs is told. An entry is a file, or a file and the origin it speaks to instead of the case's. */
function terms(plan, entry, { origins, ca }) {
  const { file, over } = typeof entry === 'string' ? { file: entry, over: plan.over } : entry
  const { connections, streams, body } = plan
  return { file, origin: origins[over], ca, connections, streams, path: body.path }
}

async function startClient(name, told, execArgv) {
  const child = fork(join(import.meta.dirname, 'client.mjs'), [JSON.stringify(told)], { execArgv })
  await reply(child, name)
  const ask = async (run) => {
    child.send({ run })
    return await reply(child, name)
  }
  return { name, process: child, ask }
}

/** The next message of a client. Throws when it ends instead, or takes too long; then it is ended. */
async function reply(child, name) {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ROUND_MS)
  const ended = ([status]) => {
    throw new Error(`the client "${name}" ended with status ${status}`)
  }
  try {
    const message = once(child, 'message', { signal: late.signal }).then(([answer]) => answer)
    const end = once(child, 'exit', { signal: late.signal }).then(ended)
    end.catch(() => undefined)
    return await Promise.race([message, end])
  } catch (error) {
    child.kill('SIGKILL')
    if (late.signal.aborted)
      throw new Error(`the client "${name}" took longer than ${ROUND_MS / 1_000} s`, { cause: error })
    throw error
  } finally {
    clearTimeout(timer)
    late.abort()
  }
}
