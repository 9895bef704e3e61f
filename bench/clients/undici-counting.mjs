/** undici's `dispatch`, its lowest form, with a handler that only counts the body. */

/** Answers how many bytes the body had; `saw` is told of each piece. */
export function countedDispatch(dispatcher, path, saw) {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch({ path, method: 'GET' }, new Counting(resolve, reject, saw))
  })
}

class Counting {
  #resolve
  #reject
  #saw
  #bytes = 0

  constructor(resolve, reject, saw) {
    this.#resolve = resolve
    this.#reject = reject
    this.#saw = saw
  }

  onRequestStart() {}

  onResponseStart() {}

  onResponseData(_controller, chunk) {
    this.#bytes += chunk.length
    this.#saw?.(chunk.length)
  }

  onResponseEnd() {
    this.#resolve(this.#bytes)
  }

  onResponseError(_controller, error) {
    this.#reject(error)
  }
}
