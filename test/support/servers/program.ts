/**
 * A program that listens: a child process, waited for until its ports answer, and ended with all that it started.
 *
 * The rule: it ends its own process group and nothing else. What a program prints goes to a file, so that a
 * program that prints much is never held up by a test that does not read.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProgramWish {
  /** Program and arguments. It must stay in the foreground. */
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** The file that takes what it prints. */
  readonly log: string
  /** It has started when all of them take connections. */
  readonly ports: readonly number[]
  /** And has printed this, for those that listen before they heed signals. */
  readonly says?: string
}

export class Program {
  readonly #wish: ProgramWish
  /** Where in the log this run of it begins. */
  #logStart: number
  #child: ChildProcess
  #ended: Promise<unknown>
  readonly #endGroup = (): void => endGroup(this.#child)

  private constructor(wish: ProgramWish) {
    this.#wish = wish
    this.#logStart = lengthOf(wish.log)
    this.#child = spawnProgram(wish)
    this.#ended = endOf(this.#child)
    process.once('exit', this.#endGroup)
  }

  /** Rejects with what the program printed, when it ends before it listens or does not listen in time. */
  static async start(wish: ProgramWish): Promise<Program> {
    const program = new Program(wish)
    try {
      await program.#untilListening()
      return program
    } catch (error) {
      await program.stop()
      throw error
    }
  }

  /** Signals the process that was started, not its children. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it and its workers at once, and starts it again at the same ports. Rejects as `start` does. */
  async restart(): Promise<void> {
    await this.#end()
    this.#logStart = lengthOf(this.#wish.log)
    this.#child = spawnProgram(this.#wish)
    this.#ended = endOf(this.#child)
    await this.#untilListening()
  }

  /**
   * Ends it and its workers at once: asked politely, some wait for connections that tests leave open. Resolves
   * when nobody listens any more.
   */
  async stop(): Promise<void> {
    await this.#end()
    process.off('exit', this.#endGroup)
  }

  async #end(): Promise<void> {
    this.#endGroup()
    await this.#ended
    const end = performance.now() + STOPPED_WITHIN_MS
    for (const port of this.#wish.ports)
      while ((await isListening(port)) && performance.now() < end) await sleep(5)
  }

  async #untilListening(): Promise<void> {
    const { ports, says } = this.#wish
    const end = performance.now() + READY_WITHIN_MS
    for (const port of ports) await this.#until(() => isListening(port), end)
    if (says !== undefined) await this.#until(() => this.#printed().includes(says), end)
  }

  /** Rejects with what was printed when the program ends before, or time runs out. */
  async #until(isSo: () => boolean | Promise<boolean>, end: number): Promise<void> {
    const { command, log } = this.#wish
    while (!(await isSo())) {
      if (this.#hasEnded) throw new Error(`${command[0]} ended: ${readFileSync(log, 'utf8')}`)
      if (performance.now() > end)
        throw new Error(
          `${command[0]} is not ready after ${READY_WITHIN_MS} ms: ${readFileSync(log, 'utf8')}`,
        )
      await sleep(5)
    }
  }

  /** What this run of it has printed. */
  #printed(): string {
    return readFileSync(this.#wish.log).subarray(this.#logStart).toString()
  }

  get #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}

function spawnProgram(wish: ProgramWish): ChildProcess {
  const [command, ...args] = wish.command
  const log = openSync(wish.log, 'a')
  try {
    // A group of its own takes the workers along that a master leaves behind.
    return spawn(command, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...wish.env },
      detached: true,
    })
  } finally {
    closeSync(log)
  }
}

function lengthOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function endOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('exit', resolve).once('error', resolve)
  })
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

/**
 * `count` ports of loopback that are free now. They lie below those that systems hand out by themselves, so that
 * no socket that asks for any port takes one before the program does.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(LOWEST_PORT, LOWEST_EPHEMERAL_PORT)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const READY_WITHIN_MS = 10_000
const STOPPED_WITHIN_MS = 3_000
const LOWEST_PORT = 10_240
/** Linux's; that of other systems is higher. */
const LOWEST_EPHEMERAL_PORT = 32_768
