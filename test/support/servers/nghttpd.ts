/**
 * nghttpd, the server of nghttp2: files, trailers and an echo, each for any path.
 *
 * The rule: one process for TLS and one for clear text, since it does one of them only. It has no proxy: below
 * `/app/` there are files that stand for the answers it can give.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TRAILERS } from './app.ts'
import { programServer } from './program-server.ts'

export const nghttpd = programServer({
  name: 'nghttpd',
  package: 'nghttp2-server',
  probe: ['nghttpd', '--version'],
  limits: { maxConcurrentStreams: true, requestsPerConnection: false },
  passes: { trailers: true, earlyHints: false, manyFields: false, duplex: false },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: undefined, http1Clear: undefined },
  reload: undefined,
  hasApp: false,
  goesOnAfterUpgrade: false,
  commands(site) {
    mkdirSync(join(site.root, 'app'), { recursive: true })
    writeFileSync(join(site.root, 'app', 'trailers'), 'with trailers\n')
    const options = [
      '--address=127.0.0.1',
      `--htdocs=${site.root}`,
      '--echo-upload',
      ...Object.entries(TRAILERS).map(([name, value]) => `--trailer=${name}: ${value}`),
      ...(site.maxConcurrentStreams === undefined
        ? []
        : [`--max-concurrent-streams=${site.maxConcurrentStreams}`]),
    ]
    return [
      {
        command: ['nghttpd', ...options, String(site.tlsPort), site.key, site.cert],
        ports: [site.tlsPort],
      },
      { command: ['nghttpd', ...options, '--no-tls', String(site.clearPort)], ports: [site.clearPort] },
    ]
  },
})
