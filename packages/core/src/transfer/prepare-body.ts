/**
 * Bodies that need the outside: forms, which need chance for their boundary, and files, whose size is asked for
 * before anything is sent. Made here into sources like any other.
 *
 * The rule: what was announced is what is sent. A file that cannot be read, or has another size by the time it is
 * read, fails with READ_ERROR and its name; no file is held open that is not being read.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { newBoundary } from '../form/boundary.ts'
import type { BodyPiece, BodyStream, CheckedPart } from '../form/mime-part.ts'
import {
  layoutForm,
  type FormLayout,
  type FormPiece,
  type FormTerms,
  type ReadContent,
} from '../form/multipart.ts'
import { newEncoding } from '../form/part-encoders.ts'
import { LIMITS } from '../tables/limits.ts'
import {
  bodySource,
  never,
  toBytes,
  type BodySource,
  type BodyWorld,
  type PendingSource,
  type SpentBodies,
  type StreamSource,
} from './body-source.ts'

type Sizes = ReadonlyMap<ReadContent, number | undefined>

/** A form. */
export function pendingForm(
  parts: readonly CheckedPart[],
  terms: Pick<FormTerms, 'escape' | 'contentType'>,
  spent: SpentBodies,
): PendingSource {
  const contents = contentsOf(parts)
  const sources = new Map(contents.map((content) => [content, streamSource(content, spent)]))
  const isSpent = (): boolean => Array.from(sources.values()).some((source) => source?.isSpent() === true)
  return {
    is: 'pending',
    isSpent,
    prepare(world) {
      const layout = (sizes: Sizes): BodySource =>
        formSource(
          layoutForm(parts, {
            ...terms,
            boundary: () => newBoundary((count) => world.random.bytes(count)),
            sizeOf: (content) => sizes.get(content),
          }),
          { world, sources, isSpent },
        )
      const sizes = sizesOf(contents, world)
      return sizes instanceof Promise ? sizes.then(layout) : layout(sizes)
    },
  }
}

/** One file or blob. */
export function pendingContent(
  content: ReadContent,
  contentType: string | undefined,
  spent: SpentBodies,
): BodySource {
  const type = contentType === undefined ? {} : { type: { text: contentType, isForm: false } }
  if (content.is === 'stream') {
    const source = bodySource(content.stream, spent) as StreamSource
    const { size } = content
    return { ...source, ...type, length: size, open: () => measured(source.open(), size, 'the request body') }
  }
  const { path } = content
  return {
    is: 'pending',
    isSpent: never,
    async prepare({ files }) {
      const size = await files.sizeOf(path)
      const openAt = (from: number): BodyStream =>
        measured(files.read(path, from), size === undefined ? undefined : size - from, fileName(path))
      const source = {
        is: 'stream',
        canRepeat: true,
        isSpent: never,
        open: () => openAt(0),
        ...type,
      } as const
      // What is no file has no places to begin at.
      return size === undefined ? source : { ...source, openAt, length: size }
    },
  }
}

/** All that is read, in nested parts too. */
function contentsOf(parts: readonly CheckedPart[]): ReadContent[] {
  return parts.flatMap(({ content }) =>
    content.is === 'parts' ? contentsOf(content.parts) : content.is === 'bytes' ? [] : [content],
  )
}

/** One after the other: a form of a thousand files needs no thousand threads. */
function sizesOf(contents: readonly ReadContent[], { files }: BodyWorld): Sizes | Promise<Sizes> {
  const sizes = new Map<ReadContent, number | undefined>()
  for (const content of contents) if (content.is === 'stream') sizes.set(content, content.size)
  if (sizes.size === contents.length) return sizes
  return (async () => {
    for (const content of contents)
      if (content.is === 'file') sizes.set(content, await files.sizeOf(content.path))
    return sizes
  })()
}

interface FormParts {
  readonly world: BodyWorld
  readonly sources: ReadonlyMap<ReadContent, StreamSource | undefined>
  readonly isSpent: () => boolean
}

function formSource({ pieces, length, contentType }: FormLayout, parts: FormParts): BodySource {
  const type = { text: contentType, isForm: true }
  const [only] = pieces
  if (pieces.length === 1 && only!.is === 'bytes' && length !== undefined && length <= LIMITS.formWholeBytes)
    return { is: 'bytes', bytes: only!.bytes, type }
  return {
    is: 'stream',
    canRepeat: Array.from(parts.sources.values()).every((source) => source?.canRepeat !== false),
    isSpent: parts.isSpent,
    open: () => readForm(pieces, parts),
    length,
    type,
  }
}

async function* readForm(
  pieces: readonly FormPiece[],
  { world, sources }: FormParts,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece.is === 'bytes') {
      yield piece.bytes
      continue
    }
    const { content, size, encoder, place } = piece
    const encoding = newEncoding(encoder, place)
    const name = content.is === 'file' ? fileName(content.path) : `the stream of ${place}`
    const stream = content.is === 'file' ? world.files.read(content.path, 0) : sources.get(content)!.open()
    for await (const bytes of measured(stream, size, name)) yield encoding.push(bytes)
    yield encoding.end()
  }
}

/** A stream is known by itself to those who have read it, a file by its path. */
function streamSource(content: ReadContent, spent: SpentBodies): StreamSource | undefined {
  return content.is === 'file' ? undefined : (bodySource(content.stream, spent) as StreamSource)
}

/** The pieces of a stream of so many bytes; undefined: of any. */
async function* measured(
  stream: AsyncIterable<BodyPiece> | Iterable<BodyPiece>,
  size: number | undefined,
  name: string,
): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const piece of stream) {
    const bytes = toBytes(piece)
    seen += bytes.length
    if (size !== undefined && seen > size) throw changed(name, size, 'has more now')
    yield bytes
  }
  if (size !== undefined && seen < size) throw changed(name, size, `ended after ${seen}`)
}

function changed(name: string, size: number, what: string): TransferError {
  return new TransferError(
    'READ_ERROR',
    `${name} changed while it was sent: ${size} bytes were announced, and it ${what}`,
    { expected: size },
    { phase: 'send' },
  )
}

function fileName(path: string): string {
  return `the file ${JSON.stringify(path)}`
}
