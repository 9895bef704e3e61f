/**
 * The files that every server has, whoever fills its document root further.
 *
 * The rule: the same bytes everywhere, so that a test compares without asking which server it was.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `/small`, 35 bytes. */
export const SMALL = Buffer.from('Thirty-five bytes, small and whole\n')

/** `/10mb`, 10,485,760 bytes. */
export const TEN_MEGABYTES = 10 * 1024 * 1024

/** How many there are of `/many/0`, `/many/1` and so on. */
export const MANY = 200

/** `/many/{index}`, from 100 to 4,099 bytes, each different. */
export function manyDocument(index: number): Buffer {
  return Buffer.alloc(100 + ((index * 7_919) % 4_000), `file ${index} `)
}

/** `/10mb`: each byte tells where it stands, modulo 251, so that a part in the wrong place is seen. */
export function tenMegabytes(): Buffer {
  const period = Buffer.from(Array.from({ length: 251 }, (_, index) => index))
  return Buffer.alloc(TEN_MEGABYTES, period)
}

/** Writes them below `root`, readable for everybody. */
export function writeDocuments(root: string): void {
  writeFileSync(join(root, 'small'), SMALL)
  writeFileSync(join(root, '10mb'), tenMegabytes())
  mkdirSync(join(root, 'many'))
  for (let index = 0; index < MANY; index += 1)
    writeFileSync(join(root, 'many', String(index)), manyDocument(index))
}
