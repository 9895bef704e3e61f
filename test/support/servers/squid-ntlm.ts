/**
 * Squid in front of a server of files, as an origin that authenticates connections by NTLM. Its helper holds the
 * handshake and believes everyone; the log tells whom it saw.
 *
 * The rule: as in `apache.ts`, nothing outside its folder is written.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, Program } from './program.ts'

const HELPER = '/usr/lib/squid/ntlm_fake_auth'

export interface SquidNtlm {
  readonly http: string
  /** Its log of requests: one line each with client port, status and user. */
  log(): readonly string[]
  stop(): Promise<void>
}

export function hasSquidNtlm(): boolean {
  return spawnSync('squid', ['-v']).status === 0 && existsSync(HELPER)
}

/** `upstreamPort`: of an HTTP server on 127.0.0.1. */
export async function startSquidNtlm(upstreamPort: number): Promise<SquidNtlm> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-squid-'))
  chmodSync(folder, 0o777)
  const [port = 0] = await freePorts(1)
  const file = join(folder, 'squid.conf')
  writeFileSync(
    file,
    `http_port 127.0.0.1:${port} accel no-vhost defaultsite=127.0.0.1
cache_peer 127.0.0.1 parent ${upstreamPort} 0 no-query no-digest originserver
auth_param ntlm program ${HELPER} -S
auth_param ntlm children 2
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
buffered_logs off
cache deny all
pid_filename ${folder}/squid.pid
logformat seen %>p %>Hs %un
access_log stdio:${folder}/access.log seen
cache_log ${folder}/cache.log
coredump_dir ${folder}
shutdown_lifetime 0 seconds
netdb_filename none
pinger_enable off
visible_hostname 127.0.0.1
`,
  )
  const program = await Program.start({
    command: ['squid', '-N', '-f', file],
    log: join(folder, 'log'),
    ports: [port],
  })
  return {
    http: `http://127.0.0.1:${port}`,
    log: () => readFileSync(join(folder, 'access.log'), 'utf8').trim().split('\n'),
    async stop() {
      await program.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
