/** node:http: a large body piped into a request. */
import { Agent, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client, Terms } from '../../rounds/measure.ts'
import { overLanes } from '../lanes.ts'
import { pieces } from '../upload-pieces.ts'

export function start({ origin, path, bytes }: Terms): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const url = new URL(path, origin)
  const exchange = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-length': bytes }
      const outgoing = request(url, { method: 'PUT', agent, headers }, (response) => {
        let text = ''
        response.setEncoding('latin1')
        response.on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve(Number(text)))
      })
      pipeline(Readable.from(pieces(bytes)), outgoing).catch(reject)
    })
  return {
    run: (count) => overLanes(1, count, exchange),
    close: () => agent.destroy(),
  }
}
