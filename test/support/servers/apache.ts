/**
 * Apache httpd with mod_http2: static files by itself, the rest by proxy; and `/dav/`, which takes PUT (mod_dav).
 *
 * The rule: nothing outside its folder is written, and of the system's files only its modules are read. It
 * refuses to serve as root, so it serves as nobody.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programServer, type Site } from './program-server.ts'

export const apache = programServer({
  name: 'apache',
  package: 'apache2-bin',
  probe: ['apache2', '-v'],
  limits: { maxConcurrentStreams: true, requestsPerConnection: false },
  passes: { trailers: true, earlyHints: true, manyFields: true, duplex: false },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: 'clearPort', http1Clear: 'clearPort' },
  reload: 'SIGUSR1',
  hasApp: true,
  // Most of the time it says GOAWAY behind the first answer, or closes in the middle of a long one; curl sees the same.
  goesOnAfterUpgrade: false,
  commands(site) {
    const file = join(site.folder, 'apache.conf')
    writeFileSync(file, configuration(site))
    for (const writable of [join(site.root, 'dav'), join(site.folder, 'locks')]) {
      mkdirSync(writable, { recursive: true })
      // It writes there as nobody.
      chmodSync(writable, 0o777)
    }
    return [
      {
        command: ['apache2', '-d', site.folder, '-f', file, '-D', 'FOREGROUND'],
        ports: [site.tlsPort, site.clearPort],
      },
    ]
  },
})

const MODULES = [
  'mpm_event',
  'alias',
  'authz_core',
  'brotli',
  'dav',
  'dav_fs',
  'deflate',
  'filter',
  'http2',
  'proxy',
  'proxy_http',
  'socache_shmcb',
  'ssl',
]
const MODULE_FOLDER = '/usr/lib/apache2/modules'

function configuration(site: Site): string {
  const { folder, root } = site
  return `${MODULES.map((name) => `LoadModule ${name}_module ${MODULE_FOLDER}/mod_${name}.so`).join('\n')}
${site.isRoot ? 'User #65534\nGroup #65534' : ''}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex pthread
ErrorLog /dev/stderr
LogLevel warn
StartServers 1
ServerLimit 4
ThreadsPerChild 25
MaxRequestWorkers 100
MinSpareThreads 25
MaxSpareThreads 75
Listen 127.0.0.1:${site.clearPort}
Listen 127.0.0.1:${site.tlsPort}
Protocols h2 h2c http/1.1
H2EarlyHints on
${site.maxConcurrentStreams === undefined ? '' : `H2MaxSessionStreams ${site.maxConcurrentStreams}`}
MaxKeepAliveRequests ${site.requestsPerConnection ?? 0}
LimitRequestBody 0
LimitRequestFieldSize 65536
MergeTrailers off
DocumentRoot ${root}
<Directory ${root}>
  Require all granted
</Directory>
DavLockDB ${folder}/locks/dav
<Location /dav/>
  Dav On
</Location>
Alias /coded/ ${root}/
<Location /coded/>
  SetOutputFilter BROTLI_COMPRESS;DEFLATE
</Location>
ProxyPass /app/ http://127.0.0.1:${site.appPort}/app/ flushpackets=on
<VirtualHost 127.0.0.1:${site.tlsPort}>
  SSLEngine on
  SSLCertificateFile ${site.cert}
  SSLCertificateKeyFile ${site.key}
</VirtualHost>
<VirtualHost 127.0.0.1:${site.clearPort}>
</VirtualHost>
`
}
