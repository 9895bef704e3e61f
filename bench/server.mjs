/**
 * The server of the benchmarks, in a process of its own: nginx with one worker when it is installed, else
 * Node. Both answer what is in bodies.mjs, and never close a connection. They listen at three ports: `http` for
 * HTTP/1.1 in clear text, `https` for HTTP/1.1 and HTTP/2 over TLS, by ALPN, and `h2c` for HTTP/2 in clear text
 * by prior knowledge.
 */
import { fork, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CODED, FILES, LARGE, LARGE_EVEN, SMALL, SMALL_BODY, TEN } from './bodies.mjs'
import { makeCertificate } from './certificate.mjs'
import { stop } from './stop.mjs'

/** Starts a server; answers its name, its origins, the certificate that clients must trust, and how to end it. */
export async function startServer() {
  const ports = await freePorts()
  const certificate = makeCertificate()
  const nginx = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  const server =
    nginx.error === undefined
      ? startNginx(ports, certificate, nginx.stderr.trim())
      : startNode(ports, certificate)
  try {
    for (const port of Object.values(ports)) await answers(port, server.process)
  } catch (error) {
    await server.close()
    throw error
  }
  const origins = {
    http: `http://127.0.0.1:${ports.http}`,
    https: `https://127.0.0.1:${ports.https}`,
    h2c: `http://127.0.0.1:${ports.h2c}`,
  }
  return { name: server.name, origins, ca: certificate.cert, close: server.close }
}

function startNginx(ports, { cert, key }, version) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  chmodSync(folder, 0o755) // The worker may run as another user.
  for (const { path, bytes } of FILES) {
    writeFileSync(join(folder, path), '')
    truncateSync(join(folder, path), bytes)
  }
  writeFileSync(join(folder, CODED.path), CODED.coded)
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, ports))
  const child = spawn('nginx', [
    '-p',
    folder,
    '-e',
    join(folder, 'error.log'),
    '-c',
    join(folder, 'nginx.conf'),
  ])
  const close = () => {
    // First, so that it is done even when nobody waits for the end.
    rmSync(folder, { recursive: true, force: true })
    return stop(child)
  }
  return { name: `${version.replace('nginx version: ', '')}, one worker`, process: child, close }
}

/**
 * Two files have a location of their own. nginx sends a file over HTTP/2 with two system calls per frame, at
 * half the speed of HTTP/1.1, when it uses sendfile; when it reads the file, both are equally fast. And it
 * queues up to 2 MB of one stream before it turns to the next, unless told to take less at a time.
 */
function configuration(folder, ports) {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  ${folders.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${ports.http} backlog=1024;
    listen 127.0.0.1:${ports.https} ssl http2 backlog=1024;
    listen 127.0.0.1:${ports.h2c} http2 backlog=1024;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    http2_max_concurrent_streams 1000;
    http2_chunk_size 16k;
    root ${folder};
    default_type application/octet-stream;
    location = ${SMALL.path} { default_type text/plain; return 200 "${SMALL_BODY}"; }
    location = ${LARGE.path} { }
    location = ${CODED.path} { add_header Content-Encoding gzip; }
    location = ${LARGE_EVEN.path} { sendfile off; sendfile_max_chunk 128k; output_buffers 1 256k; }
    location = ${TEN.path} { sendfile_max_chunk 64k; }
  }
}
`
}

function startNode(ports, certificate) {
  const child = fork(join(import.meta.dirname, 'node-server.mjs'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.send({ ports, ...certificate })
  return {
    name: `Node ${process.version}, because nginx is not installed`,
    process: child,
    close: () => stop(child),
  }
}

/** All are held before one is given back, so that they differ. */
async function freePorts() {
  const probes = await Promise.all([heldPort(), heldPort(), heldPort()])
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.server.close(resolve))))
  const [http, https, h2c] = probes.map(({ port }) => port)
  return { http, https, h2c }
}

function heldPort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve({ server, port: server.address().port }))
  })
}

async function answers(port, child) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`)
    if (await accepts(port)) return
    await delay(50)
  }
  throw new Error('the server did not answer within 5 s')
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
