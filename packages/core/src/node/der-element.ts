/** One element of DER (X.690 section 8.1), found in bytes that OpenSSL has parsed before. Single-byte tags only. */
export interface DerElement {
  readonly tag: number
  readonly contentAt: number
  readonly end: number
}

/** Undefined when the element does not fit into the bytes. */
export function derElement(bytes: Uint8Array, at: number): DerElement | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) return undefined
  let length = first
  let contentAt = at + 2
  if (first & 0x80) {
    length = 0
    for (let left = first & 0x7f; left > 0; left -= 1) length = length * 256 + (bytes[contentAt++] ?? 0)
  }
  const end = contentAt + length
  return end > bytes.length ? undefined : { tag, contentAt, end }
}
