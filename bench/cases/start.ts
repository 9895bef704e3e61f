/** How long a command takes to begin: processes from their start to their end, each anew. */
import { fileURLToPath } from 'node:url'
import { SMALL } from '../servers/bodies.ts'
import type { Terms } from '../rounds/measure.ts'
import { command, type Case } from './case.ts'

const TRUNKLINE = fileURLToPath(new URL('../../../packages/cli/bin/trunkline.js', import.meta.url))
const NODE = process.execPath
const FETCH = 'fetch(process.argv[1]).then((response) => response.text()).then((text) => console.log(text))'

export const START_CASES: readonly Case[] = [
  {
    name: 'start',
    title: 'Commands from start to end',
    terms: { over: 'http', body: SMALL, exchanges: 10, warmUp: 0 },
    columns: ['ms', 'cpuMs', 'peakBytes'],
    isMixed: true,
    entrants: [
      command('trunkline -V', () => [NODE, TRUNKLINE, '-V'], true),
      command('node -e 0', () => [NODE, '-e', '0'], true),
      command('trunkline URL', (terms) => [NODE, TRUNKLINE, '-s', urlOf(terms)], true),
      command('node, fetch', (terms) => [NODE, '-e', FETCH, urlOf(terms)], true),
      command('curl URL', (terms) => ['curl', '-q', '-s', urlOf(terms)], true),
    ],
    targets: [
      { figure: 'cpuMs', of: 'trunkline -V', against: 'node -e 0', atMost: 1.5 },
      { figure: 'cpuMs', of: 'trunkline URL', against: 'node, fetch', atMost: 1.3 },
    ],
  },
]

function urlOf({ origin, path }: Terms): string {
  return `${origin}${path}`
}
