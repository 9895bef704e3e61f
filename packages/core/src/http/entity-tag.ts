/**
 * Entity tags (RFC 9110 section 8.8.3): read from a response, and compared. Pure.
 *
 * The rule: what is no entity tag is none: it would be sent back as a condition that means something else.
 */
import type { Fields } from './fields.ts'

/** The ETag of a response as it stands there, `"xyz"` or `W/"xyz"`; undefined: none, or one that is none. */
export function entityTag(fields: Fields): string | undefined {
  const text = fields.first('etag')
  return text !== undefined && isEntityTag(text) ? text : undefined
}

/** `[ "W/" ] DQUOTE *etagc DQUOTE` */
export function isEntityTag(text: string): boolean {
  return /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(text)
}

/**
 * Whether two tags are of the same representation: `weak`, as If-None-Match compares, or `strong`, as ranges and
 * If-Match do (RFC 9110 8.8.3.2).
 */
export function sameEntityTag(one: string, other: string, how: 'weak' | 'strong'): boolean {
  if (how === 'strong') return one === other && isEntityTag(one) && !one.startsWith('W/')
  return isEntityTag(one) && isEntityTag(other) && opaque(one) === opaque(other)
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
