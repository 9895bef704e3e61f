/** Request bodies: text, and bodies that are made while they are sent. */
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Uploads'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  using easy = new Easy({ environment, url: 'http://depot.test/log' })

  // A body alone makes it a POST. Trunkline does not guess a type: say what it is.
  easy.set({ body: '{"train":42}', headers: { 'Content-Type': 'application/json' } })
  print((await easy.perform()).text())

  // With `upload` it is a PUT. The length of a generator's body is unknown, so it is sent in chunks, and
  // the server is asked first whether it wants it (Expect: 100-continue).
  //
  // Give the function, not what it returns: should a kept connection turn out dead, the body is made anew.
  easy.set({ url: 'http://depot.test/wagons.csv', upload: true, headers: undefined, body: wagons })
  print((await easy.perform()).text())
  print(`sent ${easy.info?.sizeUpload} bytes on connection ${easy.info?.connId}`)
}

/** Rows are made as fast as the server takes them, and no faster. */
async function* wagons(): AsyncGenerator<string> {
  for (let number = 1; number <= 10_000; number += 1) yield `${number};coal;${number % 60} t\n`
}
// #endregion body

export const servers: Servers = {
  'http://depot.test': ({ method, path, body }) => ({ body: `${method} ${path}: got ${body.length} bytes` }),
}

export const expected = [
  'POST /log: got 12 bytes',
  'PUT /wagons.csv: got 147225 bytes',
  'sent 147225 bytes on connection 0',
]
