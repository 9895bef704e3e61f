/**
 * Whose entry of a netrc file counts for a host, and what beats it.
 *
 * The rule: user and password come from one entry, for this host, found anew for each host. Nothing of an entry,
 * a URL or a lookup before it is filled in (CVE-2024-11053, CVE-2025-0167, CVE-2026-8926).
 */
import type { Credentials } from './credentials.ts'
import type { NetrcEntry } from './netrc.ts'

/**
 * The entry's credentials for `host`, whose name compares without case; undefined when there is none.
 *
 * With `user`, only entries of that login (with case) or of none count, the first in the file first: one without
 * a login gives its password to any user. Without `user`, the first entry with a password counts, then the first
 * with a login alone; `default` only after all entries that name the host. An entry with neither says nothing.
 */
export function lookupNetrc(
  entries: readonly NetrcEntry[],
  host: string,
  user?: string,
): Credentials | undefined {
  const wanted = host.toLowerCase()
  const named = entries.filter((entry) => entry.machine?.toLowerCase() === wanted)
  const others = entries.filter((entry) => entry.machine === undefined)
  return pick(named, user) ?? pick(others, user)
}

function pick(entries: readonly NetrcEntry[], user: string | undefined): Credentials | undefined {
  const fitting = entries.filter(({ login, password }) =>
    user === undefined
      ? login !== undefined || password !== undefined
      : login === user || (login === undefined && password !== undefined),
  )
  const found = fitting.find((entry) => entry.password !== undefined) ?? fitting[0]
  return found && { user: user ?? found.login ?? '', password: found.password ?? '' }
}

/** Where credentials can come from. */
export interface CredentialSources {
  /** Of the options; it beats everything else. */
  readonly option: Partial<Credentials> | undefined
  /** Of the URL, percent-decoded; a part is undefined when the URL does not have it. */
  readonly url: Partial<Credentials>
  /** CURL_NETRC_IGNORED, OPTIONAL, REQUIRED. */
  readonly netrc: 'ignored' | 'optional' | 'required'
  readonly entries: readonly NetrcEntry[]
  readonly host: string
}

/**
 * The credentials for a host. An option's user goes first. `required`: the file alone, whatever the URL says;
 * `optional`: a URL with user and password beats the file, one with a user finds its password there. A password
 * without a user is a user of no name, as curl has it.
 */
export function resolveCredentials({
  option,
  url,
  netrc,
  entries,
  host,
}: CredentialSources): Credentials | undefined {
  if (option?.user !== undefined) return { user: option.user, password: option.password ?? '' }
  if (netrc === 'required') return lookupNetrc(entries, host)
  const { user, password } = url
  if (netrc === 'optional' && password === undefined) {
    const found = lookupNetrc(entries, host, user)
    if (found !== undefined) return found
  }
  return user === undefined && password === undefined
    ? undefined
    : { user: user ?? '', password: password ?? '' }
}
