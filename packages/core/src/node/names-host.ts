/**
 * Whether a certificate names a host, by Node's own check, with the one thing put right that it allows.
 *
 * The rule: a wildcard is the whole of the first label (RFC 9525 6.3). Node also takes one for a part of it, so that
 * `x*.bank.test` would be good for `xn--...` names of others (CVE-2023-28321), and `w*.bank.test` for `www.bank.test`.
 */
import { checkServerIdentity, type PeerCertificate } from 'node:tls'

/** Undefined: it does. */
export function nameMismatch(host: string, certificate: PeerCertificate): Error | undefined {
  const { subject, subjectaltname } = certificate
  const name: unknown = subject?.CN
  if (subjectaltname?.includes('*') !== true && !String(name).includes('*'))
    return checkServerIdentity(host, certificate)
  return checkServerIdentity(host, {
    ...certificate,
    ...(subjectaltname === undefined
      ? {}
      : { subjectaltname: subjectaltname.split(', ').map(withoutPartial).join(', ') }),
    ...(typeof name === 'string' ? { subject: { ...subject, CN: withoutPartial(name) } } : {}),
  })
}

/** Makes of a name with a wildcard elsewhere one that no host has; names in quotes have none that matters. */
function withoutPartial(entry: string): string {
  return PARTIAL.test(entry.replace(/^DNS:/, '')) ? entry.replaceAll('*', '?') : entry
}

/** A star that is not all of the first label. */
const PARTIAL = /^(?:\*\.)?[^"*]+\*|^\*(?!\.)/
