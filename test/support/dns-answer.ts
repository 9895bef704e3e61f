/** DNS answers for tests, put together by hand, with names compressed as servers do: the first is pointed at. */

export interface DnsRecordWish {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT'
  readonly ttlS: number
  /** Default 1, the internet. */
  readonly class?: number
  readonly data?: readonly number[]
  /** Of a CNAME. */
  readonly target?: string
}

export interface DnsAnswerTwist {
  readonly id?: number
  /** Default: an answer of a server that recurses. */
  readonly flags?: number
  readonly rcode?: number
}

const TYPES = { A: 1, AAAA: 28, CNAME: 5, TXT: 16 } as const

/** The answer to a question for `name` and `type`. */
export function dnsAnswer(
  name: string,
  type: 'A' | 'AAAA',
  records: readonly DnsRecordWish[],
  { id = 0, flags = 0x8180, rcode = 0 }: DnsAnswerTwist = {},
): Uint8Array {
  const word = (value: number): number[] => [value >> 8, value & 0xff]
  const message = [...word(id), ...word(flags | rcode), 0, 1, ...word(records.length), 0, 0, 0, 0]
  message.push(...labels(name), ...word(TYPES[type]), 0, 1)
  for (const record of records) {
    const owner = record.name.toLowerCase() === name.toLowerCase() ? [0xc0, 12] : labels(record.name)
    const data = record.target === undefined ? (record.data ?? []) : labels(record.target)
    message.push(...owner, ...word(TYPES[record.type]), ...word(record.class ?? 1))
    message.push(...word(record.ttlS >>> 16), ...word(record.ttlS & 0xffff), ...word(data.length), ...data)
  }
  return Uint8Array.from(message)
}

/** The name and type of a question. */
export function dnsQuestion(message: Uint8Array): { readonly name: string; readonly type: 'A' | 'AAAA' } {
  const names: string[] = []
  let at = 12
  for (let length = message[at]!; length > 0; length = message[at]!) {
    names.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + length)))
    at += length + 1
  }
  return { name: names.join('.'), type: message[at + 2] === TYPES.A ? 'A' : 'AAAA' }
}

function labels(name: string): number[] {
  return [
    ...name.split('.').flatMap((label) => [label.length, ...Array.from(label, (char) => char.charCodeAt(0))]),
    0,
  ]
}
