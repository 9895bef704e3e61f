/**
 * The values of flags: numbers, times, sizes, rates and ports, as curl writes them. Pure.
 *
 * The rule: what is not wholly understood is refused in curl's words; nothing is rounded into bounds unseen.
 */
import { optionRow, type OptionName } from './flag-row.ts'
import { BAD_USE, Refusal } from './refusal.ts'

/** A flag's value in the unit and within the bounds of its option's row. */
export function optionValue(option: OptionName, value: string): string | number {
  const row = optionRow(option)
  if (row.kind === 'text' || row.kind === 'proxy') return value
  const isMs = row.kind === 'duration' && option === 'happyEyeballsTimeoutMs'
  const number = row.kind === 'duration' && !isMs ? seconds(value) * 1_000 : wholeNumber(value)
  if (number > (row.max ?? Number.MAX_SAFE_INTEGER)) throw tooLarge()
  return number
}

/** Digits only. */
export function wholeNumber(value: string, most = Number.MAX_SAFE_INTEGER): number {
  if (/^-\d+$/.test(value)) throw Refusal.ofArgument('expected a positive numerical parameter')
  if (!/^\d+$/.test(value)) throw Refusal.ofArgument('expected a proper numerical parameter')
  const number = Number(value)
  if (number > most) throw tooLarge()
  return number
}

/** Octal digits, as in a file's mode. */
export function octalNumber(value: string, most: number): number {
  if (!/^[0-7]+$/.test(value)) throw Refusal.ofArgument('expected a proper numerical parameter')
  const number = Number.parseInt(value, 8)
  if (number > most) throw tooLarge()
  return number
}

/** `1`, `1.5`: seconds. curl reads no further than it understands: `5s` is 5. */
export function seconds(value: string): number {
  const [number] = /^\d+(?:\.\d+|(?!\.))/.exec(value) ?? []
  if (number === undefined) throw Refusal.ofArgument('expected a proper numerical parameter')
  if (Number(number) >= MOST_SECONDS) throw Refusal.ofArgument('expected a proper numerical parameter')
  return Number(number)
}

/** curl counts milliseconds in 64 bits. */
const MOST_SECONDS = 2 ** 63 / 1_000

/** `512`, `64K`, `1.5M`, `1G`, `1T`, `1P`: powers of 1024; a fraction needs its unit. */
export function byteCount(value: string): number {
  const [, digits, point, fraction, unit] = /^(\d+)(\.)?(\d*)([bkmgtp]?)$/i.exec(value) ?? []
  if (!/^\d/.test(value) || /^\d+\.(?!\d)/.test(value))
    throw Refusal.ofArgument('expected a proper numerical parameter')
  if (digits === undefined || (point !== undefined && unit === '')) throw Refusal.ofArgument(BAD_USE)
  const size = 1024 ** 'bkmgtp'.indexOf((unit ?? '').toLowerCase() || 'b')
  const count = Math.floor(Number(`${digits}.${fraction ?? ''}`) * size)
  if (count > Number.MAX_SAFE_INTEGER) throw tooLarge()
  return count
}

/** `--rate`: `2/s`, `10/m`, `5/2h`; milliseconds from one transfer's begin to the next. */
export function msPerTransfer(value: string): number {
  const [, count = '', slash, units = '', unit = ''] = /^([^/]*)(\/)?(\d*)(.*)$/s.exec(value)!
  if (count.length > 25) throw tooLarge()
  const transfers = wholeNumber(count)
  if (transfers < 1) throw Refusal.ofArgument(BAD_USE)
  const unitMs = slash === undefined ? UNIT_MS.h : UNIT_MS[unit.slice(0, 1) as keyof typeof UNIT_MS]
  if (unitMs === undefined) throw Refusal.ofArgument(BAD_USE, { error: 'unsupported --rate unit' })
  const spanMs = unitMs * (units === '' ? 1 : Number(units))
  if (spanMs > Number.MAX_SAFE_INTEGER)
    throw Refusal.ofArgument('too large number', { error: 'too large --rate unit' })
  if (transfers > spanMs) throw tooLarge()
  return Math.floor(spanMs / transfers)
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `--local-port`: one port, or the first and last of several. */
export function portRange(value: string): { readonly localPort: number; readonly localPortRange: number } {
  const match = /^(\d+)(?:[ \t]?-[ \t]?(\d+))?$/.exec(value)
  const first = Number(match?.[1] ?? Number.NaN)
  const last = Number(match?.[2] ?? first)
  if (!(first <= 65_535 && last <= 65_535 && first <= last)) throw Refusal.ofArgument(BAD_USE)
  return { localPort: first, localPortRange: last - first + 1 }
}

/** `certificate[:password]`, where `\:` and `\\` are plain; nothing is taken apart in a PKCS#11 URI. */
export function certificateAndPassword(value: string): {
  readonly file: string
  readonly password: string | undefined
} {
  if (/^pkcs11:/i.test(value)) return { file: value, password: undefined }
  const [, file = '', password] = /^((?:\\[^]|[^\\:]|\\$)*)(?::([^]*))?$/.exec(value)!
  return { file: file.replace(/\\([\\:])/g, '$1'), password: password === '' ? undefined : password }
}

function tooLarge(): Refusal {
  return Refusal.ofArgument('too large number')
}
