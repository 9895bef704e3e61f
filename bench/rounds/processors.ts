/**
 * Which processors run what. With two or more and `taskset`, the servers have the last one to themselves and a client
 * has the others: neither takes the other's time, and no figure depends on where the system happens to put them.
 */
import {
  fork,
  spawn,
  spawnSync,
  type ChildProcess,
  type ForkOptions,
  type SpawnOptions,
} from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Side = 'server' | 'client'

const COUNT = availableParallelism()
const isPinning = COUNT > 1 && spawnSync('taskset', ['--version']).error === undefined
const PLACES: Readonly<Record<Side, string>> = {
  server: String(COUNT - 1),
  client: COUNT === 2 ? '0' : `0-${COUNT - 2}`,
}

/** How the processors are shared out, for people. */
export const placement = isPinning
  ? `server on processor ${PLACES.server}, clients on ${PLACES.client}`
  : 'server and clients on whichever processor is free'

/** Starts a command on its side's processors. */
export function spawnPinned(argv: readonly string[], side: Side, options: SpawnOptions): ChildProcess {
  const [command, ...rest] = isPinning ? ['taskset', '-c', PLACES[side], ...argv] : argv
  if (command === undefined) throw new Error('there is no command to run')
  return spawn(command, rest, options)
}

/** Starts a module with a channel for messages on its side's processors. */
export function forkPinned(module: URL, side: Side, options: ForkOptions = {}): ChildProcess {
  const child = fork(fileURLToPath(module), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...options })
  // `fork` wants to start Node itself; before it has begun anything is soon enough.
  if (isPinning && child.pid !== undefined)
    spawnSync('taskset', ['-a', '-p', '-c', PLACES[side], String(child.pid)])
  return child
}

/** How many files a process may have open: what the system allows at most. Node raises its own limit to that. */
export function fileLimit(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })
  const limit = Number(stdout)
  return Number.isInteger(limit) ? Math.min(limit, MOST_FILES) : MOST_FILES
}

/** Enough for every case; nginx sets aside memory for each. */
const MOST_FILES = 20_000
