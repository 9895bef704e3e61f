/** What each feature costs more than a plain transfer: when it is used, and when it is on and finds nothing to do. */
import { CODED_SMALL, COOKIE, REDIRECT, SMALL } from '../servers/bodies.ts'
import { node, type Case, type CaseTerms, type Entrant } from './case.ts'
import { SMALL_COLUMNS } from './small.ts'

const PLAIN = 'plain'
/** Measured noise: below this nothing is said. */
const NOTHING = 1.03

const UNUSED: readonly Entrant[] = [
  feature('redirects allowed, none comes', { options: { followLocation: true } }),
  feature('cookies on, none there', { options: { cookieFile: [''] } }),
  feature('decoding asked for, nothing coded', { options: { acceptEncoding: 'gzip' } }),
  feature('HSTS and Alt-Svc on, none there', { options: { hsts: '', altSvc: '' } }),
  feature('retries allowed, none needed', { options: { retry: 3 } }),
]

const USED: readonly Entrant[] = [
  feature('a redirect followed', { options: { followLocation: true }, body: REDIRECT }),
  feature('a cookie taken and sent', { options: { cookieFile: [''] }, body: COOKIE }),
  feature('gzip decoded', { options: { acceptEncoding: 'gzip' }, body: CODED_SMALL }),
  feature('a deadline', { options: { timeoutMs: 60_000 } }),
  feature('five fields', {
    options: { headers: { 'x-one': '1', 'x-two': '2', 'x-three': '3', 'x-four': '4', 'x-five': '5' } },
  }),
  feature('user and password', { options: { username: 'user', password: 'secret' } }),
]

export const FEATURE_CASES: readonly Case[] = [
  {
    name: 'features',
    title: 'What features cost: HTTP/1.1 clear, 50 connections, 35-byte bodies, Multi with reused handles',
    terms: { over: 'http', body: SMALL, connections: 50, exchanges: 60_000, warmUp: 30_000 },
    columns: SMALL_COLUMNS,
    baseline: PLAIN,
    entrants: [feature(PLAIN, {}), ...UNUSED, ...USED],
    targets: UNUSED.map(({ name }) => ({ figure: 'cpuUs', of: name, against: PLAIN, atMost: NOTHING })),
  },
]

function feature(name: string, terms: Partial<CaseTerms>): Entrant {
  return node(name, 'trunkline/multi', { terms })
}
