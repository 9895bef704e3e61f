/**
 * An nginx of one's own: unprivileged paths in a temporary folder, free ports on loopback, http and https over
 * one document root. For real input and for the tests that need a real server.
 *
 * The rule: it touches nothing outside its folder, and is stopped by whoever started it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROGRAM = 'nginx'
const READY_WITHIN_MS = 10_000

/** Whether there is an nginx to start. */
export function hasNginx() {
  return spawnSync(PROGRAM, ['-v']).status === 0
}

/**
 * @typedef {object} Nginx
 * @property {string} http  Such as `http://127.0.0.1:8080/`.
 * @property {string} https
 * @property {() => readonly { port: number, connection: number, nth: number, status: number }[]} served  What it has
 *   logged: of each request its port, the number of its connection, and which request it was on that; with `logs` only.
 * @property {() => Promise<void>} stop  Stops it and removes its folder, the files in `root` included.
 */

/**
 * Starts nginx. `fill` is given the document root, an empty folder, to put files into.
 * @param {{ cert: string, key: string, requestsPerConnection: number, fill: (root: string) => void, http2?: boolean,
 *   logs?: boolean }} settings  `http2`: offered by https; `logs`: requests are.
 * @returns {Promise<Nginx>}
 */
export async function startNginx({ cert, key, requestsPerConnection, fill, http2 = false, logs = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-nginx-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const root = join(folder, 'root')
    mkdirSync(root)
    fill(root)
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    const [httpPort, httpsPort] = [await freePort(), await freePort()]
    writeFileSync(
      join(folder, 'nginx.conf'),
      configuration({ folder, httpPort, httpsPort, requestsPerConnection, http2, logs }),
    )

    const errors = join(folder, 'error.log')
    const child = spawn(PROGRAM, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', errors], {
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await readiness(httpsPort, () => child.exitCode !== null && readFileSync(errors, 'utf8'))
    return {
      http: `http://127.0.0.1:${httpPort}/`,
      https: `https://127.0.0.1:${httpsPort}/`,
      served: () =>
        readFileSync(join(folder, 'access.log'), 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => line.split(' ').map(Number))
          .map(([port = 0, connection = 0, nth = 0, status = 0]) => ({ port, connection, nth, status })),
      async stop() {
        child.kill()
        await ended
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/**
 * @param {{ folder: string, httpPort: number, httpsPort: number, requestsPerConnection: number, http2: boolean,
 *   logs: boolean }} of
 */
function configuration({ folder, httpPort, httpsPort, requestsPerConnection, http2, logs }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  // Started by root, its workers would become somebody who may not read a temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `${user}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  log_format connections '$server_port $connection $connection_requests $status';
  access_log ${logs ? `${folder}/access.log connections` : 'off'};
  default_type application/octet-stream;
  sendfile on;
  keepalive_requests ${requestsPerConnection};
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${httpPort};
    listen 127.0.0.1:${httpsPort} ssl${http2 ? ' http2' : ''};
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    root ${folder}/root;
  }
}
`
}

/** A port that is free now. */
async function freePort() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/**
 * nginx does not say when it listens, so it is asked.
 * @param {number} port @param {() => string | false} failure  What it said when it has ended.
 */
async function readiness(port, failure) {
  const end = performance.now() + READY_WITHIN_MS
  while (!(await isListening(port))) {
    const said = failure()
    if (said !== false) throw new Error(`nginx ended: ${said}`)
    if (performance.now() > end) throw new Error(`nginx does not listen after ${READY_WITHIN_MS} ms`)
    await sleep(10)
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
