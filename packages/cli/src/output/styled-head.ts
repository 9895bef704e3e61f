/**
 * A head as a terminal shows it: names in bold, and where Location leads as a link (OSC 8), in curl's way. Pure.
 */
import { CurlUrl } from '@trunkline/core'

const BOLD = '\u001b[1m'
/** All off: the code for bold alone is not known everywhere. */
const BOLD_OFF = '\u001b[0m'
const LINK = '\u001b]8;;'
const LINK_END = '\u001b\\'

/** Schemes that a click may lead to. */
const SAFE: ReadonlySet<string> = new Set(['http', 'https', 'ftp', 'ftps'])

/** `head`: Latin-1, line by line. `url`: what Location is relative to. */
export function styledHead(head: string, url: string): string {
  return head.replaceAll(/^([^:\r\n]+):([^\n]*\n?)/gm, (_, name: string, rest: string) => {
    const target = name.toLowerCase() === 'location' ? linkOf(rest.trim(), url) : undefined
    const value = target === undefined ? rest : `${LINK}${target}${LINK_END}${rest}${LINK}${LINK_END}`
    return `${BOLD}${name}${BOLD_OFF}:${value}`
  })
}

/** Undefined: it leads nowhere, or nowhere safe. */
function linkOf(location: string, url: string): string | undefined {
  try {
    const target = new CurlUrl(url)
    const written = location.replaceAll(/[ \x80-\xff]/g, encodeByte)
    target.set('url', written, { nonSupportScheme: true })
    return SAFE.has(target.get('scheme')!) ? target.get('url') : undefined
  } catch {
    return undefined
  }
}

function encodeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}
