/**
 * Punycode (RFC 3492) to Unicode, for showing names to people.
 *
 * The rule: nothing is looked up or compared by what comes out of here. Which way back is right is decided by
 * whoever maps it forth again.
 */

/** `xn--` labels decoded; undefined when one is broken. */
export function toUnicode(host: string): string | undefined {
  const labels = host.split('.').map((label) => (label.startsWith('xn--') ? decode(label.slice(4)) : label))
  return labels.includes(undefined) ? undefined : labels.join('.')
}

/** RFC 3492 section 6.2, with the parameters of section 5. */
function decode(label: string): string | undefined {
  const dash = label.lastIndexOf('-')
  const points = Array.from(label.slice(0, Math.max(0, dash)), (char) => char.codePointAt(0)!)
  let [code, index, bias] = [128, 0, 72]
  for (let at = dash < 0 ? 0 : dash + 1; at < label.length;) {
    const before = index
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = at < label.length ? digitOf(label.charCodeAt(at)) : BASE
      at += 1
      if (digit >= BASE) return undefined
      index += digit * weight
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX)
      if (digit < threshold) break
      weight *= BASE - threshold
    }
    const count = points.length + 1
    bias = adapt(index - before, count, before === 0)
    code += Math.floor(index / count)
    index %= count
    if (code > 0x10ffff) return undefined
    points.splice(index, 0, code)
    index += 1
  }
  return String.fromCodePoint(...points)
}

const BASE = 36
const T_MIN = 1
const T_MAX = 26

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x16
  return code >= 0x61 && code <= 0x7a ? code - 0x61 : BASE
}

function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / 700) : delta >> 1
  rest += Math.floor(rest / count)
  let k = 0
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN))
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + 38))
}
