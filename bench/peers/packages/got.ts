/** got over kept agents, without retries. */
import { readFileSync } from 'node:fs'
import { got } from 'got'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { keptAgents } from './agents.ts'

export function start(terms: Terms): Client {
  const get = got.extend({
    agent: keptAgents(terms),
    https: { certificateAuthority: readFileSync(terms.caFile, 'utf8') },
    responseType: 'buffer',
    retry: { limit: 0 },
  })
  const url = `${terms.origin}${terms.path}`
  return {
    run: (count) => overLanes(laneCount(terms), count, async () => (await get(url)).body.length),
    close: () => undefined,
  }
}
