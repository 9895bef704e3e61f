/**
 * The Public Suffix List (publicsuffix.org), by `tldts`, which brings its data along.
 *
 * The rule: it is loaded when the first cookie engine needs it, because that takes 60 ms and 4 MB (Node 20), which
 * others should not pay. Names come canonical (`canonicalHost`), the private part of the list counts, and a name of
 * one label that is in no list is a suffix.
 */
import { invariant } from '../base/invariant.ts'

type SuffixOf = (typeof import('tldts'))['getPublicSuffix']

/** Of this thread, as all that is imported. */
let suffixOf: SuffixOf | undefined

/** Whether `isPublicSuffix` may be asked. */
export function hasPublicSuffixes(): boolean {
  return suffixOf !== undefined
}

/** Loads the list; a second time does nothing. */
export async function loadPublicSuffixes(): Promise<void> {
  suffixOf ??= (await import('tldts')).getPublicSuffix
}

/** Whether anybody can have a name below `host`. The list must have been loaded. */
export function isPublicSuffix(host: string): boolean {
  invariant(suffixOf !== undefined, 'the public suffixes are loaded before the first cookie')
  return suffixOf(host, SETTINGS) === host
}

const SETTINGS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const
