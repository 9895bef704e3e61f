/** Limits in time, each with a name, and an AbortSignal for all other reasons to stop. */
import { isTransferError, type Environment, type TransferError } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Deadlines and abort'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  using easy = new Easy({ environment, url: 'http://station.test/waiting-room' })

  // The whole transfer, waiting and connecting included.
  easy.set({ timeoutMs: 100 })
  print(describe(await failureOf(easy)))

  // One phase of it: here, how long the server may think.
  easy.set({ timeoutMs: undefined, firstByteTimeoutMs: 100 })
  print(describe(await failureOf(easy)))

  // Whatever else should end it: a user who leaves, a parent task that failed.
  const leaving = new AbortController()
  easy.set({ firstByteTimeoutMs: undefined, signal: leaving.signal })
  const waiting = failureOf(easy)
  leaving.abort()
  print((await waiting).code)

  // The handle is as good as new. The connections of the failed transfers are not: an answer might still
  // come on them, so they were closed.
  easy.set({ signal: undefined, url: 'http://station.test/platform' })
  print(`${(await easy.perform()).text()}, on a connection that was ${easy.info?.verdict?.outcome}`)
}

function describe(error: TransferError): string {
  return `${error.code} at the limit of ${error.details['limitMs']} ms`
}

async function failureOf(easy: Easy): Promise<TransferError> {
  try {
    await easy.perform()
  } catch (error) {
    if (isTransferError(error)) return error
    throw error
  }
  throw new Error('the transfer did not fail')
}
// #endregion body

export const servers: Servers = {
  'http://station.test': ({ path }) =>
    path === '/platform' ? { body: 'here it is' } : { body: 'at last', afterMs: 60_000 },
}

export const expected = [
  'OPERATION_TIMEDOUT at the limit of 100 ms',
  'OPERATION_TIMEDOUT at the limit of 100 ms',
  'ABORTED_BY_CALLBACK',
  'here it is, on a connection that was opened',
]
