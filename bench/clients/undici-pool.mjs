/** An undici pool that keeps its connections from round to round. */
import { Pool } from 'undici'

export function keptPool(origin, connections, ca) {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    connect: { ca },
    keepAliveTimeout: 600_000,
    keepAliveMaxTimeout: 600_000,
  })
}
