/** Every example prints in the simulator what it says it prints. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeEnvironment } from '../../packages/core/src/node/index.ts'
import type { Example } from '../../examples/worlds/servers.ts'
import { runSimulated } from '../../examples/worlds/simulated.ts'

const folder = new URL('../../examples/', import.meta.url)
const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name))

describe('an example prints what it promises', () => {
  test.each(names)('%s', async (name) => {
    const example = (await import(new URL(name, folder).href)) as Example
    expect(example.title).not.toBe('')
    expect(await linesOf(example)).toEqual(example.expected)
  })
})

async function linesOf(example: Example): Promise<string[]> {
  if (example.servers !== undefined) return await runSimulated(example)
  // It makes its own world, which cannot stand in another.
  const lines: string[] = []
  await example.main(nodeEnvironment(), (line) => lines.push(line))
  return lines
}
