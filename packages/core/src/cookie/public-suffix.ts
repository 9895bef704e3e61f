/**
 * The Public Suffix List (publicsuffix.org), by `tldts`, which brings its data along.
 *
 * The rule: names come canonical (`canonicalHost`), the private part of the list counts, and a name of one label
 * that is in no list is a suffix.
 */
import { getPublicSuffix } from 'tldts'

/** Whether anybody can have a name below `host`. */
export function isPublicSuffix(host: string): boolean {
  return getPublicSuffix(host, SETTINGS) === host
}

const SETTINGS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const
