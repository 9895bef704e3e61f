/** Forms: fields, files and what is made while it is sent; and an upload that goes on where it was left. */
import { formUrlEncode, type Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Upload forms'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  using easy = new Easy({ environment, url: 'http://depot.test/waybills' })

  // multipart/form-data. With `file: 'path'` instead of `data` a file is read as it is sent; a stream whose size
  // is known, as here, leaves the length of the whole known, too, and is a function so that it can be sent again.
  easy.set({
    mimePost: [
      { name: 'train', data: '42' },
      { name: 'photo', filename: 'engine.png', data: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) },
      { name: 'wagons', filename: 'wagons.csv', stream: wagons, size: 10 * 12, contentType: 'text/csv' },
    ],
  })
  print((await easy.perform()).text())

  // One body at a time: what was set before has to go.
  easy.set({ mimePost: undefined, postFields: formUrlEncode({ train: '42', cargo: 'salt & coal' }) })
  print((await easy.perform()).text())
  easy.set({ postFields: undefined, json: { train: 42, cargo: ['salt', 'coal'] } })
  print((await easy.perform()).text())

  // The first 60 bytes are there already: Content-Range says which part of the whole this is.
  easy.set({ json: undefined, url: 'http://depot.test/wagons.csv', upload: true })
  easy.set({ body: wagons, inFileSize: 120, resumeFrom: 60 })
  print((await easy.perform()).text())
}

function* wagons(): Generator<string> {
  for (let number = 1; number <= 10; number += 1) yield `${String(number).padStart(6)};coal\n`
}
// #endregion body

export const servers: Servers = {
  'http://depot.test': ({ method, path, body }) => ({
    body: `${method} ${path}: ${told(new TextDecoder('latin1').decode(body))}`,
  }),
}

function told(body: string): string {
  const names = Array.from(body.matchAll(/form-data; name="([^"]*)"/g), ([, name]) => name)
  if (names.length > 0) return `a form with ${names.join(', ')}`
  return body.length < 50 ? body : `${body.length} bytes`
}

export const expected = [
  'POST /waybills: a form with train, photo, wagons',
  'POST /waybills: train=42&cargo=salt+%26+coal',
  'POST /waybills: {"train":42,"cargo":["salt","coal"]}',
  'PUT /wagons.csv: 60 bytes',
]
