/** undici: many origins, one agent that keeps a connection to each. */
import { readFileSync } from 'node:fs'
import { Agent, type Connecting } from 'undici'
import type { Client, Terms } from '../../rounds/measure.ts'
import { startOrigins } from '../origins.ts'
import { KEEP } from './dispatcher.ts'

export function start(terms: Terms): Promise<Client> {
  const { caFile, origin: server, path } = terms
  const connect: Connecting = {
    // Every name is this machine; the system's resolver may not know.
    lookup: (_host, { all }, done) =>
      all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    ...(server.startsWith('https:') ? { ca: readFileSync(caFile, 'utf8') } : {}),
  }
  return startOrigins(terms, () => {
    const agent = new Agent({ connections: 1, connect, ...KEEP })
    return {
      async get(url) {
        const { body } = await agent.request({ origin: url.slice(0, -path.length), path, method: 'GET' })
        return (await body.arrayBuffer()).byteLength
      },
      close: () => agent.destroy(),
    }
  })
}
