/** One request, for which a single line is enough. */
import { isTransferError, type Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'One request, and nothing left behind'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  // `environment` is the outside world. In a program leave it out: the default is Node's own.
  const response = await Easy.get('http://news.test/today', { environment, timeoutMs: 5_000 })
  print(`${response.status} ${response.headers.first('content-type')}`)
  print(response.json<{ headline: string }>().headline)

  // A status of 400 or above is an answer like any other ...
  const missing = await Easy.get('http://news.test/yesterday', { environment })
  print(`${missing.status} ${missing.text()}, ok: ${missing.ok}`)

  // ... but no answer at all is an error, with a stable code and the phase in which it happened.
  try {
    await Easy.get('http://nowhere.test/', { environment })
  } catch (error) {
    if (!isTransferError(error)) throw error
    print(`${error.code} during ${error.phase}`)
  }
}
// #endregion body

export const servers: Servers = {
  'http://news.test': ({ path }) =>
    path === '/today'
      ? { headers: { 'Content-Type': 'application/json' }, body: '{"headline":"Trains run on time"}' }
      : { status: 404, body: 'not kept' },
}

export const expected = [
  '200 application/json',
  'Trains run on time',
  '404 not kept, ok: false',
  'COULDNT_RESOLVE_HOST during resolve',
]
