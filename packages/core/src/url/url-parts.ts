/**
 * `UrlParts`: a URL taken apart, as plain data, and the flags that say how (libcurl: CURLUPART_ and CURLU_).
 *
 * The rule: parts stand as they are written in a URL, percent-encoded where they were; the host alone is
 * decoded, in lower case, and beside it stands the form that is looked up.
 */

/** The names of parts (libcurl: CURLUPART_). */
export type UrlPart =
  | 'url'
  | 'scheme'
  | 'user'
  | 'password'
  | 'options'
  | 'host'
  | 'zoneid'
  | 'port'
  | 'path'
  | 'query'
  | 'fragment'

/** A URL taken apart. */
export interface UrlParts {
  /** Lower case; empty only between the setting of single parts. */
  readonly scheme: string
  /** Whether the scheme was not written, but guessed from the host name. */
  readonly isGuessed: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  /** What follows ";" in the login of imap, pop3 and smtp. */
  readonly options: string | undefined
  /** Lower case, as it was written otherwise; an IPv6 address without brackets and zone. */
  readonly host: string
  /** The host as it is looked up: in punycode where it was not ASCII. */
  readonly asciiHost: string
  /** The zone of an IPv6 address (RFC 6874), without "%". */
  readonly zoneId: string | undefined
  readonly port: number | undefined
  /** At least `/`. */
  readonly path: string
  /** Without "?". Empty: there is a "?" and nothing behind it. */
  readonly query: string | undefined
  /** Without "#". */
  readonly fragment: string | undefined
}

/** How a URL or a part of one is read (libcurl: CURLU_). */
export interface UrlSetFlags {
  /** Takes schemes that are not in the table, too. */
  readonly nonSupportScheme?: boolean | undefined
  /** Encodes what a part may not hold; in a whole URL blanks and what is not ASCII. */
  readonly urlencode?: boolean | undefined
  /** Without a scheme it is this one; `true`: https. Goes before `guessScheme`. */
  readonly defaultScheme?: boolean | string | undefined
  /** Without a scheme it follows from the first label of the host: ftp., dict., ldap., imap., smtp., pop3.; else http. */
  readonly guessScheme?: boolean | undefined
  /** Takes URLs without a host. */
  readonly noAuthority?: boolean | undefined
  /** Leaves `.` and `..` in the path. */
  readonly pathAsIs?: boolean | undefined
  /** Takes blanks, but not in scheme and host. */
  readonly allowSpace?: boolean | undefined
  /** Refuses a URL with user or password. */
  readonly disallowUser?: boolean | undefined
  /** Adds to the query, rather than replacing it. */
  readonly appendQuery?: boolean | undefined
}

/** How a part is given out (libcurl: CURLU_). */
export interface UrlGetFlags {
  /** The port that the scheme implies, where none is written. */
  readonly defaultPort?: boolean | undefined
  /** No port that the scheme implies. */
  readonly noDefaultPort?: boolean | undefined
  /** The scheme https where there is none. */
  readonly defaultScheme?: boolean | undefined
  /** No scheme that was only guessed. */
  readonly noGuessScheme?: boolean | undefined
  /** Percent-decoded, a query with "+" as a blank. Not for scheme, port and the whole URL. */
  readonly urldecode?: boolean | undefined
  /** The host of the whole URL percent-encoded. */
  readonly urlencode?: boolean | undefined
  /** The host in its ASCII form. */
  readonly punycode?: boolean | undefined
  /** The host in its Unicode form. */
  readonly puny2idn?: boolean | undefined
  /** Empty queries and fragments as "", and with their "?" and "#" in the whole URL. */
  readonly getEmpty?: boolean | undefined
}
