/**
 * Name servers that nobody here wrote: dnsmasq, which knows a zone, and unbound, which has names of its own, asks
 * dnsmasq for that zone, and speaks DNS over HTTPS.
 *
 * The rule: they listen on loopback only and ask nobody else.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, Program } from './program.ts'

export interface DnsServers {
  /** `127.0.0.1:PORT` of each, for dnsServers. */
  readonly dnsmasq: string
  readonly unbound: string
  /** The URL of unbound's DNS over HTTPS. */
  readonly doh: string
  /** What they have printed: dnsmasq prints each question and who asked it. */
  log(): string
  stop(): Promise<void>
}

/**
 * `one.fwd.test` is 127.0.0.1, `six.fwd.test` ::1, `many.fwd.test` 127.0.0.1 to 127.0.0.9, `alias.fwd.test` leads by
 * two more names to the first; at unbound itself `own.test` is 127.0.0.1 and refused.test is refused.
 */
export async function startDnsServers(credentials: {
  readonly cert: string
  readonly key: string
}): Promise<DnsServers> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-dns-'))
  chmodSync(folder, 0o755)
  const [dnsPort = 0, unboundPort = 0, dohPort = 0] = await freePorts(3)
  const file = join(folder, 'unbound.conf')
  writeFileSync(join(folder, 'cert.pem'), credentials.cert)
  writeFileSync(join(folder, 'key.pem'), credentials.key)
  writeFileSync(file, configuration(folder, dnsPort, unboundPort, dohPort))
  const programs: Program[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  const log = join(folder, 'log')
  try {
    programs.push(
      await Program.start({ command: ['dnsmasq', ...dnsmasqArguments(dnsPort)], ports: [dnsPort], log }),
    )
    programs.push(
      await Program.start({ command: ['unbound', '-d', '-c', file], ports: [unboundPort, dohPort], log }),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    dnsmasq: `127.0.0.1:${dnsPort}`,
    unbound: `127.0.0.1:${unboundPort}`,
    doh: `https://127.0.0.1:${dohPort}/dns-query`,
    log: () => readFileSync(log, 'utf8'),
    stop,
  }
}

/** Whether both are there, and unbound can do DNS over HTTPS. */
export function areDnsServersInstalled(): boolean {
  const { status, stdout } = spawnSync('unbound', ['-V'])
  return (
    status === 0 && String(stdout).includes('libnghttp2') && spawnSync('dnsmasq', ['--version']).status === 0
  )
}

function dnsmasqArguments(port: number): string[] {
  const many = Array.from({ length: 9 }, (_, index) => `--host-record=many.fwd.test,127.0.0.${index + 1}`)
  return [
    '--keep-in-foreground',
    '--log-queries',
    '--log-facility=-',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--no-resolv',
    '--no-hosts',
    '--user=root',
    '--listen-address=127.0.0.1',
    '--bind-interfaces',
    `--port=${port}`,
    '--local=/fwd.test/',
    '--local-ttl=30',
    '--host-record=one.fwd.test,127.0.0.1',
    '--host-record=six.fwd.test,::1',
    '--cname=alias.fwd.test,second.fwd.test',
    '--cname=second.fwd.test,one.fwd.test',
    ...many,
  ]
}

function configuration(folder: string, dnsPort: number, unboundPort: number, dohPort: number): string {
  return `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  verbosity: 1
  interface: 127.0.0.1@${unboundPort}
  interface: 127.0.0.1@${dohPort}
  https-port: ${dohPort}
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${folder}/cert.pem"
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "iterator"
  local-zone: "own.test." static
  local-data: "own.test. 120 IN A 127.0.0.1"
  local-zone: "refused.test." refuse
  local-zone: "test." transparent
forward-zone:
  name: "fwd.test."
  forward-addr: 127.0.0.1@${dnsPort}
remote-control:
  control-enable: no
`
}
