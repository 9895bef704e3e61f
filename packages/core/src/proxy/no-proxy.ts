/**
 * Which hosts are reached without the proxy: the list of CURLOPT_NOPROXY and of the variable `no_proxy`.
 *
 * The rule: an entry is a name, which stands for itself and all names below it, an address, or an address with the
 * number of leading bits that count; `*` alone is all hosts. Ports are no part of it.
 */
import { addressBytes, sharePrefix } from './ip-address.ts'

/** Whether `list` (entries between commas) has an entry for `host`: lower case, IPv6 without brackets. */
export function isListed(list: string, host: string): boolean {
  if (list === '*') return true
  const address = addressBytes(host)
  return list
    .split(',')
    .map((entry) => entry.trim())
    .some(
      (entry) =>
        entry !== '' && (address === undefined ? coversName(entry, host) : coversAddress(entry, address)),
    )
}

/** `a.test`, `.a.test` and `a.test.` are the same. */
function coversName(entry: string, host: string): boolean {
  const wanted = entry.replace(/^\./, '').replace(/\.$/, '').toLowerCase()
  const name = host.replace(/\.$/, '')
  return wanted !== '' && (name === wanted || name.endsWith(`.${wanted}`))
}

function coversAddress(entry: string, address: Uint8Array): boolean {
  const slash = entry.indexOf('/')
  const base = addressBytes(slash < 0 ? entry : entry.slice(0, slash))
  if (base === undefined) return false
  const most = base.length * 8
  const digits = slash < 0 ? String(most) : entry.slice(slash + 1)
  const bits = /^\d{1,3}$/.test(digits) ? Number(digits) : Infinity
  return bits <= most && sharePrefix(base, address, bits)
}
