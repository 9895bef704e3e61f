/**
 * WebSocket servers that nobody here wrote, and proxies in front of one.
 *
 * The rule: each answers the same paths. `/echo` sends back what comes; `/close?code=C&reason=R` closes at once;
 * `/pieces` sends a text in three fragments; `/ping` sends a ping and, when it is answered, the text of the answer.
 */
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import { freePorts, Program, type ProgramWish } from './program.ts'

/** A server that runs: where it listens in clear text, and through TLS. */
export interface WebSocketPeer {
  readonly ws: string
  readonly wss: string
  stop(): Promise<void>
}

export interface WebSocketPeerKind {
  readonly name: string
  /** The Debian package that holds it; undefined: npm does. */
  readonly package: string | undefined
  isInstalled(): boolean
  start(credentials: { readonly cert: string; readonly key: string }): Promise<WebSocketPeer>
}

// ---- npm ws ----------------------------------------------------------------------------------------

/** Does what its path says, as told above. */
export function behave(socket: WebSocket, request: IncomingMessage): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
  switch (pathname) {
    case '/close':
      return socket.close(Number(searchParams.get('code')), searchParams.get('reason') ?? '')
    case '/pieces':
      for (const [i, piece] of ['one, ', 'two, ', 'drei \u00e4'].entries())
        socket.send(piece, { fin: i === 2 })
      return
    case '/ping':
      socket.on('pong', (bytes) => socket.send(`answered ${bytes.toString()}`))
      return socket.ping('are you there')
    default:
      socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }))
  }
}

/** An HTTP server with npm's ws on it, which offers compression to whoever asks for it. */
export async function startWs(
  server: Server = createServer(),
  options: ServerOptions = {},
  serve: (socket: WebSocket, request: IncomingMessage) => void = behave,
): Promise<{ readonly port: number; readonly sockets: WebSocketServer; stop(): Promise<void> }> {
  const sockets = new WebSocketServer({ server, perMessageDeflate: true, ...options })
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => undefined)
    serve(socket, request)
  })
  if (server.address() === null) server.listen(0, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async stop() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const npmWs: WebSocketPeerKind = {
  name: 'npm ws',
  package: undefined,
  isInstalled: () => true,
  async start(credentials) {
    const clear = await startWs()
    const secure = await startWs(createTlsServer(credentials) as unknown as Server)
    return {
      ws: `ws://127.0.0.1:${clear.port}`,
      wss: `wss://127.0.0.1:${secure.port}`,
      async stop() {
        await Promise.all([clear.stop(), secure.stop()])
      },
    }
  },
}

// ---- Python's websockets, and proxies ----------------------------------------------------------------

interface Places {
  readonly folder: string
  readonly cert: string
  readonly key: string
  readonly clearPort: number
  readonly tlsPort: number
  /** Where npm's ws listens. */
  readonly upstreamPort: number
}

/** A kind whose program `wish` starts; proxies have npm's ws behind them. */
function programKind(
  name: string,
  packageName: string,
  probe: readonly [string, ...string[]],
  wish: (places: Places) => Pick<ProgramWish, 'command' | 'env'>,
): WebSocketPeerKind {
  return {
    name,
    package: packageName,
    isInstalled: () => spawnSync(probe[0], probe.slice(1)).status === 0,
    async start({ cert, key }) {
      const folder = mkdtempSync(join(tmpdir(), 'trunkline-ws-'))
      chmodSync(folder, 0o755)
      const upstream = await startWs()
      const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
      writeFileSync(files.cert, cert)
      writeFileSync(files.key, key)
      const release = async (): Promise<void> => {
        await upstream.stop()
        rmSync(folder, { recursive: true, force: true })
      }
      try {
        const [clearPort = 0, tlsPort = 0] = await freePorts(2)
        const places = { folder, ...files, clearPort, tlsPort, upstreamPort: upstream.port }
        const log = join(folder, 'log')
        const program = await Program.start({ ...wish(places), log, ports: [clearPort, tlsPort] })
        return {
          ws: `ws://127.0.0.1:${clearPort}`,
          wss: `wss://127.0.0.1:${tlsPort}`,
          async stop() {
            await program.stop()
            await release()
          },
        }
      } catch (error) {
        await release()
        throw error
      }
    },
  }
}

function written(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const isRoot = process.getuid?.() === 0

const PYTHON = `
import asyncio, ssl, sys, urllib.parse, websockets
cert, key, clear, tls = sys.argv[1:]
async def behave(socket):
    url = urllib.parse.urlsplit(socket.path)
    query = dict(urllib.parse.parse_qsl(url.query))
    if url.path == '/close':
        await socket.close(int(query['code']), query.get('reason', ''))
    elif url.path == '/pieces':
        await socket.send(['one, ', 'two, ', 'drei \\u00e4'])
    elif url.path == '/ping':
        await (await socket.ping('are you there'))
        await socket.send('answered are you there')
    else:
        async for message in socket:
            await socket.send(message)
    await socket.wait_closed()
async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(['http/1.1'])
    await websockets.serve(behave, '127.0.0.1', int(clear), max_size=None)
    await websockets.serve(behave, '127.0.0.1', int(tls), max_size=None, ssl=context)
    await asyncio.Future()
asyncio.run(main())
`
const PYTHON_PROGRAM = '/usr/bin/python3'

const python = programKind(
  'python websockets',
  'python3-websockets',
  [PYTHON_PROGRAM, '-c', 'import websockets'],
  ({ folder, cert, key, clearPort, tlsPort }) => ({
    command: [
      PYTHON_PROGRAM,
      written(folder, 'server.py', PYTHON),
      cert,
      key,
      String(clearPort),
      String(tlsPort),
    ],
  }),
)

const nginx = programKind('nginx', 'nginx', ['nginx', '-v'], (places) => {
  const { folder, cert, key, clearPort, tlsPort, upstreamPort } = places
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const file = written(
    folder,
    'nginx.conf',
    `${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
error_log stderr warn;
pid ${folder}/nginx.pid;
events { worker_connections 128; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${clearPort};
    listen 127.0.0.1:${tlsPort} ssl http2;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    location / {
      proxy_pass http://127.0.0.1:${upstreamPort};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
    }
  }
}
`,
  )
  return { command: ['nginx', '-p', folder, '-c', file, '-e', 'stderr'] }
})

const apache = programKind('apache', 'apache2-bin', ['apache2', '-v'], (places) => {
  const { folder, cert, key, clearPort, tlsPort, upstreamPort } = places
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'proxy_wstunnel', 'socache_shmcb', 'ssl']
  const load = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  const file = written(
    folder,
    'apache.conf',
    `${load.join('\n')}
${isRoot ? 'User #65534\nGroup #65534' : ''}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex pthread
ErrorLog /dev/stderr
LogLevel warn
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
Listen 127.0.0.1:${clearPort}
Listen 127.0.0.1:${tlsPort}
ProxyPass / ws://127.0.0.1:${upstreamPort}/
<VirtualHost 127.0.0.1:${tlsPort}>
  SSLEngine on
  SSLCertificateFile ${cert}
  SSLCertificateKeyFile ${key}
</VirtualHost>
<VirtualHost 127.0.0.1:${clearPort}>
</VirtualHost>
`,
  )
  return { command: ['apache2', '-d', folder, '-f', file, '-D', 'FOREGROUND'] }
})

const caddy = programKind('caddy', 'caddy', ['caddy', 'version'], (places) => {
  const { folder, cert, key, clearPort, tlsPort, upstreamPort } = places
  const site = (address: string, more: string): string => `${address} {
	bind 127.0.0.1
	${more}
	reverse_proxy http://127.0.0.1:${upstreamPort}
}
`
  const file = written(
    folder,
    'Caddyfile',
    `{
	admin off
	auto_https off
	skip_install_trust
	storage file_system ${folder}/storage
}
${site(`https://127.0.0.1:${tlsPort}`, `tls ${cert} ${key}`)}${site(`http://127.0.0.1:${clearPort}`, '')}`,
  )
  return {
    command: ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'],
    env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data') },
  }
})

const haproxy = programKind('haproxy', 'haproxy', ['haproxy', '-v'], (places) => {
  const { folder, cert, key, clearPort, tlsPort, upstreamPort } = places
  const both = written(folder, 'both.pem', readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'))
  const file = written(
    folder,
    'haproxy.cfg',
    `global
  maxconn 100
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend all
  bind 127.0.0.1:${tlsPort} ssl crt ${both} alpn h2,http/1.1
  bind 127.0.0.1:${clearPort}
  default_backend app
backend app
  server app 127.0.0.1:${upstreamPort}
`,
  )
  return { command: ['haproxy', '-W', '-f', file] }
})

/** All kinds; a test skips those that are not installed. */
export const WEB_SOCKET_PEERS: readonly WebSocketPeerKind[] = [npmWs, python, nginx, apache, caddy, haproxy]

/** Those that are there; of the others it is said on the console which Debian package holds them. */
export function installedWebSocketPeers(): readonly WebSocketPeerKind[] {
  return WEB_SOCKET_PEERS.filter((kind) => {
    const isInstalled = kind.isInstalled()
    if (!isInstalled)
      console.log(
        `${kind.name} is not installed: its tests are skipped (on Debian: apt-get install ${kind.package})`,
      )
    return isInstalled
  })
}
