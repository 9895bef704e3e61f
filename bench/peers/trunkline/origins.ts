/** Trunkline: many origins, a new handle for each transfer, one multi that keeps a connection to each. */
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Client, Terms } from '../../rounds/measure.ts'
import { startOrigins } from '../origins.ts'

export function start(terms: Terms): Promise<Client> {
  const { caFile, origin } = terms
  const options = origin.startsWith('https:') ? { caInfo: caFile, httpVersion: '1.1' as const } : {}
  return startOrigins(terms, (keep) => {
    const multi = new Multi({ maxConnects: keep })
    return {
      get: async (url) => (await multi.add(new Easy({ url, ...options }))).body.length,
      open: () => multi.connections().length,
      close: () => multi.close(),
    }
  })
}
