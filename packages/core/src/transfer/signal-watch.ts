/**
 * `SignalWatch`: AbortSignals and the transfers that each of them ends. One listener per signal, however many
 * transfers share it: a crawl of thousands on one signal would otherwise trip Node's listener warning, and pay
 * for thousands of listeners.
 */
export interface Abortable {
  /** The signal has aborted. */
  signalled(): void
}

interface Watched {
  readonly waiting: Set<Abortable>
  readonly listener: () => void
}

export class SignalWatch {
  readonly #watched = new Map<AbortSignal, Watched>()

  add(signal: AbortSignal, one: Abortable): void {
    let watched = this.#watched.get(signal)
    if (watched === undefined) {
      const waiting = new Set<Abortable>()
      const listener = (): void => {
        this.#watched.delete(signal)
        for (const each of waiting) each.signalled()
      }
      watched = { waiting, listener }
      this.#watched.set(signal, watched)
      signal.addEventListener('abort', listener, { once: true })
    }
    watched.waiting.add(one)
  }

  remove(signal: AbortSignal, one: Abortable): void {
    const watched = this.#watched.get(signal)
    if (watched === undefined || !watched.waiting.delete(one) || watched.waiting.size > 0) return
    this.#watched.delete(signal)
    signal.removeEventListener('abort', watched.listener)
  }
}
