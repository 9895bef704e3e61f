/**
 * `Stage`: two recording servers and a folder, in which a command line is run with curl and with ours.
 *
 * The rule: both runs find the same: an empty folder with the row's files, the same ports, the same environment.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { main } from '../../../packages/cli/src/index.ts'
import { Kept } from '../command-line.ts'
import { filled, likeRequest, likeText, unfilled } from './likeness.ts'
import { RecordingServer } from './recording-server.ts'
import { wordsOf, type Row } from './row.ts'

/** What a run did, without what no two runs share. */
export interface Outcome {
  /** All that was sent, connection after connection. */
  readonly requests: string
  readonly stdout: string
  readonly stderr: string
  /** Files that are new or others than before: mode and content. */
  readonly files: Readonly<Record<string, string>>
  readonly exitCode: number
}

/** Runs a command line in a folder. */
type Program = (
  words: readonly string[],
  world: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly stdin: string },
) => Promise<{ readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number }>

/** The version of a curl; undefined: there is none. */
export function versionOf(curl: string): string | undefined {
  try {
    return /^curl (\d+\.\d+\.\d+)/.exec(execFileSync(curl, ['-V'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}

export class Stage {
  readonly #origin: RecordingServer
  readonly #other: RecordingServer
  readonly #folder: string
  readonly #closedPort: number

  private constructor(origin: RecordingServer, other: RecordingServer, closedPort: number) {
    this.#origin = origin
    this.#other = other
    this.#closedPort = closedPort
    this.#folder = realpathSync(mkdtempSync(join(tmpdir(), 'beside-')))
  }

  static async open(): Promise<Stage> {
    const [origin, other] = await Promise.all([RecordingServer.start(), RecordingServer.start()])
    // A port that was free a moment ago refuses.
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return new Stage(origin, other, port)
  }

  async close(): Promise<void> {
    await Promise.all([this.#origin.stop(), this.#other.stop()])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Runs it with a curl of this machine. */
  curl(row: Row, curl = 'curl'): Promise<Outcome> {
    return this.#run(row, (words, world) => runCurl(curl, words, world))
  }

  ours(row: Row): Promise<Outcome> {
    return this.#run(row, runOurs)
  }

  async #run(row: Row, program: Program): Promise<Outcome> {
    const DIR = join(this.#folder, 'run')
    const places = {
      PORT: String(this.#origin.port),
      OTHER: String(this.#other.port),
      CLOSED: String(this.#closedPort),
      DIR,
    }
    rmSync(DIR, { recursive: true, force: true })
    mkdirSync(DIR, { recursive: true })
    for (const [path, content] of Object.entries(row.files ?? {})) {
      mkdirSync(dirname(join(DIR, path)), { recursive: true })
      writeFileSync(join(DIR, path), filled(content, places), 'latin1')
    }
    const before = filesIn(DIR)
    const script = {
      answers: (row.answers ?? []).map((one) =>
        typeof one === 'string' ? filled(one, places) : { ...one, send: filled(one.send, places) },
      ),
      continues: row.continues ?? true,
      isHasty: row.isHasty ?? false,
    }
    this.#origin.begin(script)
    this.#other.begin({ answers: [], continues: true, isHasty: false })
    const words = [
      ...(row.hasMeter === true ? [] : ['--no-progress-meter']),
      ...wordsOf(row.line).map((word) => filled(word, places)),
    ]
    const env = Object.fromEntries(
      Object.entries({ HOME: DIR, PATH: '/usr/bin:/bin', ...row.env }).map(([name, value]) => [
        name,
        filled(value, places),
      ]),
    )
    const done = await program(words, { cwd: DIR, env, stdin: filled(row.stdin ?? '', places) })
    const files = filesIn(DIR)
    return {
      // Which connection carries what is each program's own business.
      requests: likeRequest(
        unfilled(
          [...this.#origin.end(), ...this.#other.end().map((text) => `OTHER ${text}`)].join(''),
          places,
        ),
      ),
      stdout: likeText(unfilled(done.stdout.toString('latin1'), places)),
      stderr: likeText(unfilled(done.stderr.toString('latin1'), places)),
      files: Object.fromEntries(
        Object.entries(files)
          .filter(([path, content]) => before[path] !== content)
          .map(([path, content]) => [
            path,
            likeText(unfilled(row.hasModes === true ? content : content.replace(/^\d+ /, ''), places)),
          ]),
      ),
      exitCode: done.exitCode,
    }
  }
}

async function runCurl(
  curl: string,
  ...[words, { cwd, env, stdin }]: Parameters<Program>
): ReturnType<Program> {
  const child = spawn(curl, words, { cwd, env, timeout: 6_000 })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes))
  // It may end without having read.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin, 'latin1')
  const [code] = (await once(child, 'close')) as [number | null]
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exitCode: code ?? -1 }
}

const [HOME, PLACE] = [process.env['HOME'], process.cwd()]

async function runOurs(...[words, { cwd, env, stdin }]: Parameters<Program>): ReturnType<Program> {
  const [stdout, stderr] = [new Kept(), new Kept()]
  process.env['HOME'] = env['HOME']
  process.chdir(cwd)
  try {
    const exitCode = await main(words, {
      stdout,
      stderr,
      stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin, 'latin1')]),
      env,
      persona: 'curl',
    })
    return { stdout: stdout.bytes, stderr: stderr.bytes, exitCode }
  } finally {
    process.chdir(PLACE)
    process.env['HOME'] = HOME
  }
}

/** All files under a folder: mode and content. */
function filesIn(folder: string, under = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(folder, under)).toSorted()) {
    const path = join(under, name)
    const stat = lstatSync(join(folder, path))
    if (stat.isDirectory()) Object.assign(found, { [`${path}/`]: '' }, filesIn(folder, path))
    else if (stat.isFile())
      found[path] = `${(stat.mode & 0o777).toString(8)} ${readFileSync(join(folder, path), 'latin1')}`
  }
  return found
}
