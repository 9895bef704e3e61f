/**
 * `askNodeSecrets`: asks whoever sits at the terminal for what must not be shown; where there is no terminal, standard
 * input holds it, line by line.
 *
 * The rule: however it ends, the terminal is left as it was; Node sees to that when the process ends meanwhile.
 */
import { openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { SecretLine } from './line/secret-line.ts'
import type { Asking } from './surroundings.ts'

/** The answers to all prompts; undefined: Ctrl-C. */
export async function askNodeSecrets(
  prompts: readonly string[],
  { stdin, stderr }: Asking,
): Promise<readonly string[] | undefined> {
  const terminal = openTerminal()
  return terminal === undefined
    ? await readLines(prompts, stdin, stderr)
    : await typeLines(prompts, terminal, stderr)
}

/** The terminal that the process belongs to, wherever its streams lead. */
function openTerminal(): ReadStream | undefined {
  if (process.platform === 'win32') return undefined
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'))
  } catch {
    return undefined
  }
}

function typeLines(
  prompts: readonly string[],
  terminal: ReadStream,
  stderr: Writable,
): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    const answers: string[] = []
    let line = new SecretLine()
    const end = (given: readonly string[] | undefined): void => {
      terminal.off('data', typed).off('end', ended)
      terminal.setRawMode(false)
      terminal.destroy()
      resolve(given)
    }
    const typed = (bytes: Buffer): void => {
      for (const byte of bytes) {
        const state = line.key(byte)
        if (state === 'typing') continue
        stderr.write('\n')
        if (state === 'interrupted') return end(undefined)
        answers.push(line.text)
        if (answers.length === prompts.length) return end(answers)
        line = new SecretLine()
        stderr.write(prompts[answers.length]!)
      }
    }
    // The terminal has gone: nobody answers any more.
    const ended = (): void => end(undefined)
    terminal.setRawMode(true)
    terminal.on('data', typed).on('end', ended).on('error', ended)
    stderr.write(prompts[0]!)
  })
}

/** A line for each prompt; what follows stays in the stream. Without a line left it is empty. */
async function readLines(prompts: readonly string[], stdin: Readable, stderr: Writable): Promise<string[]> {
  const answers: string[] = []
  for (const prompt of prompts) {
    stderr.write(prompt)
    answers.push(await readLine(stdin))
    stderr.write('\n')
  }
  return answers
}

async function readLine(stdin: Readable): Promise<string> {
  const pieces: Buffer[] = []
  for (;;) {
    const piece = stdin.read() as Buffer | string | null
    if (piece === null) {
      if (stdin.readableEnded || stdin.destroyed || !(await hasMore(stdin))) break
      continue
    }
    const bytes = Buffer.from(piece as string)
    const end = bytes.indexOf(0x0a)
    pieces.push(end < 0 ? bytes : bytes.subarray(0, end))
    if (end < 0) continue
    if (end + 1 < bytes.length) stdin.unshift(bytes.subarray(end + 1))
    break
  }
  return Buffer.concat(pieces).toString().replace(/\r$/, '')
}

/** False: it has ended, or failed. */
function hasMore(stdin: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      stdin.off('readable', readable).off('end', over).off('error', over).off('close', over)
      resolve(answer)
    }
    const readable = (): void => settle(true)
    const over = (): void => settle(false)
    stdin.on('readable', readable).on('end', over).on('error', over).on('close', over)
  })
}
