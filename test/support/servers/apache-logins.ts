/**
 * Apache httpd as a server that wants to know who asks: Basic below `/basic/`, Digest below `/digest/`, where files
 * can be put by WebDAV. The user is `ada lovelace`, her password `pa:ss wörd`.
 *
 * The rule: as in `apache.ts`, nothing outside its folder is written.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, Program } from './program.ts'

export const APACHE_USER = { username: 'ada lovelace', password: 'pa:ss wörd' }

export interface ApacheLogins {
  /** By TLS, HTTP/2 and HTTP/1.1, such as `https://127.0.0.1:8443`. */
  readonly https: string
  /** In clear text. */
  readonly http: string
  stop(): Promise<void>
}

export function hasApache(): boolean {
  return spawnSync('apache2', ['-v']).status === 0
}

export async function startApacheLogins({ cert, key }: { cert: string; key: string }): Promise<ApacheLogins> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-apache-logins-'))
  chmodSync(folder, 0o755)
  const root = join(folder, 'root')
  mkdirSync(join(folder, 'locks'))
  chmodSync(join(folder, 'locks'), 0o777)
  for (const name of ['basic', 'digest']) {
    mkdirSync(join(root, name), { recursive: true })
    chmodSync(join(root, name), 0o777)
    writeFileSync(join(root, name, 'secret'), `the secret of ${name}`)
  }
  const { username, password } = APACHE_USER
  writeFileSync(
    join(folder, 'basic'),
    `${username}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`,
  )
  writeFileSync(
    join(folder, 'digest'),
    `${username}:the realm:${createHash('md5').update(`${username}:the realm:${password}`).digest('hex')}\n`,
  )
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const [tlsPort = 0, clearPort = 0] = await freePorts(2)
  const file = join(folder, 'apache.conf')
  writeFileSync(file, configuration(folder, tlsPort, clearPort))
  const program = await Program.start({
    command: ['apache2', '-d', folder, '-f', file, '-D', 'FOREGROUND'],
    log: join(folder, 'log'),
    ports: [tlsPort, clearPort],
  })
  return {
    https: `https://127.0.0.1:${tlsPort}`,
    http: `http://127.0.0.1:${clearPort}`,
    async stop() {
      await program.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const MODULES = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'auth_basic',
  'auth_digest',
  'authz_core',
  'authz_user',
  'dav',
  'dav_fs',
  'http2',
  'socache_shmcb',
  'ssl',
]

function configuration(folder: string, tlsPort: number, clearPort: number): string {
  const isRoot = process.getuid?.() === 0
  return `${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${isRoot ? 'User #65534\nGroup #65534' : ''}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex pthread
DavLockDB ${folder}/locks/db
ErrorLog /dev/stderr
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
Listen 127.0.0.1:${clearPort}
Listen 127.0.0.1:${tlsPort}
Protocols h2 h2c http/1.1
DocumentRoot ${folder}/root
<Location /basic>
  AuthType Basic
  AuthName "the realm"
  AuthUserFile ${folder}/basic
  Require valid-user
</Location>
<Location /digest>
  Dav On
  AuthType Digest
  AuthName "the realm"
  AuthDigestProvider file
  AuthUserFile ${folder}/digest
  AuthDigestNonceLifetime 1
  Require valid-user
</Location>
<VirtualHost 127.0.0.1:${tlsPort}>
  SSLEngine on
  SSLCertificateFile ${folder}/cert.pem
  SSLCertificateKeyFile ${folder}/key.pem
</VirtualHost>
<VirtualHost 127.0.0.1:${clearPort}>
</VirtualHost>
`
}
