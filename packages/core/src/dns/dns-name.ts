/**
 * Names in DNS messages (RFC 1035 sections 3.1 and 4.1.4), to and from bytes.
 *
 * The rule: a pointer leads back, before the place where the name at hand began, so that every walk ends; and a
 * name has at most 255 bytes, however it is put together.
 */
import { malformedAnswer } from './dns-failure.ts'

/** A name as labels with their lengths, ended by the root. Undefined: a label is empty or longer than 63, or all longer than 255. */
export function encodeName(name: string): Uint8Array | undefined {
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.')
  const length = labels.reduce((sum, label) => sum + label.length + 1, 1)
  // eslint-disable-next-line no-control-regex
  const isSound = labels.every((label) => /^[\x00-\x7f]{1,63}$/.test(label))
  if (!isSound || length > MAX_NAME) return undefined
  const bytes = new Uint8Array(length)
  let at = 0
  for (const label of labels) {
    bytes[at++] = label.length
    for (let i = 0; i < label.length; i += 1) bytes[at++] = label.charCodeAt(i)
  }
  return bytes
}

/** A name in a message, and where what follows it begins. */
export interface ReadName {
  /** In lower case (RFC 4343), without the dot of the root; odd bytes as `\DDD` (RFC 1035 5.1), so that names are equal when their texts are. */
  readonly name: string
  readonly end: number
}

/** Reads the name at `start`. Throws the error of a malformed answer. */
export function readName(message: Uint8Array, start: number): ReadName {
  const labels: string[] = []
  let at = start
  let before = start
  let end: number | undefined
  let length = 1
  for (;;) {
    const count = message[at]
    if (count === undefined) throw malformedAnswer('it ends within a name')
    if (count === 0) return { name: labels.join('.'), end: end ?? at + 1 }
    if ((count & POINTER) === POINTER) {
      const low = message[at + 1]
      if (low === undefined) throw malformedAnswer('it ends within a name')
      const target = (count & ~POINTER) * 256 + low
      if (target >= before) throw malformedAnswer('a name in it points forward, or at itself')
      end ??= at + 2
      at = before = target
      continue
    }
    if ((count & POINTER) !== 0) throw malformedAnswer('a label in it is of an unknown kind')
    length += count + 1
    if (length > MAX_NAME) throw malformedAnswer('a name in it is longer than 255 bytes')
    if (at + 1 + count > message.length) throw malformedAnswer('it ends within a name')
    labels.push(textOf(message.subarray(at + 1, at + 1 + count)))
    at += count + 1
  }
}

const POINTER = 0xc0
const MAX_NAME = 255

function textOf(label: Uint8Array): string {
  let text = ''
  for (const byte of label) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c
    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
  }
  return text.toLowerCase()
}
