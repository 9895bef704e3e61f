/**
 * `SimDisk`: a simulated disk with state files on it, and what goes wrong with such.
 *
 * The rule: each step of an update (lock, read, write beside, rename) takes its own moment, so that other writers and
 * faults come between; a writer that crashes leaves what a process would leave, its lock included.
 */
import type { StateFiles } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What goes wrong with an update. */
export type DiskFault =
  /** The process dies: before it writes, and between the write and the rename. */
  | 'crash-before-write'
  | 'crash-before-rename'
  /** There is no more room. */
  | 'full'
  | 'read-only'

/** Plain files by path; their folders need not be made. */
export class SimDisk {
  /** Text by path. */
  readonly files = new Map<string, string>()
  /** Texts that were written beside a file and never renamed. */
  readonly leftovers: string[] = []
  /** What happens to the next updates, one each. */
  readonly faults: DiskFault[] = []
  readonly #clock: VirtualClock
  readonly #locks = new Map<string, object>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  /** The files as one process has them. */
  process(): StateFiles {
    return new SimStateFiles(this, this.#clock, this.#locks)
  }
}

class SimStateFiles implements StateFiles {
  readonly #disk: SimDisk
  readonly #clock: VirtualClock
  readonly #locks: Map<string, object>

  constructor(disk: SimDisk, clock: VirtualClock, locks: Map<string, object>) {
    this.#disk = disk
    this.#clock = clock
    this.#locks = locks
  }

  async read(path: string): Promise<string | undefined> {
    await this.#clock.sleep(STEP_MS)
    return this.#disk.files.get(path)
  }

  async update(path: string, merge: (old: string | undefined) => string): Promise<void> {
    await this.#lock(path)
    const fault = this.#disk.faults.shift()
    try {
      const text = merge(await this.read(path))
      // The dead do not come to the end of this, and give no lock back.
      if (fault === 'crash-before-write') return await NEVER
      if (fault === 'full' || fault === 'read-only') throw failed(path, fault)
      await this.#clock.sleep(STEP_MS)
      if (fault === 'crash-before-rename') {
        this.#disk.leftovers.push(text)
        return await NEVER
      }
      this.#disk.files.set(path, text)
    } finally {
      this.#locks.delete(path)
    }
  }

  async #lock(path: string): Promise<void> {
    let holder = this.#locks.get(path)
    let since = this.#clock.now()
    while (holder !== undefined) {
      if (this.#clock.now() - since > LIMITS.fileLockMs) break
      await this.#clock.sleep(STEP_MS)
      const now = this.#locks.get(path)
      if (now !== holder) since = this.#clock.now()
      holder = now
    }
    this.#locks.set(path, {})
  }
}

function failed(path: string, fault: 'full' | 'read-only'): TransferError {
  const [system, what] =
    fault === 'full' ? ['ENOSPC', 'no space is left'] : ['EROFS', 'the disk is read-only']
  return new TransferError('WRITE_ERROR', `${path} cannot be written: ${what} (${system})`, { path, system })
}

const STEP_MS = 1
/** What a dead process says. */
const NEVER = new Promise<never>(() => undefined)
