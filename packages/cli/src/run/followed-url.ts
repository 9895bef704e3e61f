/**
 * Where a URL and the Location fields that answered it lead, with login and fragment, which `-w %{url_effective}` shows.
 * Pure.
 */
import { CurlUrl, isTransferError } from '@trunkline/core'

/** The last URL as curl writes it; undefined: one of them is none. */
export function followed(url: string, locations: readonly string[]): string | undefined {
  try {
    const at = new CurlUrl()
    at.set('url', url, { guessScheme: true, nonSupportScheme: true, urlencode: true, allowSpace: true })
    for (const location of locations) at.set('url', location, { urlencode: true, allowSpace: true })
    return at.get('url')
  } catch (error) {
    if (isTransferError(error)) return undefined
    throw error
  }
}

/** The same as the engine tells it: without login and fragment. */
export function withoutSecrets(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#@]*@/i, '$1').replace(/#.*$/s, '')
}
