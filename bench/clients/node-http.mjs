/** node:http with a keep-alive agent, the body gathered. */
import { Agent, get } from 'node:http'
import { overLanes } from './lanes.mjs'

export async function start({ origin, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' })
  const url = new URL('/small', origin)
  return {
    run: (count) => overLanes(connections, count, () => exchange(url, agent)),
    close: () => agent.destroy(),
  }
}

function exchange(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const pieces = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => resolve(Buffer.concat(pieces).length))
      response.on('error', reject)
    }).on('error', reject)
  })
}
