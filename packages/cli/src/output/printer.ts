/**
 * `Printer`: carries out what `-w` comes to: text to standard output, standard error and files (`%output{}`).
 *
 * The rule: it never fails a transfer: a file that cannot be opened changes nothing about where text goes.
 */
import type { Writable } from 'node:stream'
import type { StandardStreams } from './head-output.ts'
import type { Files } from '../surroundings.ts'
import type { Printed } from './write-out.ts'

export class Printer {
  readonly #streams: StandardStreams
  readonly #files: Files

  constructor(streams: StandardStreams, files: Files) {
    this.#streams = streams
    this.#files = files
  }

  /** Resolves when it is written. */
  async print(pieces: readonly Printed[]): Promise<void> {
    let before: Writable = this.#streams.stdout
    let file: { readonly to: Printed['to']; readonly stream: Writable } | undefined
    for (const { to, text } of pieces) {
      if (typeof to === 'string') {
        before = this.#streams[to]
        before.write(text)
      } else {
        if (text === '') {
          await ended(file?.stream)
          const stream = await opened(to.appends ? this.#files.append(to.file) : this.#files.create(to.file))
          file = stream === undefined ? file : { to, stream }
        } else (file?.stream ?? before).write(text)
      }
    }
    await ended(file?.stream)
  }
}

/** Undefined: it cannot be. */
async function opened(stream: Writable): Promise<Writable | undefined> {
  let isBroken = false
  stream.on('error', () => (isBroken = true))
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
  return isBroken ? undefined : stream
}

async function ended(stream: Writable | undefined): Promise<void> {
  if (stream === undefined || stream.closed) return
  await new Promise<void>((resolve) => {
    stream.once('close', resolve)
    stream.end()
  })
}
