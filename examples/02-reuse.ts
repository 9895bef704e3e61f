/** Repeated requests: keep the handle, and it keeps its connections. */
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Reuse with one handle'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  // `using` closes the handle, and with it the connections it kept, at the end of the block.
  using easy = new Easy({ environment, headers: { Accept: 'text/plain' } })

  for (const page of ['one', 'two', 'last', 'three']) {
    // Options stay set from run to run; only the URL changes.
    const { info } = await easy.set({ url: `http://library.test/${page}` }).perform()
    print(
      info.connReused
        ? `${page}: request ${info.connRequests} on connection ${info.connId}`
        : `${page}: opened connection ${info.connId}`,
    )
  }
  // The answer to "last" said `Connection: close`. That cost nobody a failed request: the next one
  // simply opened a new connection.
}
// #endregion body

export const servers: Servers = {
  'http://library.test': ({ path }) => ({
    body: `page ${path}`,
    ...(path === '/last' ? { headers: { Connection: 'close' } } : {}),
  }),
}

export const expected = [
  'one: opened connection 0',
  'two: request 2 on connection 0',
  'last: request 3 on connection 0',
  'three: opened connection 1',
]
