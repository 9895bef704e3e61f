/** A large body, written to a file as it comes. */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'A download with progress'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-example-'))
  const file = openSync(join(folder, 'timetable.bin'), 'w')
  let shown = 0
  using easy = new Easy({
    environment,
    url: 'http://files.test/timetable.bin',
    // How long is fair depends on the size of the file; silence is suspicious in any case.
    idleTimeoutMs: 10_000,
    progressFunction: ({ downloaded, downloadTotal }) => {
      const quarters = Math.floor((4 * downloaded) / downloadTotal)
      if (quarters > shown) print(`${25 * quarters}%`)
      shown = quarters
    },
  })
  const hash = createHash('sha256')
  try {
    const download = await easy.stream()
    // What is not read is not received: a slow disk slows the server down instead of filling the memory.
    // The end comes only when the body is complete; a short one ends with PARTIAL_FILE.
    for await (const bytes of download.body) {
      writeFileSync(file, bytes)
      hash.update(bytes)
    }
    const isRight = hash.digest('hex') === TIMETABLE_HASH
    print(`${download.info.sizeDownload} bytes, ${isRight ? 'as sent' : 'not what was sent'}`)
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}
// #endregion body

const TIMETABLE = new Uint8Array(2_000_000).map((_, at) => (at * at) >> 3)
const TIMETABLE_HASH = createHash('sha256').update(TIMETABLE).digest('hex')

export const servers: Servers = {
  'http://files.test': () => ({ body: TIMETABLE }),
}

export const expected = ['25%', '50%', '75%', '100%', '2000000 bytes, as sent']
