/** Forms laid out for tests: with boundaries that are known, and everything at hand. */
import { checkParts, type MimePart } from '../../../packages/core/src/form/mime-part.ts'
import { layoutForm, type FormTerms } from '../../../packages/core/src/form/multipart.ts'

/** Boundaries `B1`, `B2` and so on; sizes of streams as they are given, files of 9 bytes. */
export function terms(given: Partial<FormTerms> = {}): FormTerms {
  let count = 0
  return {
    boundary: () => `B${++count}`,
    escape: 'percent',
    contentType: 'multipart/form-data',
    sizeOf: (content) => (content.is === 'file' ? 9 : content.size),
    ...given,
  }
}

/** The body as text, with what is read later as `<path>`, and the announced length. */
export function laidOut(
  parts: readonly MimePart[],
  given: Partial<FormTerms> = {},
): { text: string; length: number | undefined; contentType: string } {
  const { pieces, length, contentType } = layoutForm(checkParts('mimePost', parts), terms(given))
  const text = pieces
    .map((piece) =>
      piece.is === 'bytes'
        ? Buffer.from(piece.bytes).toString('latin1')
        : piece.content.is === 'file'
          ? `<${piece.content.path}>`
          : '<stream>',
    )
    .join('')
  return { text, length, contentType }
}
