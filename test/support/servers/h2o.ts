/**
 * H2O: static files by itself, the rest by proxy.
 *
 * The rule: nothing outside its folder is read or written but the program that starts it anew.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programServer, type Site } from './program-server.ts'

export const h2o = programServer({
  name: 'h2o',
  package: 'h2o',
  probe: ['h2o', '-v'],
  // Its own setting is for how many it works on at once; it always announces 100.
  limits: { maxConcurrentStreams: false, requestsPerConnection: false },
  passes: { trailers: false, earlyHints: false, manyFields: true, duplex: false },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: 'clearPort', http1Clear: 'clearPort' },
  reload: 'SIGHUP',
  hasApp: true,
  goesOnAfterUpgrade: true,
  commands(site) {
    const file = join(site.folder, 'h2o.yaml')
    writeFileSync(file, configuration(site))
    return [{ command: ['h2o', '-m', 'master', '-c', file], ports: [site.tlsPort, site.clearPort] }]
  },
})

function configuration(site: Site): string {
  return `${site.isRoot ? 'user: root' : ''}
pid-file: ${site.folder}/h2o.pid
num-threads: 2
listen:
  host: 127.0.0.1
  port: ${site.clearPort}
listen:
  host: 127.0.0.1
  port: ${site.tlsPort}
  ssl:
    certificate-file: ${site.cert}
    key-file: ${site.key}
    ocsp-update-interval: 0
hosts:
  default:
    paths:
      /app/:
        proxy.reverse.url: http://127.0.0.1:${site.appPort}/app/
      /coded/:
        file.dir: ${site.root}
        file.mime.setdefaulttype: text/plain
        compress: [gzip, br]
        compress-minimum-size: 20
      /:
        file.dir: ${site.root}
        file.etag: off
`
}
