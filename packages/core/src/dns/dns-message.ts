/**
 * DNS messages as far as addresses need them (RFC 1035 section 4, RFC 3596): one question out, its answer in.
 *
 * The rule: an address counts when it belongs to the name that was asked for, or to one that its aliases (CNAME)
 * lead to; whatever else stands in an answer is stepped over. Numbers in a message are believed only as far as
 * the message reaches.
 */
import type { ResolvedAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { malformedAnswer } from './dns-failure.ts'
import { encodeName, readName } from './dns-name.ts'

/** A kind of address. */
export type AddressType = 'A' | 'AAAA'

/** What was found. */
export interface DnsAnswer {
  /** None: the name has none of this type, or does not exist. */
  readonly addresses: readonly ResolvedAddress[]
  /** False: there is no such name at all (NXDOMAIN). */
  readonly exists: boolean
}

/**
 * A question for the addresses of a name: recursion wanted, and the id 0 that lets HTTP caches serve it (RFC 8484
 * 4.1). COULDNT_RESOLVE_HOST for what is no name.
 */
export function writeQuestion(name: string, type: AddressType): Uint8Array {
  const encoded = encodeName(name)
  if (encoded === undefined) {
    throw new TransferError(
      'COULDNT_RESOLVE_HOST',
      `${JSON.stringify(name.slice(0, 260))} cannot be asked for: labels have 1 to 63 characters, names 253 (RFC 1035 3.1)`,
      { host: name },
      { phase: 'resolve' },
    )
  }
  const message = new Uint8Array(HEADER + encoded.length + 4)
  message[2] = RECURSION_DESIRED
  message[5] = 1 // One question.
  message.set(encoded, HEADER)
  message.set([0, TYPES[type], 0, CLASS_IN], HEADER + encoded.length)
  return message
}

/** The answer to `writeQuestion` with the same arguments. COULDNT_RESOLVE_HOST when it is none, or a failure. */
export function readAnswer(message: Uint8Array, name: string, type: AddressType): DnsAnswer {
  const rcode = readHeader(message)
  const asked = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
  const records = readRecords(message, skipQuestion(message, asked, type))
  if (rcode === NXDOMAIN) return { addresses: [], exists: false }
  if (rcode !== 0) throw failedAnswer(name, rcode)
  const { owners, ttlS } = followAliases(records, asked)
  const addresses: ResolvedAddress[] = []
  for (const record of records) {
    if (record.type !== TYPES[type] || !owners.has(record.owner)) continue
    if (addresses.length === LIMITS.dnsAddresses) break
    addresses.push({
      address: type === 'A' ? ipv4Text(record.data) : ipv6Text(record.data),
      family: type === 'A' ? 4 : 6,
      ttlMs: Math.min(record.ttlS, ttlS) * 1_000,
    })
  }
  return { addresses, exists: true }
}

interface DnsRecord {
  readonly owner: string
  readonly type: number
  readonly ttlS: number
  /** Of a CNAME: the name it stands for. */
  readonly alias: string
  readonly data: Uint8Array
}

const HEADER = 12
const CLASS_IN = 1
const TYPES: Readonly<Record<AddressType, number>> = { A: 1, AAAA: 28 }
const CNAME = 5
const RECURSION_DESIRED = 0x01
const RESPONSE = 0x80
const OPCODE = 0x78
const TRUNCATED = 0x02
const NXDOMAIN = 3

/** Answers the response code (RFC 1035 4.1.1). */
function readHeader(message: Uint8Array): number {
  if (message.length < HEADER) throw malformedAnswer(`it has ${message.length} bytes, less than its header`)
  if (uint16(message, 0) !== 0) throw malformedAnswer('it has another id than the question')
  const [flags, more] = [message[2]!, message[3]!]
  if ((flags & RESPONSE) === 0) throw malformedAnswer('it is a question')
  if ((flags & OPCODE) !== 0) throw malformedAnswer('it answers something else than a query')
  if ((flags & TRUNCATED) !== 0) throw malformedAnswer('it was cut short by the server')
  return more & 0x0f
}

/** Where the records begin. The question is ours, if it is repeated. */
function skipQuestion(message: Uint8Array, asked: string, type: AddressType): number {
  const count = uint16(message, 4)
  if (count > 1) throw malformedAnswer(`it repeats ${count} questions, and there was one`)
  if (count === 0) return HEADER
  const { name, end } = readName(message, HEADER)
  if (end + 4 > message.length) throw malformedAnswer('it ends within the question')
  if (name !== asked || uint16(message, end) !== TYPES[type] || uint16(message, end + 2) !== CLASS_IN)
    throw malformedAnswer('it answers another question')
  return end + 4
}

function readRecords(message: Uint8Array, start: number): DnsRecord[] {
  const records: DnsRecord[] = []
  let at = start
  for (let left = uint16(message, 6); left > 0; left -= 1) {
    const { name: owner, end } = readName(message, at)
    const from = end + 10
    if (from > message.length) throw malformedAnswer('it ends within a record')
    const [type, kind, length] = [uint16(message, end), uint16(message, end + 2), uint16(message, end + 8)]
    at = from + length
    if (at > message.length) throw malformedAnswer('it ends within a record')
    if (kind !== CLASS_IN) continue
    if ((type === TYPES.A && length !== 4) || (type === TYPES.AAAA && length !== 16))
      throw malformedAnswer(`an address in it has ${length} bytes`)
    // RFC 2181 8: what has the highest bit set means 0.
    const ttl = uint16(message, end + 4) * 65_536 + uint16(message, end + 6)
    let alias = ''
    if (type === CNAME) {
      const target = readName(message, from)
      if (target.end !== at) throw malformedAnswer('an alias in it is not as long as it says')
      alias = target.name
    }
    records.push({ owner, type, ttlS: ttl > 0x7fffffff ? 0 : ttl, alias, data: message.subarray(from, at) })
  }
  return records
}

/** The names that stand for the one asked for, and how long all that holds. */
function followAliases(
  records: readonly DnsRecord[],
  asked: string,
): { owners: ReadonlySet<string>; ttlS: number } {
  const owners = new Set([asked])
  let ttlS = Infinity
  let name = asked
  for (;;) {
    const found = records.find(({ type, owner }) => type === CNAME && owner === name)
    if (found === undefined || owners.has(found.alias)) return { owners, ttlS }
    if (owners.size > LIMITS.dnsAliases)
      throw malformedAnswer(`more than ${LIMITS.dnsAliases} aliases lead on from each other`)
    owners.add(found.alias)
    ttlS = Math.min(ttlS, found.ttlS)
    name = found.alias
  }
}

function failedAnswer(name: string, rcode: number): TransferError {
  const code = RCODES[rcode] ?? `code ${rcode}`
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `the name server has no answer for ${name}: ${code}`,
    { host: name, rcode, transient: true },
    { phase: 'resolve' },
  )
}

/** RFC 1035 4.1.1. */
const RCODES: Readonly<Record<number, string>> = {
  1: 'it did not understand the question (FORMERR)',
  2: 'it failed (SERVFAIL)',
  4: 'it does not know such questions (NOTIMP)',
  5: 'it refuses to answer (REFUSED)',
}

function uint16(message: Uint8Array, at: number): number {
  return message[at]! * 256 + message[at + 1]!
}

function ipv4Text(data: Uint8Array): string {
  return data.join('.')
}

/** RFC 5952 section 4: the longest run of zeros, the first of several, is left out. */
function ipv6Text(data: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => uint16(data, 2 * index).toString(16))
  let [start, length] = [-1, 1]
  for (let at = 0; at < 8;) {
    let end = at
    while (groups[end] === '0') end += 1
    if (end - at > length) [start, length] = [at, end - at]
    at = end + 1
  }
  if (start < 0) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}
