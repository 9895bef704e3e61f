/** node:http: large bodies through its events, only counted. */
import { Agent, get } from 'node:http'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide } from '../lanes.ts'

export function start({ origin, path }: Terms): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const url = new URL(path, origin)
  return {
    run: (count) =>
      downloadSideBySide(
        1,
        count,
        (_lane, saw) =>
          new Promise((resolve, reject) => {
            get(url, { agent }, (response) => {
              response.on('data', (piece: Buffer) => saw(piece.length))
              response.on('end', resolve)
              response.on('error', reject)
            }).on('error', reject)
          }),
      ),
    close: () => agent.destroy(),
  }
}
