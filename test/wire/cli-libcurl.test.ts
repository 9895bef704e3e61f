/**
 * The programs that `--libcurl` writes, run beside the command that wrote them: the server sees the same requests, and
 * the same is printed, left in files and answered as exit code.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildCommand, type BuiltCommand } from '../support/built-command.ts'
import { buildPackages, type BuiltPackages } from '../support/built-packages.ts'
import { KeptFiles, trunkline } from '../support/command-line.ts'
import { listen } from '../support/loopback.ts'

/** URL stands for the server's, PORT for its port; the files are there before. */
const LINES: [what: string, argv: readonly string[], exitCode?: number][] = [
  ['GET', ['URL/a?b=c']],
  ['a URL without a scheme', ['127.0.0.1:PORT/x']],
  ['-d', ['-d', "it's=1", '-d', '@input', 'URL/']],
  ['-d with bytes', ['--data-binary', '@bytes', 'URL/']],
  ['-d ""', ['-d', '', 'URL/']],
  ['--json', ['--json', '{"a":"ä\\u200b"}', 'URL/']],
  ['-G', ['-G', '--data-urlencode', 'q=a b', '-d', 'c=d', 'URL/search']],
  ['--url-query', ['--url-query', 'q=a&b', 'URL/']],
  ['-F', ['-F', 'name=value', '-F', 'file=@input;type=text/x', '-F', 'text=<input', 'URL/']],
  [
    '-F with parts',
    [
      '-F',
      '=(;type=multipart/alternative',
      '-F',
      '=one',
      '-F',
      '=two;type=text/html;headers="X-A: 1"',
      '-F',
      '=)',
      'URL/',
    ],
  ],
  ['-F @-', ['-F', 'in=@-', 'URL/']],
  ['-u', ['-u', 'me:se cret', 'URL/']],
  ['--anyauth', ['--anyauth', '-u', 'me:secret', 'URL/login']],
  ['--oauth2-bearer', ['--oauth2-bearer', 'token', 'URL/']],
  ['-H', ['-H', 'X-A: ä', '-H', 'Accept:', '-H', 'X-Empty;', '-H', 'Host: a.test', 'URL/']],
  ['-A, -e, -b, -r', ['-A', 'me', '-e', 'http://r/', '-b', 'a=b; c=d', '-r', '0-3', 'URL/']],
  ['-X', ['-X', 'PURGE', 'URL/']],
  ['-T', ['-T', 'input', 'URL/folder/']],
  ['-T -', ['-T', '-', 'URL/stream']],
  ['-T for one of two', ['-T', 'input', 'URL/up', 'URL/down']],
  ['-T with a glob', ['-T', '{input,bytes}', 'URL/']],
  ['-x', ['-x', 'http://127.0.0.1:PORT', '--proxy-header', 'X-P: 1', '-U', 'p:q', 'http://a.test/']],
  ['-L', ['-L', 'URL/redirect']],
  ['-L with -d', ['-L', '--post302', '-d', 'x=y', 'URL/redirect']],
  ['--max-redirs', ['-L', '--max-redirs', '0', 'URL/redirect'], 47],
  ['-o', ['-o', 'out', 'URL/']],
  ['-o with a glob', ['-o', 'page-#1', 'URL/[1-3]']],
  ['-o and none', ['-o', 'out', 'URL/1', 'URL/2']],
  ['--out-null', ['--out-null', 'URL/1', 'URL/2']],
  ['-O in a folder', ['-O', '--output-dir', 'deep/er', '--create-dirs', 'URL/name.txt']],
  ['--no-clobber', ['-o', 'out', '--no-clobber', 'URL/']],
  ['-C', ['-C', '3', '-o', 'input', 'URL/range']],
  ['-C -', ['-C', '-', '-o', 'input', 'URL/range']],
  ['-i', ['-i', 'URL/']],
  ['-i and -D', ['-i', '-D', 'heads', '-o', 'out', '-L', 'URL/redirect']],
  ['-I', ['-I', 'URL/']],
  ['-D -', ['-D', '-', 'URL/']],
  ['-f', ['-f', 'URL/missing'], 22],
  ['--fail-with-body', ['--fail-with-body', 'URL/missing'], 22],
  ['a failure before a success', ['-f', 'URL/missing', 'URL/']],
  ['a failure after a success', ['--fail-with-body', 'URL/', 'URL/missing'], 22],
  ['--max-filesize', ['--max-filesize', '3', 'URL/'], 63],
  ['a refused connection', ['http://127.0.0.1:1/'], 7],
  ['--compressed', ['--compressed', 'URL/']],
  ['--http1.0', ['-0', 'URL/']],
  ['--resolve', ['--resolve', 'a.test:PORT:127.0.0.1', 'http://a.test:PORT/']],
  ['-z', ['-z', 'Tue, 02 Jan 2024 00:00:00 GMT', 'URL/']],
  ['--etag-compare', ['--etag-compare', 'input', 'URL/']],
  ['-c', ['-c', 'jar', 'URL/cookie', 'URL/after']],
  ['--next', ['-d', 'a=b', 'URL/1', '--next', '-H', 'X: 2', '-o', 'out', 'URL/2']],
  ['--next with cookies', ['-b', '', 'URL/cookie', '--next', '-b', '', 'URL/after', '--next', 'URL/none']],
  ['-Z', ['-Z', '--parallel-max', '2', '-o', 'page-#1', 'URL/[1-5]']],
  [
    '-Z with --next and -D',
    ['-Z', '-o', 'a', '-D', 'heads', 'URL/1', '--next', '-d', 'x=y', '-o', 'b', 'URL/2'],
  ],
  ['-Z with -T', ['-Z', '-T', '{input,bytes}', '--out-null', '--out-null', 'URL/']],
  ['--retry', ['--retry', '1', '--retry-delay', '1', '-o', 'out', 'URL/once']],
]

/** Those whose requests come in no order. */
const UNORDERED = (argv: readonly string[]): boolean => argv.includes('-Z')

let command: BuiltCommand
let packages: BuiltPackages
beforeAll(async () => {
  command = await buildCommand()
  packages = buildPackages()
  // It only ends a hang, as everywhere.
}, 60_000)
afterAll(() => {
  command.remove()
  packages.remove()
})

test.each(LINES)('%s', async (_what, argv, exitCode = 0) => {
  const program = join(packages.folder, 'program.mjs')
  let asPort = 0
  const asked = await observed(argv, (line, port) => {
    asPort = port
    return [command.program, '-s', '--libcurl', program, ...line]
  })
  const text = readFileSync(program, 'utf8')
  const ran = await observed(argv, (_line, port) => {
    writeFileSync(program, text.replaceAll(String(asPort), String(port)))
    return [program]
  })
  expect(asked.exitCode).toBe(exitCode)
  expect(ran).toEqual(asked)
})

test('are TypeScript that needs no types of its own', { timeout: 60_000 }, async () => {
  const texts = await Promise.all(LINES.map(([, argv]) => printed(argv)))
  const wrong = "import { Easy } from '@trunkline/easy'\nawait new Easy({ urll: 'x' }).perform()"
  expect(complaints([...texts, wrong])).toEqual([expect.stringContaining("'urll' does not exist")])
})

test('"-" is standard output, after what was received', async () => {
  const folder = mkdtempSync(join(command.folder, 'run-'))
  const { port } = await listen(createServer((_request, response) => response.end('body')))
  const { stdout } = await run([command.program, '-s', '--libcurl', '-', `http://127.0.0.1:${port}/`], folder)
  expect(stdout).toMatch(/^body\/\/ Written by trunkline --libcurl\./)
})

test('say what is not in them', async () => {
  const text = await printed(['-w', 'x', '-v', '--rate', '1/s', '-c', '-', 'URL/'])
  expect(text).toContain(
    'Left out, being matters of the command: --cookie-jar -, --rate, --verbose, --write-out.',
  )
})

test('name no more than a thousand transfers', async () => {
  const text = await printed(['URL/[1-5000]'])
  expect([text.match(/\{ url:/g)?.length, text.includes('transfers after the first 1000')]).toEqual([
    1_000,
    true,
  ])
})

test('that cannot be written are told of, and change nothing', async () => {
  const folder = mkdtempSync(join(command.folder, 'run-'))
  const { port } = await listen(createServer((_request, response) => response.end('body')))
  const ended = await run(
    [command.program, '--no-progress-meter', '--libcurl', 'no/such', `http://127.0.0.1:${port}/`],
    folder,
  )
  expect(ended).toMatchObject({ exitCode: 0, stdout: 'body' })
  expect(ended.stderr).toContain('Failed to open no/such to write libcurl code')
})

// ---- Running ---------------------------------------------------------------------------------------

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** All that can be seen of a run. */
interface Observed extends Omit<Ended, 'stderr'> {
  readonly requests: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

async function observed(
  argv: readonly string[],
  argsOf: (line: readonly string[], port: number) => readonly string[],
): Promise<Observed> {
  const requests: string[] = []
  const { port } = await listen(createServer(answer(requests)))
  const folder = mkdtempSync(join(command.folder, 'run-'))
  writeFileSync(join(folder, 'input'), 'line 1\nline 2\n')
  writeFileSync(join(folder, 'bytes'), Buffer.from([0, 1, 0xff, 0xfe, 0x41]))
  try {
    const { exitCode, stdout } = await run(argsOf(filled(argv, port), port), folder)
    if (UNORDERED(argv)) requests.sort()
    const named = (text: string): string => text.replaceAll(String(port), 'PORT')
    return { exitCode, stdout: named(stdout), requests: requests.map(named), files: filesOf(folder, named) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function filled(argv: readonly string[], port: number): string[] {
  return argv.map((word) => word.replace('URL', `http://127.0.0.1:${port}`).replaceAll('PORT', String(port)))
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, NODE_COMPILE_CACHE: join(command.folder, 'compiled') }
    const child = execFile(
      process.execPath,
      [...args],
      { cwd, env, encoding: 'latin1' },
      (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr })
      },
    )
    child.stdin!.end('from standard input')
  })
}

function filesOf(folder: string, named: (text: string) => string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const found = paths
    .map((path) => [path, join(folder, path)] as const)
    .filter(([, full]) => statSync(full).isFile())
  return Object.fromEntries(
    found.map(([path, full]) => [
      path,
      `${(statSync(full).mode & 0o777).toString(8)} ${named(readFileSync(full, 'latin1'))}`,
    ]),
  )
}

/** Notes what was asked and answers by the path. */
function answer(requests: string[]): RequestListener {
  let asked = 0
  return (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      requests.push(noted(request, Buffer.concat(pieces)))
      asked += 1
      response.sendDate = false
      const { url = '' } = request
      if (url === '/redirect') response.writeHead(302, { location: '/target' })
      else if (url === '/missing') response.writeHead(404)
      else if (url === '/once' && asked === 1) response.writeHead(503)
      else if (url === '/cookie') response.setHeader('set-cookie', 'seen=1; path=/')
      else if (url === '/login' && request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' })
      else if (url === '/range')
        response.writeHead(206, {
          'content-range': `bytes ${request.headers.range?.replace(/^bytes=/, '')}20/21`,
        })
      response.end(`answer to ${request.method} ${url}\n`)
    })
  }
}

function noted({ method, url, httpVersion, rawHeaders, headers }: IncomingMessage, body: Buffer): string {
  const text = [`${method} ${url} HTTP/${httpVersion}`, ...rawHeaders, body.toString('latin1')].join('\n')
  const boundaries = [...`${headers['content-type']}\n${text}`.matchAll(/boundary="?([^\s";]+)/g)]
  return boundaries.reduce(
    (whole, [, boundary], index) => whole.replaceAll(boundary!, `BOUNDARY${index}`),
    text,
  )
}

// ---- The text --------------------------------------------------------------------------------------

/** The program for a command line whose transfers all fail: nobody listens. */
async function printed(argv: readonly string[]): Promise<string> {
  const files = { input: 'line 1\nline 2\n', bytes: Uint8Array.of(0, 0xff) }
  const given = new KeptFiles(files)
  await trunkline(
    ['--libcurl', 'program', '-s', '--retry', '0', '--connect-timeout', '5', ...filled(argv, 1)],
    {
      files: given,
      stdin: Readable.from([]),
    },
  )
  return given.texts['program'] ?? ''
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What TypeScript, as strict as here, says of programs that stand among the examples. */
function complaints(texts: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, allowImportingTsExtensions: true, composite: false },
    ROOT,
  )
  const programs = new Map(
    texts.map((text, index) => [join(ROOT, 'examples', `program-${index}.ts`), `${text}\nexport {}\n`]),
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => programs.has(path) || fileExists(path)
  host.readFile = (path) => programs.get(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = programs.get(path)
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([...programs.keys()], options, host)
  return [...programs.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) =>
        `${programs.get(path)!.slice(0, 2_000)}\n${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    )
  })
}
