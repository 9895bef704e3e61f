/** node:http or node:https with a keep-alive agent, the body gathered. */
import * as http from 'node:http'
import * as https from 'node:https'
import { overLanes } from './lanes.mjs'

export async function start({ origin, ca, connections }) {
  const url = new URL('/small', origin)
  const { Agent, get } = url.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo', ca })
  return {
    run: (count) => overLanes(connections, count, () => exchange(get, url, agent)),
    close: () => agent.destroy(),
  }
}

function exchange(get, url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const pieces = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => resolve(Buffer.concat(pieces).length))
      response.on('error', reject)
    }).on('error', reject)
  })
}
