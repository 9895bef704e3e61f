/**
 * The two small programs in C, built anew for each run where there is a compiler: libcurl's multi interface as a
 * client, and a meter for commands. Without them, what needs them is left out, and said to be.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a program is, or why there is none. */
export type Program = string | { readonly missing: string }

export interface Programs {
  readonly libcurl: Program
  readonly measured: Program
}

export function buildPrograms(folder: string): Programs {
  return {
    libcurl: build('libcurl-multi.c', folder, ['-lcurl'], "a C compiler and libcurl's headers"),
    measured: build('measured.c', folder, [], 'a C compiler'),
  }
}

/** What a program says of itself when it is asked for its version; empty when there is none. */
export function versionOf(program: Program): string {
  if (typeof program !== 'string') return ''
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()
}

/** The sources stay where they are when TypeScript is compiled to `dist`. */
const SOURCES = fileURLToPath(new URL('../../peers/curl/', import.meta.url))

function build(source: string, folder: string, libraries: readonly string[], needed: string): Program {
  const program = join(folder, source.replace(/\.c$/, ''))
  const { error, status, stderr } = spawnSync(
    'cc',
    ['-O2', '-Wall', '-Wextra', '-o', program, join(SOURCES, source), ...libraries],
    { encoding: 'utf8' },
  )
  if (error === undefined && status === 0) return program
  const isOurs = error === undefined && !/No such file|cannot find/.test(stderr)
  return { missing: isOurs ? `cc refuses ${source}: ${stderr}` : `needs ${needed}` }
}
