/**
 * `FlagRow`: what is known of one flag of the command.
 *
 * The rule: a row is data. What a flag does stands in it as a value; code is found under a name, in
 * `special-flags.ts` and `reading-flags.ts`.
 */
import { EASY_OPTIONS, type OptionRow } from '@trunkline/core'

/** The name of an option of a handle. */
export type OptionName = keyof typeof EASY_OPTIONS

/** What is on or off for the transfers of one operation. */
export type SwitchName =
  | 'usesGet'
  | 'isJson'
  | 'showsHead'
  | 'headOnly'
  | 'isGlobOff'
  | 'createsDirs'
  | 'skipsExisting'
  | 'removesOnError'
  | 'keepsRemoteTime'
  | 'namesByHeader'
  | 'namesAllByUrl'
  | 'failsWithBody'
  | 'retriesRefused'

/** What is on or off for the whole command. */
export type GlobalSwitch =
  | 'explains'
  | 'printsJsonLines'
  | 'summarizes'
  | 'failsEarly'
  | 'hasMultiProgress'
  | 'hasProgressBar'
  | 'isParallel'
  | 'isSilent'
  | 'isStyled'
  | 'opensAtOnce'
  | 'showsErrors'
  | 'showsProgress'
  | 'tracesIds'
  | 'tracesTime'

/** Values of one operation that are kept as they were given; the last one wins. */
export type SettingName = 'dumpHeader' | 'ipfsGateway' | 'outputDir'

/** The same for the whole command. */
export type GlobalSetting = 'libcurl' | 'sslSessions' | 'stderr'

/** Flags that need code of their own. */
export type SpecialName =
  | 'auth'
  | 'auth-any'
  | 'aws-sigv4'
  | 'cert'
  | 'cert-type'
  | 'clobber'
  | 'continue-at'
  | 'cookie'
  | 'create-file-mode'
  | 'data'
  | 'data-binary'
  | 'data-raw'
  | 'data-urlencode'
  | 'dns-servers'
  | 'doh-insecure'
  | 'etag-compare'
  | 'etag-save'
  | 'fail'
  | 'fail-with-body'
  | 'follow'
  | 'form'
  | 'form-string'
  | 'head'
  | 'header'
  | 'help'
  | 'http-version'
  | 'insecure'
  | 'json'
  | 'keepalive-time'
  | 'limit-rate'
  | 'local-port'
  | 'location'
  | 'location-trusted'
  | 'login'
  | 'manual'
  | 'max-filesize'
  | 'max-redirs'
  | 'next'
  | 'oauth2-bearer'
  | 'out-null'
  | 'output'
  | 'parallel-max'
  | 'progress'
  | 'proto'
  | 'proto-default'
  | 'proto-redir'
  | 'proxy'
  | 'proxy-auth'
  | 'proxy-cert'
  | 'proxy-header'
  | 'proxy-insecure'
  | 'proxy-login'
  | 'proxy1.0'
  | 'range'
  | 'rate'
  | 'raw'
  | 'referer'
  | 'remote-name'
  | 'remove-on-error'
  | 'resolve'
  | 'socks'
  | 'tls-max'
  | 'tls-min'
  | 'trace'
  | 'trace-config'
  | 'upload-file'
  | 'url-query'
  | 'verbose'
  | 'version'
  | 'write-out'

/** Flags that are done only when a file has been read. */
export type ReadingName = 'config' | 'time-cond' | 'url' | 'variable'

/** What a flag does. */
export type FlagEffect =
  /** Sets an option: to `to`, or to the flag's value in the unit of its row. A list grows. */
  | { readonly is: 'option'; readonly option: OptionName; readonly to?: string | boolean }
  | { readonly is: 'switch'; readonly name: SwitchName }
  | { readonly is: 'global-switch'; readonly name: GlobalSwitch }
  | { readonly is: 'setting'; readonly name: SettingName }
  | { readonly is: 'global-setting'; readonly name: GlobalSetting }
  | { readonly is: 'special'; readonly name: SpecialName }
  | { readonly is: 'reading'; readonly name: ReadingName }
  /** Needs nothing to be done. */
  | { readonly is: 'nothing' }
  /** Had a meaning once: curl warns, and goes on. */
  | { readonly is: 'deprecated' }
  /** Known to curl and not here: refused with a sentence instead of being called unknown. */
  | { readonly is: 'refused'; readonly because: string }

/** One flag. */
export interface FlagRow {
  readonly long: string
  readonly short?: string
  /** What its value is called in the help; undefined: it takes none. */
  readonly value?: string
  /** The value names a file: one that looks like a flag is warned of. */
  readonly isFile?: boolean
  /** The file has to be there when the line is read. */
  readonly mustBeThere?: boolean
  /** The value may be a secret. */
  readonly isSecret?: boolean
  /** It cannot be turned off by `--no-`. */
  readonly isOneWay?: boolean
  /** On unless told otherwise: the help shows `--no-`, which is what the short flag means, too. */
  readonly isOnUntold?: boolean
  /** The topics of `--help` that it belongs to, between blanks. */
  readonly in: string
  readonly does: FlagEffect
  /** What the help says; a refused flag has none. */
  readonly summary: string
  /** How it differs from curl's. */
  readonly differs?: string
}

/** The row of an option that a flag sets. */
export function optionRow(option: OptionName): OptionRow {
  return EASY_OPTIONS[option]
}

/** Sets an option of the handle. */
export function sets(option: OptionName, to?: string | boolean): FlagEffect {
  return { is: 'option', option, ...(to === undefined ? {} : { to }) }
}

/** Turns on, or with `--no-` off, for the operation. */
export function turns(name: SwitchName): FlagEffect {
  return { is: 'switch', name }
}

/** The same for the whole command. */
export function turnsAll(name: GlobalSwitch): FlagEffect {
  return { is: 'global-switch', name }
}

/** Keeps the value for the operation. */
export function keeps(name: SettingName): FlagEffect {
  return { is: 'setting', name }
}

/** The same for the whole command. */
export function keepsForAll(name: GlobalSetting): FlagEffect {
  return { is: 'global-setting', name }
}

/** Has code of its own. */
export function special(name: SpecialName): FlagEffect {
  return { is: 'special', name }
}

/** Has code of its own, which reads a file. */
export function reads(name: ReadingName): FlagEffect {
  return { is: 'reading', name }
}

/** Is known, and refused. */
export function refused(because: string): FlagEffect {
  return { is: 'refused', because }
}

export const NOTHING: FlagEffect = { is: 'nothing' }
export const DEPRECATED: FlagEffect = { is: 'deprecated' }
