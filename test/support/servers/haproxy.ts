/**
 * HAProxy: everything by proxy, the files too.
 *
 * The rule: nothing outside its folder is read or written.
 */
import { writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programServer, type Site } from './program-server.ts'

export const haproxy = programServer({
  name: 'haproxy',
  package: 'haproxy',
  probe: ['haproxy', '-v'],
  limits: { maxConcurrentStreams: true, requestsPerConnection: false },
  passes: { trailers: true, earlyHints: true, manyFields: true, duplex: true },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: undefined, http1Clear: 'http1Port' },
  reload: 'SIGUSR2',
  hasApp: true,
  goesOnAfterUpgrade: false,
  commands(site) {
    const file = join(site.folder, 'haproxy.cfg')
    writeFileSync(file, configuration(site))
    writeFileSync(pemOf(site), readFileSync(site.cert, 'utf8') + readFileSync(site.key, 'utf8'))
    return [
      {
        command: ['haproxy', '-W', '-f', file],
        ports: [site.tlsPort, site.clearPort, site.http1Port],
        says: 'Loading success',
      },
    ]
  },
})

/** It wants both in one file. */
function pemOf({ folder }: Site): string {
  return join(folder, 'both.pem')
}

function configuration(site: Site): string {
  return `global
  maxconn 500
  nbthread 2
  hard-stop-after 30s
  tune.bufsize 131072
  tune.http.maxhdr 256
  ${site.maxConcurrentStreams === undefined ? '' : `tune.h2.max-concurrent-streams ${site.maxConcurrentStreams}`}
defaults
  mode http
  option http-no-delay
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend all
  bind 127.0.0.1:${site.tlsPort} ssl crt ${pemOf(site)} alpn h2,http/1.1
  bind 127.0.0.1:${site.clearPort} proto h2
  bind 127.0.0.1:${site.http1Port}
  default_backend app
backend app
  server app 127.0.0.1:${site.appPort}
`
}
