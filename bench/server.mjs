/**
 * The server of the benchmarks, in a process of its own: nginx with one worker when it is installed, else
 * Node. Both answer `/small` with the same 35 bytes and `/large` with 100 MB, and never close a connection.
 */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LARGE_BYTES, SMALL_BODY } from './bodies.mjs'
import { stop } from './stop.mjs'

/** Starts a server; answers its name, its origin and how to end it. */
export async function startServer() {
  const port = await freePort()
  const nginx = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  const server = nginx.error === undefined ? startNginx(port, nginx.stderr.trim()) : startNode(port)
  try {
    await answers(port, server.process)
  } catch (error) {
    await server.close()
    throw error
  }
  return { name: server.name, origin: `http://127.0.0.1:${port}`, close: server.close }
}

function startNginx(port, version) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  chmodSync(folder, 0o755) // The worker may run as another user.
  writeFileSync(join(folder, 'large'), '')
  truncateSync(join(folder, 'large'), LARGE_BYTES)
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port))
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

function configuration(folder, port) {
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
    listen 127.0.0.1:${port} backlog=1024;
    location = /small { default_type text/plain; return 200 "${SMALL_BODY}"; }
    location = /large { default_type application/octet-stream; root ${folder}; }
  }
}
`
}

function startNode(port) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'node-server.mjs'), String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return {
    name: `Node ${process.version}, because nginx is not installed`,
    process: child,
    close: () => stop(child),
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
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
