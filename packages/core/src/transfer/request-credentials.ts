/** Who the user is for a request, as a pure function. */
import type { Credentials } from '../auth/credentials.ts'
import { resolveCredentials } from '../auth/netrc-lookup.ts'
import type { NetrcEntry } from '../auth/netrc.ts'
import type { ParsedUrl } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import type { RequestStep } from './redirect.ts'

/** Who the user is here: options, URL and netrc file say it in this order, unless the file is required. */
export function planCredentials(
  settings: EasySettings,
  url: ParsedUrl,
  step: RequestStep | undefined,
  netrc: readonly NetrcEntry[] = [],
): Credentials | undefined {
  const { username, password } = settings
  // The credentials of the first URL are those of its origin.
  const own =
    url.username === '' && url.password === '' && step?.isElsewhere === false ? step.credentials : url
  if (username === undefined && password !== undefined && settings.netrc === 'ignored')
    return { user: own.username, password }
  return resolveCredentials({
    option: username === undefined ? undefined : { user: username, password: password ?? own.password },
    url: {
      ...(own.username === '' ? {} : { user: own.username }),
      ...(own.password === '' ? {} : { password: own.password }),
    },
    netrc: settings.netrc,
    entries: netrc,
    host: url.origin.host,
  })
}
