/** Large bodies over HTTP/1.1, down and up: what a byte costs. */
import { curlGet, curlPut, libcurlGet, libcurlPut } from '../peers/curl/arguments.ts'
import { LARGE, UPLOAD } from '../servers/bodies.ts'
import { command, libcurl, node, type Case, type CaseTerms } from './case.ts'

export const DOWNLOAD_COLUMNS = ['bytesPerSecond', 'cpuMs', 'peakBytes'] as const

const DOWNLOAD: CaseTerms = { over: 'http', body: LARGE, exchanges: 20, warmUp: 5 }
const WHOLE = { options: { isWhole: true } }

export const BODY_CASES: readonly Case[] = [
  {
    name: 'download-callback',
    title: 'Download of 100 MB, HTTP/1.1 clear, through callbacks',
    terms: DOWNLOAD,
    columns: DOWNLOAD_COLUMNS,
    entrants: [
      node('Trunkline write function', 'trunkline/download-callback'),
      node('undici stream', 'undici/download-stream'),
      node('undici dispatch', 'undici/dispatch'),
      node('node:http', 'node/http-download'),
      libcurl(libcurlGet),
      command('curl command', curlGet),
      node('bare socket', 'bare/download'),
    ],
    targets: [
      { figure: 'bytesPerSecond', of: 'Trunkline write function', against: 'undici stream', atLeast: 2 },
      { figure: 'cpuMs', of: 'Trunkline write function', against: 'undici stream', atMost: 0.5 },
      { figure: 'bytesPerSecond', of: 'Trunkline write function', against: 'curl command', atLeast: 1 },
    ],
  },
  {
    name: 'download-iterable',
    title: 'Download of 100 MB, HTTP/1.1 clear, through the async iterable',
    terms: DOWNLOAD,
    columns: DOWNLOAD_COLUMNS,
    entrants: [
      node('Trunkline iterable', 'trunkline/download-iterable'),
      node('undici iterable', 'undici/download-iterable'),
    ],
    targets: [
      { figure: 'bytesPerSecond', of: 'Trunkline iterable', against: 'undici iterable', atLeast: 1.2 },
    ],
  },
  {
    name: 'download-web',
    title: 'Download of 100 MB, HTTP/1.1 clear, through a web stream',
    terms: DOWNLOAD,
    columns: DOWNLOAD_COLUMNS,
    entrants: [
      node('Trunkline web stream', 'trunkline/download-web'),
      node('undici web stream', 'undici/download-web'),
    ],
    targets: [
      { figure: 'bytesPerSecond', of: 'Trunkline web stream', against: 'undici web stream', atLeast: 1.2 },
    ],
  },
  {
    name: 'upload',
    title:
      'Upload of 100 MB, HTTP/1.1 clear, from an async iterable of 64 KiB pieces; whole: from one buffer',
    terms: { over: 'sink', body: UPLOAD, exchanges: 10, warmUp: 3 },
    columns: DOWNLOAD_COLUMNS,
    entrants: [
      node('Trunkline pieces', 'trunkline/upload'),
      node('undici pieces', 'undici/upload'),
      node('Trunkline whole', 'trunkline/upload', { terms: WHOLE }),
      node('undici whole', 'undici/upload', { terms: WHOLE }),
      node('node:http', 'node/upload'),
      libcurl(libcurlPut),
      command('curl command', curlPut),
      node('bare socket', 'bare/upload'),
    ],
    targets: [
      { figure: 'bytesPerSecond', of: 'Trunkline pieces', against: 'undici pieces', atLeast: 1 },
      { figure: 'bytesPerSecond', of: 'Trunkline whole', against: 'undici whole', atLeast: 1 },
    ],
  },
]
