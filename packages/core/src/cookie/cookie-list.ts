/**
 * What a value of the option `cookieList` asks for, as pure data.
 *
 * The rule: the four words are commands in any case; everything else is a cookie.
 */

export type CookieListEntry =
  /** `ALL`: forget all cookies. */
  | { readonly is: 'clear' }
  /** `SESS`: forget the session cookies. */
  | { readonly is: 'clear-session' }
  /** `FLUSH`: write the cookie jar's file now. */
  | { readonly is: 'flush' }
  /** `RELOAD`: read the cookie files once more. */
  | { readonly is: 'reload' }
  /** A cookie, for `CookieJar.addLine`. */
  | { readonly is: 'line'; readonly line: string }

/** Reads one value of the option. */
export function parseCookieList(text: string): CookieListEntry {
  return COMMANDS[text.toUpperCase()] ?? { is: 'line', line: text }
}

const COMMANDS: Readonly<Record<string, CookieListEntry | undefined>> = Object.assign(Object.create(null), {
  ALL: { is: 'clear' },
  SESS: { is: 'clear-session' },
  FLUSH: { is: 'flush' },
  RELOAD: { is: 'reload' },
})
