/**
 * A config file (`-K`, `.curlrc`) as the arguments it stands for, in curl's syntax. Pure.
 *
 * The rule: one line is one flag, with or without its dashes, and perhaps a value behind blanks, "=" or ":"; after
 * dashes "=" and ":" belong to the flag. A value with blanks stands in double quotes.
 */

/** A line that says something. */
export interface ConfigLine {
  /** Its number among the lines that say something, from 1. */
  readonly number: number
  /** The flag as it stands there. */
  readonly flag: string
  /** Undefined: none. */
  readonly value: string | undefined
  /** Something follows the value that was not quoted. */
  readonly hasRest: boolean
  /** It begins with a single quote, which means nothing. */
  readonly hasSingleQuote: boolean
}

/** The lines of a file; comments and empty lines are left out. A quote that has no end ends with its line. */
export function readConfig(text: string): ConfigLine[] {
  const lines: ConfigLine[] = []
  for (const line of text.split('\n')) {
    const [, flag = '', after = ''] = (/^[ \t]*-/.test(line) ? DASHED : BARE).exec(line)!
    if (flag === '' || flag.startsWith('#')) continue
    const quoted = after.startsWith('"')
    const [, value = '', rest = ''] = (quoted ? /^"((?:\\[^]|[^\\"])*)"?([^]*)$/ : /^(\S*)(.*)$/s).exec(
      after,
    )!
    lines.push({
      number: lines.length + 1,
      flag,
      value: quoted ? unescaped(value) : value === '' ? undefined : value,
      hasRest: !quoted && !/^\s*(#.*)?$/s.test(rest),
      hasSingleQuote: after.startsWith("'"),
    })
  }
  return lines
}

/** Blanks, the flag, what separates it from its value, and the value. */
const DASHED = /^[ \t]*([^ \t\r]*)[ \t]*([^]*)$/
const BARE = /^[ \t]*([^ \t\r=:]*)[ \t=:]*([^]*)$/

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v' }

function unescaped(text: string): string {
  return text.replace(/\\([^])/g, (_, char: string) => ESCAPED[char] ?? char)
}

/** Where `.curlrc` may be, first choice first, by the environment. */
export function configPlaces(env: Readonly<Record<string, string | undefined>>): string[] {
  const { CURL_HOME: own = '', XDG_CONFIG_HOME: xdg, HOME: home = '' } = env
  const places = [
    [own, '.curlrc'],
    [xdg ?? '', 'curlrc'],
    [home, '.curlrc'],
    // Only without XDG_CONFIG_HOME, which says where .config is.
    ...(xdg === undefined ? [[own, '.config/curlrc'] as const, [home, '.config/curlrc'] as const] : []),
  ] as const
  return places.filter(([folder]) => folder !== '').map(([folder, name]) => `${folder}/${name}`)
}
