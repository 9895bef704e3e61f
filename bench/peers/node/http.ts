/** node:http or node:https with a keep-alive agent, the body gathered. */
import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'

export function start(terms: Terms): Client {
  const url = new URL(terms.path, terms.origin)
  const { get, agent } = agentOf(terms)
  return {
    run: (count) => overLanes(laneCount(terms), count, () => exchange(get, url, agent)),
    close: () => agent.destroy(),
  }
}

type Get = typeof http.get

function agentOf({ origin, connections, caFile }: Terms): { get: Get; agent: http.Agent } {
  const options = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' as const }
  if (origin.startsWith('https:')) {
    const agent = new https.Agent({ ...options, ca: readFileSync(caFile) })
    return { get: https.get, agent: agent as unknown as http.Agent }
  }
  return { get: http.get, agent: new http.Agent(options) }
}

function exchange(get: Get, url: URL, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => resolve(Buffer.concat(pieces).length))
      response.on('error', reject)
    }).on('error', reject)
  })
}
