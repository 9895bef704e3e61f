/** Small exchanges over HTTP/1.1: what an exchange costs by itself. */
import { curlGet, libcurlGet } from '../peers/curl/arguments.ts'
import { CODED, SMALL } from '../servers/bodies.ts'
import { command, libcurl, node, type Case, type CaseTerms } from './case.ts'

export const SMALL_COLUMNS = ['perSecond', 'cpuUs', 'userUs', 'systemUs', 'peakBytes'] as const

/** So long a warm-up, because what V8 compiles late would count otherwise: after 10,000 some are still a fifth slower. */
const FIFTY: CaseTerms = { over: 'http', body: SMALL, connections: 50, exchanges: 60_000, warmUp: 30_000 }
/** For those that take ten times as long. */
const FEWER = { exchanges: 10_000, warmUp: 5_000 }

export const SMALL_CASES: readonly Case[] = [
  {
    name: 'h1-small',
    title: 'HTTP/1.1 clear, 50 connections, 35-byte bodies, Multi with reused handles',
    terms: FIFTY,
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline Multi', 'trunkline/multi'),
      node('undici request', 'undici/request'),
      node('undici dispatch', 'undici/dispatch'),
      node('undici fetch', 'undici/fetch', { terms: FEWER }),
      node('fetch of Node', 'node/fetch', { terms: FEWER }),
      node('node:http', 'node/http', { terms: FEWER }),
      node('got', 'packages/got', { terms: FEWER }),
      node('axios', 'packages/axios', { terms: FEWER }),
      libcurl(libcurlGet),
      command('curl command', curlGet),
      node('bare sockets', 'bare/sockets'),
    ],
    targets: [
      { figure: 'cpuUs', of: 'Trunkline Multi', against: 'undici request', atMost: 0.5 },
      { figure: 'cpuUs', of: 'Trunkline Multi', against: 'undici dispatch', atMost: 0.7 },
      { figure: 'cpuUs', of: 'Trunkline Multi', against: 'libcurl multi in C', atMost: 0.85 },
      { figure: 'cpuUs', of: 'Trunkline Multi', against: 'bare sockets', atMost: 1.8 },
    ],
  },
  {
    name: 'h1-small-new-handles',
    title: 'The same with a new Easy handle per transfer',
    terms: FIFTY,
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline new handles', 'trunkline/new-handles'),
      node('undici request', 'undici/request'),
      node('undici dispatch', 'undici/dispatch'),
    ],
    targets: [{ figure: 'cpuUs', of: 'Trunkline new handles', against: 'undici request', atMost: 0.65 }],
  },
  {
    name: 'h1-tls-small',
    title: 'HTTP/1.1 over TLS, 50 connections, 35-byte bodies',
    terms: { ...FIFTY, over: 'https' },
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline Multi', 'trunkline/multi'),
      node('undici request', 'undici/request'),
      node('undici dispatch', 'undici/dispatch'),
      node('node:https', 'node/http', { terms: FEWER }),
      node('got', 'packages/got', { terms: FEWER }),
      node('axios', 'packages/axios', { terms: FEWER }),
      libcurl(libcurlGet),
      command('curl command', curlGet),
      node('bare TLS sockets', 'bare/sockets'),
    ],
    targets: [{ figure: 'cpuUs', of: 'Trunkline Multi', against: 'undici request', atMost: 0.55 }],
  },
  {
    name: 'h1-pipelining',
    title: 'HTTP/1.1 clear, 10 connections with pipelines of 10, 35-byte bodies',
    terms: { ...FIFTY, connections: 10, streams: 10 },
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline Multi', 'trunkline/multi'),
      node('undici request', 'undici/request'),
      node('undici dispatch', 'undici/dispatch'),
      node('bare sockets', 'bare/sockets'),
    ],
    targets: [{ figure: 'cpuUs', of: 'Trunkline Multi', against: 'undici request', atMost: 0.7 }],
  },
  {
    name: 'h1-sequential',
    title: 'HTTP/1.1 clear, one after the other by one Easy handle, 35-byte bodies',
    terms: { over: 'http', body: SMALL, exchanges: 30_000, warmUp: 30_000 },
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline Easy', 'trunkline/easy'),
      node('undici request', 'undici/request'),
      node('undici dispatch', 'undici/dispatch'),
      node('node:http', 'node/http'),
      libcurl(libcurlGet),
      node('bare socket', 'bare/sockets'),
    ],
    targets: [{ figure: 'cpuUs', of: 'Trunkline Easy', against: 'undici request', atMost: 0.6 }],
  },
  {
    name: 'h1-coded',
    title: 'HTTP/1.1 clear, 50 connections, 10 KiB of JSON in gzip, decoded',
    terms: {
      ...FIFTY,
      body: CODED,
      options: { acceptEncoding: 'gzip' },
      exchanges: 20_000,
    },
    columns: SMALL_COLUMNS,
    entrants: [
      node('Trunkline Multi', 'trunkline/multi'),
      node('undici request, gunzipSync', 'undici/request-gunzip'),
      node('fetch of Node', 'node/fetch', { terms: FEWER }),
    ],
    targets: [],
  },
]
