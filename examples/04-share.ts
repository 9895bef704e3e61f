/** Parts of a program that know nothing of each other, and use each other's connections all the same. */
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'One cache for independent subsystems'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  // Connections, looked-up names and TLS sessions; the limit holds for all users of the share together.
  await using share = new Share({ environment, maxHostConnections: 2 })

  // Three subsystems, each in the shape that suits it.
  using login = new Easy({ share, url: 'http://api.test/login', method: 'POST' })
  using metrics = new Easy({ share, url: 'http://api.test/metrics', body: 'up 1' })
  await using search = new Multi({ share })

  const { info } = await login.perform()
  print(`login: connection ${info.connId}, ${info.connReused ? 'reused' : 'opened'}`)
  const sent = await metrics.perform()
  print(`metrics: connection ${sent.info.connId}, ${sent.info.connReused ? 'reused' : 'opened'}`)

  // The multi finds the same connection, may open one more, and the rest of its transfers wait their turn.
  const words = ['rail', 'sleeper', 'switch', 'signal', 'gauge']
  const found = await Promise.all(
    words.map((word) => search.add(new Easy({ environment, url: `http://api.test/find/${word}` }))),
  )
  print(`search: ${found.filter((result) => result.ok).length} answers`)
  print(`${share.users} users, ${share.snapshot().length} connections`)
  // The handles leave the share at the end of this block, and then it closes: last in, first out.
}
// #endregion body

export const servers: Servers = {
  'http://api.test': ({ method, path }) => ({ body: `${method} ${path}` }),
}

export const expected = [
  'login: connection 0, opened',
  'metrics: connection 0, reused',
  'search: 5 answers',
  '3 users, 2 connections',
]
