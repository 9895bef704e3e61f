/** axios over kept agents. */
import { create } from 'axios'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { keptAgents } from './agents.ts'

export function start(terms: Terms): Client {
  const { http, https } = keptAgents(terms)
  const { get } = create({
    httpAgent: http,
    httpsAgent: https,
    responseType: 'arraybuffer',
    proxy: false,
  })
  const url = `${terms.origin}${terms.path}`
  return {
    run: (count) => overLanes(laneCount(terms), count, async () => (await get(url)).data.length),
    close: () => undefined,
  }
}
