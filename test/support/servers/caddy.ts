/**
 * Caddy, and with it the HTTP/2 of Go: static files by itself, the rest by proxy.
 *
 * The rule: nothing outside its folder is read or written, and nobody on the network is asked for anything.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programServer, type Site } from './program-server.ts'

export const caddy = programServer({
  name: 'caddy',
  package: 'caddy',
  probe: ['caddy', 'version'],
  limits: { maxConcurrentStreams: false, requestsPerConnection: false },
  passes: { trailers: true, earlyHints: true, manyFields: true, duplex: true },
  ports: { https: 'tlsPort', http2Clear: 'clearPort', h2cUpgrade: 'clearPort', http1Clear: 'clearPort' },
  // Its reload ends streams of its proxy half way as if they were whole, and says GOAWAY over TLS only.
  reload: undefined,
  hasApp: true,
  goesOnAfterUpgrade: true,
  commands(site) {
    const file = join(site.folder, 'Caddyfile')
    writeFileSync(file, configuration(site))
    return [
      {
        command: ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'],
        env: {
          HOME: site.folder,
          XDG_CONFIG_HOME: join(site.folder, 'config'),
          XDG_DATA_HOME: join(site.folder, 'data'),
        },
        ports: [site.tlsPort, site.clearPort],
      },
    ]
  },
})

function configuration(site: Site): string {
  return `{
	admin off
	auto_https off
	skip_install_trust
	storage file_system ${site.folder}/storage
	servers {
		protocols h1 h2 h2c
	}
}
(site) {
	reverse_proxy /app/* http://127.0.0.1:${site.appPort} {
		flush_interval -1
	}
	handle_path /coded/* {
		encode {
			zstd
			gzip
			minimum_length 20
			match {
				status 200
			}
		}
		root * ${site.root}
		file_server
	}
	root * ${site.root}
	file_server
}
https://127.0.0.1:${site.tlsPort} {
	bind 127.0.0.1
	tls ${site.cert} ${site.key}
	import site
}
http://127.0.0.1:${site.clearPort} {
	bind 127.0.0.1
	import site
}
`
}
