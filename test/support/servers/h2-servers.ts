/**
 * All kinds of HTTP/2 servers that tests run against.
 *
 * The rule: a test takes its servers from here, and skips those that are not installed by `installed`.
 */
import { apache } from './apache.ts'
import { caddy } from './caddy.ts'
import { h2o } from './h2o.ts'
import { haproxy } from './haproxy.ts'
import { nghttpd } from './nghttpd.ts'
import { nginx } from './nginx.ts'
import { nodeHttp2 } from './node-http2.ts'
import type { H2ServerKind } from './server.ts'

export const H2_SERVERS: readonly H2ServerKind[] = [nginx, nghttpd, apache, h2o, caddy, haproxy, nodeHttp2]

/** Those that are there; of the others it is said on the console which Debian package holds them. */
export function installedH2Servers(): readonly H2ServerKind[] {
  return H2_SERVERS.filter((kind) => {
    const isInstalled = kind.isInstalled()
    if (!isInstalled)
      console.log(
        `${kind.name} is not installed: its tests are skipped (on Debian: apt-get install ${kind.package})`,
      )
    return isInstalled
  })
}
