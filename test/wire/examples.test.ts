/** Every example, run as by hand: over real sockets, against servers on loopback. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runOnLoopback } from '../../examples/worlds/loopback.ts'
import type { Example } from '../../examples/worlds/servers.ts'

const folder = new URL('../../examples/', import.meta.url)
const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name))

/** Their last line counts connections, and how many are worth opening depends on how soon answers come. */
const COUNTS_CONNECTIONS = ['03-crawler.ts', '04-share.ts']

describe('an example prints over real sockets what it prints in the simulator', () => {
  test.each(names)('%s', async (name) => {
    const example = (await import(new URL(name, folder).href)) as Example
    const lines: string[] = []
    await runOnLoopback(example, (line) => lines.push(line))
    const compared = COUNTS_CONNECTIONS.includes(name) ? -1 : undefined
    expect(lines).toHaveLength(example.expected.length)
    expect(lines.slice(0, compared)).toEqual(example.expected.slice(0, compared))
  })
})
