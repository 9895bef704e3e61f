/** Addresses in text as bytes, and back. */

/** Four or sixteen bytes; undefined when the text is no address. IPv6 may stand in brackets, and have a zone, which is left out. */
export function addressBytes(text: string): Uint8Array | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (v4 !== null) {
    const bytes = v4.slice(1).map(Number)
    return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined
  }
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%[^%]*$/, '')
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return undefined
  // The parser writes it in one form only: at most one "::", no dotted end.
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::')
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return Uint8Array.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]))
}

/** Whether the first `bits` bits are the same. Addresses of different families never are. */
export function sharePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  if (a.length !== b.length) return false
  const whole = bits >> 3
  for (let at = 0; at < whole; at += 1) if (a[at] !== b[at]) return false
  const shift = 8 - (bits & 7)
  return shift === 8 || a[whole]! >> shift === b[whole]! >> shift
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
