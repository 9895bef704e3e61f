/** undici's `dispatch`, its lowest form, with a handler that only counts the body. */
import type { DispatchHandler, Dispatcher } from 'undici'

/** Answers how many bytes the body had; `saw` is told of each piece. */
export function countedDispatch(
  dispatcher: Dispatcher,
  path: string,
  saw?: (byteCount: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch({ path, method: 'GET' }, new Counting(resolve, reject, saw))
  })
}

class Counting implements DispatchHandler {
  readonly #resolve: (bytes: number) => void
  readonly #reject: (error: Error) => void
  readonly #saw: ((byteCount: number) => void) | undefined
  #bytes = 0

  constructor(
    resolve: (bytes: number) => void,
    reject: (error: Error) => void,
    saw: ((byteCount: number) => void) | undefined,
  ) {
    this.#resolve = resolve
    this.#reject = reject
    this.#saw = saw
  }

  onRequestStart(): void {}

  onResponseStart(): void {}

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#saw?.(chunk.length)
  }

  onResponseEnd(): void {
    this.#resolve(this.#bytes)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(error)
  }
}
