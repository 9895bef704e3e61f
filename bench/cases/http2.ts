/** HTTP/2: many streams over one connection, over TLS and in clear text by prior knowledge. */
import { curlGet, libcurlGet } from '../peers/curl/arguments.ts'
import { LARGE_EVEN, SMALL, TEN } from '../servers/bodies.ts'
import { command, libcurl, node, type Case, type CaseTerms, type Entrant, type Target } from './case.ts'
import { DOWNLOAD_COLUMNS } from './bodies.ts'
import { SMALL_COLUMNS } from './small.ts'

const HUNDRED: CaseTerms = {
  over: 'https',
  body: SMALL,
  http: '2',
  connections: 1,
  streams: 100,
  exchanges: 60_000,
  warmUp: 30_000,
}

const SMALL_ENTRANTS: readonly Entrant[] = [
  node('Trunkline Multi', 'trunkline/multi'),
  node('undici request', 'undici/request'),
  node('undici dispatch', 'undici/dispatch'),
  node('node:http2', 'node/http2'),
  libcurl(libcurlGet),
  command('curl command', curlGet),
  node('bare h2 frames', 'bare/h2'),
]

const SMALL_TARGETS: readonly Target[] = [
  { figure: 'cpuUs', of: 'Trunkline Multi', against: 'node:http2', atMost: 0.35 },
  { figure: 'cpuUs', of: 'Trunkline Multi', against: 'undici request', atMost: 0.3 },
  { figure: 'cpuUs', of: 'Trunkline Multi', against: 'libcurl multi in C', atMost: 0.5 },
]

export const HTTP2_CASES: readonly Case[] = [
  {
    name: 'h2-small',
    title: 'HTTP/2 over TLS, 100 streams on one connection, 35-byte bodies',
    terms: HUNDRED,
    columns: SMALL_COLUMNS,
    entrants: SMALL_ENTRANTS,
    targets: SMALL_TARGETS,
  },
  {
    name: 'h2c-small',
    title: 'HTTP/2 clear by prior knowledge, 100 streams on one connection, 35-byte bodies',
    terms: { ...HUNDRED, over: 'h2c' },
    columns: SMALL_COLUMNS,
    entrants: SMALL_ENTRANTS,
    targets: SMALL_TARGETS,
  },
  {
    name: 'h2-cold-burst',
    title: '100 transfers at once to one HTTP/2 origin over TLS, nothing open yet and no limit set',
    terms: { ...HUNDRED, connections: 0, exchanges: 100, warmUp: 0 },
    quickBy: 1,
    columns: ['connections', 'ms', 'cpuUs', 'peakBytes'],
    entrants: [
      node('Trunkline Multi', 'trunkline/multi'),
      node('undici request', 'undici/request'),
      libcurl(libcurlGet),
    ],
    targets: [{ figure: 'connections', of: 'Trunkline Multi', atMost: 1, inEveryRound: true }],
  },
  {
    name: 'h2-download',
    title: 'Download of 100 MB, HTTP/2 clear by prior knowledge, beside HTTP/1.1 clear',
    terms: { over: 'h2c', body: LARGE_EVEN, http: '2', exchanges: 10, warmUp: 3 },
    columns: DOWNLOAD_COLUMNS,
    entrants: [
      node('Trunkline h2', 'trunkline/download-callback'),
      node('Trunkline h1', 'trunkline/download-callback', { terms: { over: 'http', http: '1.1' } }),
      node('undici h2 dispatch', 'undici/dispatch'),
      node('node:http2', 'node/http2'),
      node('bare h2 frames', 'bare/h2'),
    ],
    targets: [{ figure: 'bytesPerSecond', of: 'Trunkline h2', against: 'Trunkline h1', atLeast: 0.8 }],
  },
  {
    name: 'h2-fair',
    title: '20 downloads of 10 MB at once on one HTTP/2 connection, clear by prior knowledge',
    // One batch a round: fairness is told of downloads that begin together.
    terms: { over: 'h2c', body: TEN, http: '2', streams: 20, exchanges: 20, warmUp: 20 },
    quickBy: 1,
    columns: [...DOWNLOAD_COLUMNS, 'firstMs', 'spread'],
    entrants: [
      node('Trunkline h2', 'trunkline/download-callback'),
      node('undici h2 dispatch', 'undici/dispatch'),
      node('node:http2', 'node/http2'),
      node('bare h2 frames', 'bare/h2'),
    ],
    targets: [{ figure: 'spread', of: 'Trunkline h2', atMost: 1.2, inEveryRound: true }],
  },
]
