/** How the cost of a transfer grows with handles, connections and origins; each case draws a picture of it. */
import { SMALL } from '../servers/bodies.ts'
import { node, type Case, type Entrant, type Target } from './case.ts'

/** The same client with more and more of something, the most first: it is what the targets are about. */
function grown(
  series: string,
  module: string,
  what: string,
  sizes: readonly number[],
  termsFor: (size: number) => Entrant['terms'] & object = (size) => ({ size }),
): readonly Entrant[] {
  return sizes.map((x) =>
    node(named(series, x, what), module, {
      terms: termsFor(x),
      point: { series, x },
      // Handles need no files of their own.
      ...(what === 'handles' ? {} : { files: x + SPARE_FILES }),
    }),
  )
}

function named(series: string, size: number, what: string): string {
  return `${series}, ${size.toLocaleString('en-US')} ${size === 1 ? what.replace(/s$/, '') : what}`
}

/** What a process has open beside its connections. */
const SPARE_FILES = 300
const ONE_TO_THOUSAND = [1_000, 200, 50, 10, 1]
const TEN_TO_TEN_THOUSAND = [10_000, 1_000, 100, 10]

const POOL_OPERATIONS = ['pickUs', 'insertUs', 'evictUs', 'expireUs'] as const

export const GROWTH_CASES: readonly Case[] = [
  {
    name: 'handles',
    title: 'New handles added at once to one multi over 50 connections, each with a URL of its own',
    terms: { over: 'http', body: SMALL, connections: 50, exchanges: 100_000, warmUp: 20_000 },
    quickBy: 1,
    columns: ['perSecond', 'cpuUs', 'peakBytes', 'heapBytesPerHandle', 'heapBytesPerWait'],
    entrants: [
      ...grown('Trunkline', 'trunkline/handles', 'handles', [100_000, 10_000, 1_000, 100]),
      ...grown('undici request', 'undici/handles', 'handles', [100_000, 10_000, 1_000, 100]),
    ],
    targets: [
      {
        figure: 'cpuUs',
        of: 'Trunkline, 100,000 handles',
        against: 'Trunkline, 1,000 handles',
        atMost: 1.25,
      },
      { figure: 'heapBytesPerHandle', of: 'Trunkline, 100,000 handles', atMost: 1_536 },
    ],
    plot: { file: 'performance-handles.svg', x: 'handles added at once', figure: 'cpuUs' },
  },
  {
    name: 'connections',
    title: 'HTTP/1.1 clear, 35-byte bodies, Multi with reused handles over more and more busy connections',
    terms: { over: 'http', body: SMALL, exchanges: 40_000, warmUp: 30_000 },
    columns: ['perSecond', 'cpuUs', 'userUs', 'systemUs', 'peakBytes'],
    entrants: [
      ...grown('Trunkline', 'trunkline/multi', 'connections', ONE_TO_THOUSAND, (connections) => ({
        connections,
      })),
      ...grown('undici request', 'undici/request', 'connections', ONE_TO_THOUSAND, (connections) => ({
        connections,
      })),
    ],
    targets: [],
    plot: { file: 'performance-connections.svg', x: 'busy connections', figure: 'cpuUs' },
  },
  {
    name: 'origins',
    title:
      'HTTP/1.1 clear, transfers to origins in turn, one idle connection each, a new handle per transfer',
    terms: { over: 'http', body: SMALL, exchanges: 20_000, warmUp: 10_000 },
    quickBy: 2,
    columns: ['cpuUs', 'openUs', 'evictUs', 'peakBytes', 'residentBytesPerConnection'],
    entrants: [
      ...grown('Trunkline', 'trunkline/origins', 'origins', TEN_TO_TEN_THOUSAND),
      ...grown('undici request', 'undici/origins', 'origins', TEN_TO_TEN_THOUSAND),
      ...grown('bare sockets', 'bare/origins', 'origins', TEN_TO_TEN_THOUSAND),
    ],
    targets: [{ figure: 'residentBytesPerConnection', of: 'Trunkline, 10,000 origins', atMost: 10_240 }],
    plot: { file: 'performance-origins.svg', x: 'origins, one idle connection each', figure: 'cpuUs' },
  },
  {
    name: 'origins-tls',
    title: '10,000 origins over TLS, one idle connection each',
    terms: { over: 'https', body: SMALL, size: 10_000, exchanges: 10_000, warmUp: 0 },
    quickBy: 1,
    columns: ['cpuUs', 'openUs', 'peakBytes', 'residentBytesPerConnection'],
    entrants: [
      node('Trunkline', 'trunkline/origins', { files: 10_000 + SPARE_FILES }),
      node('Trunkline h2', 'trunkline/origins', { files: 10_000 + SPARE_FILES, terms: { http: '2' } }),
      node('undici request', 'undici/origins', { files: 10_000 + SPARE_FILES }),
      node('bare TLS sockets', 'bare/origins', { files: 10_000 + SPARE_FILES }),
    ],
    targets: [{ figure: 'residentBytesPerConnection', of: 'Trunkline', atMost: 30_720 }],
  },
  {
    name: 'pool',
    title: 'Operations of the connection cache alone, one idle connection per origin',
    terms: { over: 'http', body: { path: '/', bytes: 0 }, exchanges: 100_000, warmUp: 20_000 },
    quickBy: 1,
    columns: [...POOL_OPERATIONS, 'peakBytes'],
    entrants: [10_000, 100].map((size) =>
      node(named('pool', size, 'origins'), 'trunkline/pool', { terms: { size } }),
    ),
    targets: POOL_OPERATIONS.map((figure): Target => ({
      figure,
      of: 'pool, 10,000 origins',
      against: 'pool, 100 origins',
      atMost: 1.5,
    })),
  },
]
