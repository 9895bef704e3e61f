/** A certificate as text, in the manner of curl's `%{certs}`: what it says, and itself in PEM. */
import { X509Certificate } from 'node:crypto'

/** `der`: one certificate. */
export function certificateText(der: Uint8Array): string {
  const certificate = new X509Certificate(der)
  const lines = [
    ['Subject', oneLine(certificate.subject)],
    ['Issuer', oneLine(certificate.issuer)],
    ['Serial Number', certificate.serialNumber.toLowerCase()],
    ['Start date', certificate.validFrom],
    ['Expire date', certificate.validTo],
    ['Cert', certificate.toString()],
  ]
  return lines.map(([name, value]) => `${name}:${value}`).join('\n')
}

function oneLine(name: string): string {
  return name
    .split('\n')
    .map((part) => part.replace('=', ' = '))
    .join(', ')
}
