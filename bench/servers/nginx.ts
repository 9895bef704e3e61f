/** nginx as the server: one worker, files in a folder of its own that goes with it, nothing logged. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileLimit, spawnPinned } from '../rounds/processors.ts'
import { CODED, CODED_SMALL, COOKIE, FILES, LARGE, LARGE_EVEN, REDIRECT, SMALL, TEN } from './bodies.ts'
import type { Certificate } from './certificate.ts'
import type { Ports, Started } from './server.ts'
import { stop } from './stop.ts'

/** The version of nginx, as `nginx/1.22.1`; undefined when it is not installed. */
export function nginxVersion(): string | undefined {
  const { error, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  return error === undefined ? stderr.trim().replace('nginx version: ', '') : undefined
}

export function startNginx(ports: Ports, { cert, key }: Certificate, version: string): Started {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-nginx-'))
  chmodSync(folder, 0o755) // The worker may run as another user.
  for (const { path, bytes } of FILES) {
    writeFileSync(join(folder, path), '')
    truncateSync(join(folder, path), bytes)
  }
  for (const { path, body } of [CODED, CODED_SMALL]) writeFileSync(join(folder, path), body)
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, ports))
  const child = spawnPinned(
    ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
    'server',
    { stdio: 'ignore' },
  )
  return {
    name: `${version}, one worker`,
    process: child,
    close() {
      // First, so that it is done even when nobody waits for the end.
      rmSync(folder, { recursive: true, force: true })
      return stop(child)
    },
  }
}

/**
 * Two files have a location of their own. nginx sends a file over HTTP/2 with two system calls per frame, at
 * half the speed of HTTP/1.1, when it uses sendfile; when it reads the file, both are equally fast. And it
 * queues up to 2 MB of one stream before it turns to the next, unless told to take less at a time.
 */
function configuration(folder: string, ports: Ports): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const small = `default_type text/plain; return 200 "${SMALL.body.toString()}";`
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile ${fileLimit()};
pid ${folder}/pid;
events { worker_connections ${fileLimit() - 100}; }
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
    location = ${SMALL.path} { ${small} }
    location = ${COOKIE.path} { add_header Set-Cookie "${COOKIE.fields['set-cookie']}"; ${small} }
    location = ${REDIRECT.path} { return 302 ${SMALL.path}; }
    location = ${CODED.path} { add_header Content-Encoding gzip; }
    location = ${CODED_SMALL.path} { add_header Content-Encoding gzip; }
    location = ${LARGE.path} { }
    location = ${LARGE_EVEN.path} { sendfile off; sendfile_max_chunk 128k; output_buffers 1 256k; }
    location = ${TEN.path} { sendfile_max_chunk 64k; }
  }
}
`
}
