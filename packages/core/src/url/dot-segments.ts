/** Takes `.` and `..` out of a path (RFC 3986 section 5.2.4), also where they are written `%2e`, as browsers and curl do. */

/** The path without dot segments; it never leads above its root. `path` begins with `/`. */
export function removeDotSegments(path: string): string {
  // Most paths have none, which this finds out at once.
  if (!/\/(?:\.|%2e)/i.test(path)) return path
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (isDouble(segment)) {
      kept.pop()
      if (isLast) kept.push('')
    } else if (isSingle(segment)) {
      if (isLast) kept.push('')
    } else kept.push(segment)
  }
  return `/${kept.join('/')}`
}

function isSingle(segment: string): boolean {
  return /^(?:\.|%2e)$/i.test(segment)
}

function isDouble(segment: string): boolean {
  return /^(?:\.|%2e){2}$/i.test(segment)
}
