/**
 * The race of RFC 8305 ("Happy Eyeballs"): addresses are tried one after another, a little apart, and the
 * first connection wins.
 *
 * The rule: a later attempt never ends an earlier one. Slow routes exist, and an attempt that is given up
 * after 250 ms can never succeed on them (nodejs/node issue 54359).
 */
import type { Clock, Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'

export interface Race<A, S> {
  readonly addresses: readonly A[]
  /** Begins one attempt; rejects when it fails or the signal aborts. */
  readonly attempt: (address: A, signal: AbortSignal) => Promise<S>
  /** Disposes of a connection that came too late. */
  readonly discard: (stream: S) => void
  /** For the error's text. */
  readonly describe: (address: A) => string
  readonly clock: Clock
  readonly delayMs: Milliseconds
  readonly signal: AbortSignal
}

/**
 * Resolves with the first connection. Rejects with COULDNT_CONNECT and every attempt's outcome when all
 * fail, with the only attempt's own error when there was one, or with the signal's reason.
 */
export function race<A, S>({
  addresses,
  attempt,
  discard,
  describe,
  clock,
  delayMs,
  signal,
}: Race<A, S>): Promise<S> {
  return new Promise((resolve, reject) => {
    const others = new AbortController()
    const failures: { readonly address: A; readonly error: unknown }[] = []
    let next = 0
    let alive = 0
    let isOver = false
    let timer: { cancel(): void } | undefined

    const finish = (): void => {
      isOver = true
      timer?.cancel()
      signal.removeEventListener('abort', abort)
      others.abort(new Error('another address was faster'))
    }
    const abort = (): void => {
      finish()
      reject(signal.reason)
    }
    const startNext = (): void => {
      timer?.cancel()
      timer = undefined
      if (isOver || next >= addresses.length || alive >= LIMITS.racingAttempts) return
      const address = addresses[next++]!
      alive += 1
      if (next < addresses.length) timer = clock.at(clock.now() + delayMs, startNext)
      attempt(address, others.signal).then(
        (stream) => {
          if (isOver) return discard(stream)
          finish()
          resolve(stream)
        },
        (error: unknown) => {
          if (isOver) return
          alive -= 1
          failures.push({ address, error })
          if (failures.length < addresses.length) return startNext()
          finish()
          reject(failures.length === 1 ? error : allFailed(failures, describe))
        },
      )
    }

    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    startNext()
  })
}

/** The families in turn, beginning with that of the first address (RFC 8305 section 4). */
export function interleave<A extends { readonly family: 4 | 6 }>(addresses: readonly A[]): A[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family)
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family)
  const mixed: A[] = []
  for (let i = 0; i < Math.max(first.length, second.length); i += 1) {
    if (i < first.length) mixed.push(first[i]!)
    if (i < second.length) mixed.push(second[i]!)
  }
  return mixed
}

function allFailed<A>(
  failures: readonly { address: A; error: unknown }[],
  describe: (address: A) => string,
): TransferError {
  const text = failures.map(
    ({ address, error }) => `${describe(address)}: ${error instanceof Error ? error.message : String(error)}`,
  )
  return new TransferError(
    'COULDNT_CONNECT',
    `none of ${failures.length} addresses could be connected to (${text.join('; ')})`,
    { attempts: failures.length },
    { phase: 'connect', cause: failures[0]!.error },
  )
}
