/**
 * Proxies that nobody here wrote: squid, dante, microsocks, nghttpx; each a child process with a folder of its own.
 *
 * The rule: nothing outside that folder is written, and they reach loopback only, since nothing else is asked for.
 */
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credentials } from '../certificates.ts'
import { freePorts, Program } from './program.ts'

/** A proxy that runs. */
export interface RunningProxy {
  /** `127.0.0.1:port`. */
  readonly at: string
  /** The same with TLS, where it was asked for. */
  readonly secureAt: string
  stop(): Promise<void>
}

/** Whom the proxies let in, when they ask. */
export const USER = 'ada'
export const PASSWORD = 'l0velace:x'

export interface SquidWish {
  /** How it wants a login. `ntlm`: any user will do, but the handshake has to be made. */
  readonly auth?: readonly ('basic' | 'digest' | 'ntlm')[]
  /** Of its port with TLS. */
  readonly credentials?: Credentials
}

export const isSquidInstalled = (): boolean => isInstalled('squid', '-v')
export const isDanteInstalled = (): boolean => isInstalled('danted', '-v')
export const isMicrosocksInstalled = (): boolean => isInstalled('microsocks', '-h')
export const isNghttpxInstalled = (): boolean => isInstalled('nghttpx', '--version')

/** squid: forwards, tunnels, asks for Basic, Digest and NTLM, with TLS (squid-openssl) or without. */
export async function startSquid({ auth = [], credentials }: SquidWish = {}): Promise<RunningProxy> {
  return await start('squid', 2, (folder, [port = 0, securePort = 0]) => {
    const file = join(folder, 'squid.conf')
    const realm = 'squid of a test'
    writeFileSync(join(folder, 'basic'), `${USER}:${apr1(PASSWORD)}\n`)
    const secret = createHash('md5').update(`${USER}:${realm}:${PASSWORD}`).digest('hex')
    writeFileSync(join(folder, 'digest'), `${USER}:${realm}:${secret}\n`)
    if (credentials !== undefined) writeFileSync(join(folder, 'both.pem'), credentials.cert + credentials.key)
    const helpers = {
      basic: `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/basic
auth_param basic children 1
auth_param basic realm ${realm}`,
      digest: `auth_param digest program /usr/lib/squid/digest_file_auth -c ${folder}/digest
auth_param digest children 1
auth_param digest realm ${realm}`,
      ntlm: `auth_param ntlm program /usr/lib/squid/ntlm_fake_auth
auth_param ntlm children 1`,
    }
    const isSecure = credentials !== undefined
    writeFileSync(
      file,
      `http_port 127.0.0.1:${port}
${isSecure ? `https_port 127.0.0.1:${securePort} tls-cert=${folder}/both.pem` : ''}
${auth.map((scheme) => helpers[scheme]).join('\n')}
${auth.length > 0 ? 'acl known proxy_auth REQUIRED\nhttp_access allow known' : 'http_access allow all'}
http_access deny all
cache deny all
cache_mem 8 MB
pid_filename none
access_log stdio:${folder}/access.log
cache_log ${folder}/cache.log
coredump_dir ${folder}
visible_hostname squid.test
via on
shutdown_lifetime 0 seconds
max_filedescriptors 1024
netdb_filename none
pinger_enable off
`,
    )
    return {
      command: ['squid', '-N', '-f', file],
      ports: isSecure ? [port, securePort] : [port],
    }
  })
}

/** dante: SOCKS4 and SOCKS5, without login; port 7 is not allowed. */
export async function startDante(): Promise<RunningProxy> {
  return await start('danted', 1, (folder, [port = 0]) => {
    const file = join(folder, 'danted.conf')
    writeFileSync(
      file,
      `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = 7 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`,
    )
    return { command: ['danted', '-f', file, '-p', join(folder, 'pid')], ports: [port] }
  })
}

/** microsocks: SOCKS5 with a user and password, or without. */
export async function startMicrosocks(login = false): Promise<RunningProxy> {
  return await start('microsocks', 1, (_folder, [port = 0]) => ({
    command: [
      'microsocks',
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      ...(login ? ['-u', USER, '-P', PASSWORD] : []),
    ],
    ports: [port],
  }))
}

/** nghttpx as a forward proxy that speaks HTTP/2 over TLS, in front of another proxy. */
export async function startNghttpx(behind: string, { cert, key }: Credentials): Promise<RunningProxy> {
  return await start('nghttpx', 1, (folder, [port = 0]) => {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    return {
      command: [
        'nghttpx',
        '--conf=/dev/null',
        '--http2-proxy',
        `--frontend=127.0.0.1,${port}`,
        `--backend=${behind.replace(':', ',')}`,
        '--workers=1',
        `--pid-file=${folder}/pid`,
        join(folder, 'key.pem'),
        join(folder, 'cert.pem'),
      ],
      ports: [port],
    }
  })
}

/** HAProxy, and nginx, as servers that want the PROXY header: they answer with the address that it tells. */
export async function startHaproxy(): Promise<RunningProxy> {
  return await start('haproxy', 1, (folder, [port = 0]) => {
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(
      file,
      `defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend all
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port]"
`,
    )
    return { command: ['haproxy', '-db', '-f', file], ports: [port] }
  })
}

export async function startNginx({ cert, key }: Credentials): Promise<RunningProxy> {
  return await start('nginx', 2, (folder, [port = 0, securePort = 0]) => {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    const file = join(folder, 'nginx.conf')
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    writeFileSync(
      file,
      `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
error_log stderr notice;
pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port} proxy_protocol;
    listen 127.0.0.1:${securePort} ssl proxy_protocol;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / { return 200 "$proxy_protocol_addr $proxy_protocol_port"; }
  }
}
`,
    )
    return {
      command: ['nginx', '-p', folder, '-c', file, '-e', 'stderr'],
      ports: [port, securePort],
    }
  })
}

export const isHaproxyInstalled = (): boolean => isInstalled('haproxy', '-v')
export const isNginxInstalled = (): boolean => isInstalled('nginx', '-v')

type Wish = Pick<Parameters<typeof Program.start>[0], 'command' | 'ports'>

async function start(
  name: string,
  portCount: number,
  configure: (folder: string, ports: readonly number[]) => Wish,
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), `trunkline-${name}-`))
  // Some become another user, who writes there as well.
  chmodSync(folder, 0o777)
  const log = join(folder, 'log')
  for (let tries = 1; ; tries += 1) {
    const ports = await freePorts(portCount)
    try {
      const program = await Program.start({ ...configure(folder, ports), log })
      return {
        at: `127.0.0.1:${ports[0]}`,
        secureAt: `127.0.0.1:${ports[1] ?? ports[0]}`,
        async stop() {
          await program.stop()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    } catch (error) {
      if (tries < TRIES && /in use|bind/i.test(String(error))) continue
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }
}

/** As Apache's htpasswd writes passwords. */
function apr1(password: string): string {
  return spawnSync('openssl', ['passwd', '-apr1', '-salt', 'trunkline', password]).stdout.toString().trim()
}

function isInstalled(command: string, flag: string): boolean {
  const { error } = spawnSync(command, [flag])
  return error === undefined
}

const TRIES = 3
