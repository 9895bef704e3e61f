/**
 * `simulate`: a whole world for one test, and the loop that moves its time.
 *
 * The rule: time moves only when nothing else can: all promises have had their turn and no offloaded work is
 * under way. When nothing could wake the simulation it fails at once, and names who waits for what.
 */
import { createHash, createHmac } from 'node:crypto'
import PQueue from 'p-queue'
import { deferred } from '../base/deferred.ts'
import type { Environment, Milliseconds } from '../env/environment.ts'
import { OpenWaits } from './open-waits.ts'
import { SeededRandom } from './seeded-random.ts'
import { simDecoders } from './sim-decoders.ts'
import { SimFiles } from './sim-files.ts'
import type { SimHandler } from './sim-exchange.ts'
import { SimNetwork } from './sim-network.ts'
import { SimOrigin, type SimOriginOptions } from './sim-origin.ts'
import { SimProxy, type SimProxyOptions } from './sim-proxy.ts'
import { SimSocks, type SimSocksOptions } from './sim-socks.ts'
import { SimDisk } from './sim-state-files.ts'
import { SimTls } from './sim-tls.ts'
import { formatMs, SimTrace } from './sim-trace.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface SimulateOptions {
  /** Fail when virtual time would pass this. Default one hour. */
  readonly maxVirtualMs?: Milliseconds
  /** Fail when so many events have run without time moving. Default 1,000,000. */
  readonly maxEventsAtOnce?: number
  /** The date at virtual time 0, in milliseconds since 1970. Default 2026-01-01, 00:00 UTC. */
  readonly startDate?: number
}

/** What a simulated run came to. */
export interface Simulated<T> {
  readonly value: T
  readonly trace: SimTrace
}

const DEFAULT_MAX_VIRTUAL_MS = 3_600_000
const DEFAULT_MAX_EVENTS_AT_ONCE = 1_000_000
const TRACE_LINES_SHOWN = 8

/**
 * Runs `body` in a world of its own: virtual time, a simulated network, chance from `seed`. Equal seeds give
 * equal runs, as far as `body` touches nothing outside the world (real timers, files, sockets; work that
 * leaves the event loop goes through `environment.offload`).
 *
 * Rejects with what `body` threw; with an error that begins `stuck at` when nothing is left that could wake
 * it, and lists the open waits; with `still running at` past `maxVirtualMs`; with whatever a server script
 * or a callback threw. The message of the error ends with the seed.
 *
 * @example
 * const { value } = await simulate(1, async (world) => {
 *   const origin = world.origin('http://a.test', (exchange) => exchange.respond({ body: 'hello' }))
 *   world.network.link('a.test', { delayMs: 50, chunkBytes: 1 })
 *   await myClient(world.environment).fetch('http://a.test/')
 *   return origin.connectionsAccepted
 * })
 */
export async function simulate<T>(
  seed: number,
  body: (world: SimWorld) => Promise<T>,
  options: SimulateOptions = {},
): Promise<Simulated<T>> {
  const world = new SimWorld(seed, options)
  try {
    return { value: await run(world, body, options), trace: world.trace }
  } catch (error) {
    throw withSeed(error, seed)
  }
}

/** The world of one simulation: what the test arranges, and the environment that the code under test gets. */
export class SimWorld {
  /** For the code under test. */
  readonly environment: Environment
  readonly clock: VirtualClock
  readonly network: SimNetwork
  /** What there is to send. */
  readonly files = new SimFiles()
  /** Where state files stand. */
  readonly disk: SimDisk
  /** What happened so far. */
  readonly trace = new SimTrace()
  /** For the test's own choices; drawing from it changes nothing for the code under test. */
  readonly random: SeededRandom
  /** What the world waits for; register the waits of your own code for a better report when it is stuck. */
  readonly waits = new OpenWaits()
  /** Rejects when a server script fails. @internal */
  readonly broken = deferred<never>()
  /** Runs offloaded work, one job at a time, in the order in which it came. @internal */
  readonly offloaded = new PQueue({ concurrency: 1 })

  constructor(seed: number, options: SimulateOptions = {}) {
    const root = new SeededRandom(seed)
    this.random = root.fork()
    const { trace, waits } = this
    const clock = new VirtualClock(options.startDate)
    this.clock = clock
    this.disk = new SimDisk(clock)
    this.network = new SimNetwork({ clock, trace, waits, random: root.fork() })
    const offload = <R>(job: () => Promise<R>): Promise<R> => this.offloaded.add(job)
    this.environment = {
      clock,
      dialer: this.network,
      resolver: this.network,
      tls: new SimTls({ clock, trace, waits }),
      random: root.fork(),
      // Equal input, equal output: the real ones are as good as simulated.
      hashes: {
        digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
        hmac: (algorithm, key, bytes) => createHmac(algorithm, key).update(bytes).digest(),
      },
      decoders: simDecoders(offload),
      stateFiles: this.disk.process(),
      files: this.files,
      offload,
    }
    // Whether anybody listens depends on when it breaks.
    this.broken.promise.catch(() => {})
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: Milliseconds): Promise<void> {
    return this.clock.sleep(ms)
  }

  /**
   * Starts a server for an origin such as `http://a.test` or `https://a.test:8443`, at all addresses of its
   * name; a name that has none is given a free one. `handler` is called for each request.
   */
  origin(where: string, handler: SimHandler, options: SimOriginOptions = {}): SimOrigin {
    const { clock, network, trace, waits } = this
    return new SimOrigin({ clock, network, trace, waits, fail: this.broken.reject }, where, handler, options)
  }

  /**
   * Starts an HTTP proxy, such as `http://p.test:3128`; with https it is one that TLS is spoken with. It reaches the
   * origins of this world.
   */
  proxy(where: string, options: SimProxyOptions = {}): SimProxy {
    const { clock, network, trace, waits } = this
    return new SimProxy({ clock, network, trace, waits, fail: this.broken.reject }, where, options)
  }

  /** Starts a SOCKS proxy at `host:port`. */
  socks(where: string, options: SimSocksOptions = {}): SimSocks {
    return new SimSocks({ clock: this.clock, network: this.network }, where, options)
  }
}

async function run<T>(
  world: SimWorld,
  body: (world: SimWorld) => Promise<T>,
  options: SimulateOptions,
): Promise<T> {
  const { maxVirtualMs = DEFAULT_MAX_VIRTUAL_MS, maxEventsAtOnce = DEFAULT_MAX_EVENTS_AT_ONCE } = options
  const { clock, offloaded } = world
  let isSettled = false
  const settle = (): void => void (isSettled = true)
  const result = Promise.race([body(world), world.broken.promise])
  result.then(settle, settle)

  let eventsAtOnce = 0
  for (;;) {
    await turn()
    if (offloaded.size + offloaded.pending > 0) {
      await offloaded.onIdle()
      continue
    }
    if (isSettled) return result
    const due = clock.nextDue
    if (due === undefined)
      throw new Error(report(`stuck at ${formatMs(clock.now())} ms: nothing left that could wake it`, world))
    if (due > maxVirtualMs) throw new Error(report(`still running at ${formatMs(maxVirtualMs)} ms`, world))
    eventsAtOnce = due === clock.now() ? eventsAtOnce + 1 : 0
    if (eventsAtOnce > maxEventsAtOnce) {
      throw new Error(
        report(`time stands still at ${formatMs(due)} ms: ${maxEventsAtOnce} events ran`, world),
      )
    }
    clock.step()
  }
}

/** One turn of the event loop: when it is over, all promises that could go on have gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function report(what: string, world: SimWorld): string {
  const waits = world.waits.list().flatMap((wait) => wait.split('\n'))
  const lines = [
    what,
    waits.length === 0 ? 'no open waits' : 'open waits:',
    ...waits.map((wait) => `  ${wait}`),
  ]
  const last = world.trace.last(TRACE_LINES_SHOWN)
  if (last.length > 0) lines.push('last events:', ...last.map((line) => `  ${line}`))
  return lines.join('\n')
}

/** The error itself with the seed at the end of its message, where that can be changed. */
function withSeed(error: unknown, seed: number): unknown {
  if (!(error instanceof Error))
    return new Error(`the simulation threw ${String(error)}\nseed ${seed}`, { cause: error })
  const message = error.message
  if (message === '') return error
  try {
    error.message = `${message}\nseed ${seed}`
    if (typeof error.stack === 'string') error.stack = error.stack.replace(message, () => error.message)
  } catch {
    // A frozen error, or a DOMException, keeps its message; the seed is not worth hiding the error for.
  }
  return error
}
