/**
 * A kind of server from its description: which command, with which configuration, on which ports.
 *
 * The rule: everything that two kinds would do alike is done here, and what is acquired on the way is given back
 * in turn, also when a start fails half way.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startUpstream, type Upstream } from './app.ts'
import { writeDocuments } from './documents.ts'
import { freePorts, Program, type ProgramWish } from './program.ts'
import type { H2Server, H2ServerKind, H2ServerSettings, Origins } from './server.ts'

/** What a configuration is written from. */
export interface Site extends Pick<H2ServerSettings, 'maxConcurrentStreams' | 'requestsPerConnection'> {
  /** A folder of the server's own, which others may read. */
  readonly folder: string
  /** The document root, `folder/root`. */
  readonly root: string
  /** Files in PEM. */
  readonly cert: string
  readonly key: string
  readonly tlsPort: number
  readonly clearPort: number
  /** For servers whose port for clear HTTP/2 does not speak HTTP/1.1. */
  readonly http1Port: number
  /** Where the app behind the server listens. */
  readonly appPort: number
  /** Whether it is started by root, who may not be whom it runs as. */
  readonly isRoot: boolean
}

export interface ProgramServer extends Pick<
  H2ServerKind,
  'name' | 'limits' | 'passes' | 'goesOnAfterUpgrade'
> {
  readonly package: string
  /** A command that succeeds when the program is there. */
  readonly probe: readonly [string, ...string[]]
  /** Writes the configuration; returns the programs to start. */
  commands(site: Site): readonly Omit<ProgramWish, 'log'>[]
  /** Where it will answer. */
  readonly ports: Readonly<Record<keyof Origins, 'tlsPort' | 'clearPort' | 'http1Port' | undefined>>
  /** The signal that asks for a reload. */
  readonly reload: NodeJS.Signals | undefined
  /** False when the server answers below `/app/` by itself. */
  readonly hasApp: boolean
}

export function programServer(description: ProgramServer): H2ServerKind {
  const { name, limits, passes, probe } = description
  return {
    name,
    package: description.package,
    limits,
    passes,
    origins: (Object.keys(description.ports) as (keyof Origins)[]).filter(
      (origin) => description.ports[origin] !== undefined,
    ),
    goesOnAfterUpgrade: description.goesOnAfterUpgrade,
    canReload: description.reload !== undefined,
    isInstalled: () => spawnSync(probe[0], probe.slice(1)).status === 0,
    start: (settings) => start(description, settings),
  }
}

async function start(description: ProgramServer, settings: H2ServerSettings): Promise<H2Server> {
  const folder = mkdtempSync(join(tmpdir(), `trunkline-${description.name}-`))
  let upstream: Upstream | undefined
  const release = async (): Promise<void> => {
    await upstream?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    fillFolder(folder, settings)
    upstream = await startUpstream(join(folder, 'root'))
    const { site, programs } = await startPrograms(description, settings, folder, upstream.port)
    return {
      name: description.name,
      ...originsOf(description, site),
      takesUploads: true,
      app: description.hasApp ? upstream.app : undefined,
      reload: reloadOf(description, programs),
      async restart() {
        await Promise.all(programs.map((program) => program.restart()))
      },
      async stop() {
        await Promise.all(programs.map((program) => program.stop()))
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}

function fillFolder(folder: string, { cert, key, fill }: H2ServerSettings): void {
  // Workers of some servers are not who started them.
  chmodSync(folder, 0o755)
  const root = join(folder, 'root')
  mkdirSync(root)
  writeDocuments(root)
  fill?.(root)
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
}

/** Another process may take a port between the look and the listening; then other ports are tried. */
async function startPrograms(
  description: ProgramServer,
  { maxConcurrentStreams, requestsPerConnection }: H2ServerSettings,
  folder: string,
  appPort: number,
): Promise<{ site: Site; programs: readonly Program[] }> {
  const log = join(folder, 'log')
  for (let tries = 1; ; tries += 1) {
    const [tlsPort = 0, clearPort = 0, http1Port = 0] = await freePorts(3)
    const site: Site = {
      folder,
      root: join(folder, 'root'),
      cert: join(folder, 'cert.pem'),
      key: join(folder, 'key.pem'),
      tlsPort,
      clearPort,
      http1Port,
      appPort,
      isRoot: process.getuid?.() === 0,
      ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
      ...(requestsPerConnection === undefined ? {} : { requestsPerConnection }),
    }
    const programs: Program[] = []
    try {
      for (const wish of description.commands(site)) {
        programs.push(await Program.start({ ...wish, log }))
      }
      return { site, programs }
    } catch (error) {
      await Promise.all(programs.map((program) => program.stop()))
      if (tries === TRIES || !/in use|bind/i.test(String(error))) throw error
    }
  }
}

function originsOf({ ports }: ProgramServer, site: Site): Origins {
  const origin = (scheme: string, port: keyof Site | undefined): string | undefined =>
    port === undefined ? undefined : `${scheme}://127.0.0.1:${site[port]}`
  return {
    https: origin('https', ports.https),
    http2Clear: origin('http', ports.http2Clear),
    h2cUpgrade: origin('http', ports.h2cUpgrade),
    http1Clear: origin('http', ports.http1Clear),
  }
}

function reloadOf(
  { reload }: ProgramServer,
  programs: readonly Program[],
): (() => Promise<void>) | undefined {
  if (reload === undefined) return undefined
  return async () => {
    for (const program of programs) program.signal(reload)
  }
}

const TRIES = 3
