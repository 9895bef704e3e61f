/**
 * What core may not touch: the outside world (outside `node/` and `sim/`), and, in the codecs, time and
 * waiting altogether. Pure functions over the facts of source files; one sentence per breach.
 *
 * The rule: a ban names what to use instead. Exceptions are single files, listed with their reason.
 */
import { folderOf } from './floors.ts'
import type { SourceFacts } from './source-facts.ts'

/** What is not used, and what stands in its place. A local variable of such a name is a breach too. */
const HIDDEN_WORLD: Readonly<Record<string, string>> = {
  'Date.now': 'Clock.now or Clock.date',
  'new Date': 'Clock.date',
  'Date()': 'Clock.date',
  performance: 'Clock.now',
  setTimeout: 'Clock.at',
  setInterval: 'Clock.at',
  setImmediate: 'Clock.afterPendingInput',
  clearTimeout: 'Cancelable.cancel',
  clearInterval: 'Cancelable.cancel',
  'AbortSignal.timeout': 'a deadline',
  'Math.random': 'RandomSource',
  crypto: 'RandomSource',
  console: 'an event for observers',
  process: 'an option or a port',
  globalThis: 'an argument',
  fetch: 'Dialer',
}

/** Files of core that may import a `node:` module, with the module. None today. */
const NODE_IMPORTS: Readonly<Record<string, string>> = {}

/** Bytes to values and back: no port, no promise, nothing that waits. */
const CODEC_FOLDERS = ['url', 'dns', 'http', 'form', 'h1', 'h2', 'websocket', 'proxy', 'route']
const WAITING = ['async', 'await', 'Promise']

/** The types of `env/` that are plain data, and so may be part of what a codec or a route says. */
const PLAIN_ENV_TYPES = [
  'Coding',
  'Milliseconds',
  'NameServers',
  'ResolvedAddress',
  'SocketAddress',
  'TlsSettings',
  'TlsVersion',
]

const WORLD_FOLDERS = ['node', 'sim']

/** Uses of the outside world, for files of core with paths from `src` on. */
export function hiddenWorld(files: readonly SourceFacts[]): string[] {
  return outsideWorlds(files).flatMap((file) => [
    ...file.imports
      .filter((one) => one.specifier.startsWith('node:') && NODE_IMPORTS[file.path] !== one.specifier)
      .map((one) => `${file.path}:${one.line} imports ${one.specifier}`),
    ...file.uses
      .filter((use) => Object.hasOwn(HIDDEN_WORLD, use.what))
      .map((use) => `${file.path}:${use.line} uses ${use.what} instead of ${HIDDEN_WORLD[use.what]}`),
  ])
}

/** Codecs that wait, or that know a port. */
export function impureCodecs(files: readonly SourceFacts[]): string[] {
  const codecs = files.filter((file) => CODEC_FOLDERS.includes(folderOf(file.path)))
  return codecs.flatMap((file) => [
    ...file.uses
      .filter((use) => WAITING.includes(use.what))
      .map((use) => `${file.path}:${use.line} uses ${use.what}`),
    ...file.imports
      .filter((one) => one.specifier.startsWith('../env/'))
      .filter((one) => !one.typeOnly || !(one.names ?? ['*']).every((name) => PLAIN_ENV_TYPES.includes(name)))
      .map(
        (one) => `${file.path}:${one.line} imports ${(one.names ?? ['*']).join(', ')} of ${one.specifier}`,
      ),
  ])
}

function outsideWorlds(files: readonly SourceFacts[]): readonly SourceFacts[] {
  return files.filter((file) => !WORLD_FOLDERS.includes(folderOf(file.path)))
}
