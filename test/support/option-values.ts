/** A value for every option that differs from its default, and that the simulated world can do. */
import type { OptionRow } from '@trunkline/core'

/** Where the kind alone does not say. */
const VALUES: Readonly<Record<string, unknown>> = {
  url: 'https://a.test/other',
  method: 'PATCH',
  httpVersion: '1.1',
  httpAuth: ['digest'],
  awsSigv4: 'aws:amz:eu-west-1:s3',
  range: '0-1',
  requestTarget: '/target',
  resumeFrom: 1,
  retry: 1,
  resolve: ['a.test:443:10.9.9.9'],
  connectTo: ['a.test:443:other.test:443'],
  interface: '192.168.0.9',
  localPortRange: 7,
  sslVersion: 'TLSv1.3',
  sslVersionMax: 'TLSv1.3',
  dohUrl: 'https://doh.test/query',
  dnsServers: ['10.0.0.53'],
  dnsLocalIp4: '192.168.0.9',
  dnsLocalIp6: 'fd00::9',
  haproxyClientIp: '192.0.2.1',
  pinnedPublicKey: 'sha256//a.test',
  sensitiveHeaders: ['x-other'],
  cookieFile: [''],
  cookieList: ['a.test\tFALSE\t/\tFALSE\t0\tlisted\t1'],
  hsts: '',
  altSvc: '',
  redirProtocols: ['http'],
  protocols: ['http', 'https'],
  xoauth2Bearer: 'tokentoken',
  cookie: 'given=1',
  httpPriority: 'u=1',
  newFilePerms: 0o600,
}

const BY_KIND: Readonly<Record<string, (row: OptionRow) => unknown>> = {
  flag: (row) => row.default !== true,
  integer: (row) => Number(row.default ?? 0) + 1_000,
  duration: (row) => Number(row.default ?? 0) + 1_000,
  text: () => '/Some.pem',
  choice: (row) => row.choices!.find((choice) => choice !== row.default),
  list: (row) => row.choices?.slice(0, 1) ?? ['x'],
  bytes: () => Uint8Array.of(1, 2, 3),
  headers: () => ({ 'X-Other': '1' }),
  body: () => 'other body',
  'post-fields': () => 'a=b',
  json: () => ({ a: 1 }),
  'mime-parts': () => [{ name: 'a', data: 'b' }],
  trailers: () => () => [],
  proxy: () => 'http://proxy.test:3128',
  variables: () => ({}),
  signal: () => new AbortController().signal,
}

/** Options whose connections serve nobody, no server of the simulated world, or end with the server's only. */
export const WITHOUT_A_RUN: ReadonlySet<string> = new Set([
  'connectOnly',
  'haproxyProtocol',
  'haproxyClientIp',
  // Its body lasts until the server closes, which the origins here do not do by themselves.
  'ignoreContentLength',
])

/** The value of one option, by its row. Of functions: one that does nothing. */
export function otherValue(name: string, row: OptionRow): unknown {
  if (name in VALUES) return VALUES[name]
  return BY_KIND[row.kind]?.(row) ?? ((): undefined => undefined)
}
