/**
 * What a simulation waits for: dials, lookups, streams, whatever a test adds.
 *
 * The rule: an entry lives exactly as long as its wait. The list is read only when nothing can wake the
 * simulation any more, to say who is still waiting, so describing costs nothing before.
 */
import type { Cancelable } from '../env/environment.ts'

/** The open waits of one simulation, in the order in which they began. */
export class OpenWaits {
  readonly #open = new Set<() => string | undefined>()

  /**
   * Registers a wait under a name, or under a function that names it when asked (undefined: not waiting just
   * now). Cancel it when the wait is over.
   *
   * @example
   * const wait = world.waits.begin('the second worker, for its turn')
   * await turn.promise
   * wait.cancel()
   */
  begin(what: string | (() => string | undefined)): Cancelable {
    const describe = typeof what === 'string' ? () => what : () => what()
    this.#open.add(describe)
    return { cancel: () => this.#open.delete(describe) }
  }

  /** The names of all open waits. */
  list(): string[] {
    return Array.from(this.#open, (describe) => describe()).filter((text) => text !== undefined)
  }
}
