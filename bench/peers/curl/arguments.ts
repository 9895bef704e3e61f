/** The arguments of libcurl's program and of the curl command, made of the terms of a case. */
import type { Terms } from '../../rounds/measure.ts'
import { laneCount } from '../lanes.ts'

export function libcurlGet(terms: Terms): readonly string[] {
  return libcurl('get', terms)
}

export function libcurlPut(terms: Terms): readonly string[] {
  return libcurl('put', terms)
}

function libcurl(what: 'get' | 'put', terms: Terms): readonly string[] {
  const { origin, path, http, connections, warmUp, exchanges, bytes, caFile } = terms
  const numbers = [laneCount(terms), connections, warmUp, exchanges, bytes].map(String)
  return [what, `${origin}${path}`, http, ...numbers, caFile]
}

/** The command gets a URL so many times in one process; with several lanes, in parallel. */
export function curlGet(terms: Terms): readonly string[] {
  const { origin, path, exchanges } = terms
  // A glob is the only way to say one URL thousands of times.
  const url = exchanges === 1 ? `${origin}${path}` : `${origin}${path}?[1-${exchanges}]`
  return [...curlBase(terms), '-o', '/dev/null', url]
}

/** The command sends a file so many times in one process. */
export function curlPut(terms: Terms): readonly string[] {
  const each = ['-T', terms.uploadFile, '-o', '/dev/null', `${terms.origin}${terms.path}`]
  return [...curlBase(terms), ...Array.from({ length: terms.exchanges }, () => each).flat()]
}

function curlBase(terms: Terms): readonly string[] {
  const { origin, http, caFile } = terms
  const lanes = laneCount(terms)
  const h2 = origin.startsWith('https:') ? '--http2' : '--http2-prior-knowledge'
  return [
    'curl',
    '-q', // First, or it has no effect.
    '-sS',
    '--no-progress-meter',
    '--fail',
    '--cacert',
    caFile,
    http === '2' ? h2 : '--http1.1',
    ...(lanes > 1 ? ['-Z', '--parallel-max', String(lanes)] : []),
  ]
}
