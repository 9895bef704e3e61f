/**
 * nginx: static files by itself, the rest by proxy.
 *
 * The rule: nothing outside its folder is read or written. Its clear HTTP/2 port knows nothing of HTTP/1.1, so
 * that has a port of its own, and there is no upgrade.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programServer, type Site } from './program-server.ts'

export const nginx = programServer({
  name: 'nginx',
  package: 'nginx',
  probe: ['nginx', '-v'],
  limits: { maxConcurrentStreams: true, requestsPerConnection: true },
  passes: { trailers: false, earlyHints: false, manyFields: true, duplex: true },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: undefined, http1Clear: 'http1Port' },
  reload: 'SIGHUP',
  hasApp: true,
  goesOnAfterUpgrade: false,
  commands(site) {
    const file = join(site.folder, 'nginx.conf')
    writeFileSync(file, configuration(site))
    return [
      {
        command: ['nginx', '-p', site.folder, '-c', file, '-e', 'stderr'],
        ports: [site.tlsPort, site.clearPort, site.http1Port],
      },
    ]
  },
})

/** Of the package libnginx-mod-http-brotli-filter. */
const BROTLI = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so'

/** Whether `/coded/` knows br beside gzip. */
export function hasBrotli(): boolean {
  return existsSync(BROTLI)
}

function configuration(site: Site): string {
  const { folder } = site
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `${hasBrotli() ? `load_module ${BROTLI};` : ''}
${site.isRoot ? 'user root;' : ''}
daemon off;
worker_processes 2;
error_log stderr notice;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  client_max_body_size 0;
  large_client_header_buffers 4 64k;
  http2_max_concurrent_streams ${site.maxConcurrentStreams ?? 128};
  keepalive_requests ${site.requestsPerConnection ?? 1000};
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${site.tlsPort} ssl http2;
    listen 127.0.0.1:${site.clearPort} http2;
    listen 127.0.0.1:${site.http1Port};
    ssl_certificate ${site.cert};
    ssl_certificate_key ${site.key};
    # The usual ones from 1.23.4 on.
    ssl_protocols TLSv1.2 TLSv1.3;
    root ${site.root};
    location = /session {
      return 200 "$ssl_session_reused $ssl_protocol";
    }
    location /coded/ {
      alias ${site.root}/;
      gzip on;
      gzip_static on;
      gzip_types *;
      ${hasBrotli() ? 'brotli on; brotli_types *;' : ''}
    }
    location /app/ {
      proxy_pass http://127.0.0.1:${site.appPort};
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_buffer_size 128k;
      proxy_buffers 8 128k;
    }
  }
}
`
}
