/** An undici pool that keeps its connections from round to round. */
import { Pool } from 'undici'

export function keptPool(origin, connections) {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: 600_000,
    keepAliveMaxTimeout: 600_000,
  })
}
