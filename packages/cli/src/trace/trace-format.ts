/**
 * What `-v`, `--trace` and `--trace-ascii` look like, line by line, in curl's format. Pure.
 *
 * The rule: bytes are shown, never sent to a terminal: what is not printable ASCII is a dot in a dump.
 */

/** What is told of: a note, or bytes that moved. */
export type TraceKind = 'info' | 'sent-head' | 'received-head' | 'sent-data' | 'received-data'

const TITLES: Readonly<Record<Exclude<TraceKind, 'info'>, string>> = {
  'sent-head': '=> Send header',
  'received-head': '<= Recv header',
  'sent-data': '=> Send data',
  'received-data': '<= Recv data',
}

const HEX_WIDTH = 16
const TEXT_WIDTH = 64

/** Bytes as a dump: offsets, with or without hex digits. Ends with a line end. */
export function dump(kind: Exclude<TraceKind, 'info'>, bytes: Uint8Array, isHex: boolean): string {
  const count = bytes.length
  let text = `${TITLES[kind]}, ${count} bytes (0x${count.toString(16)})\n`
  for (let at = 0; at < count;) {
    const { to, next } = isHex
      ? { to: Math.min(at + HEX_WIDTH, count), next: at + HEX_WIDTH }
      : textLine(bytes, at)
    const line = bytes.subarray(at, to)
    text += `${at.toString(16).padStart(4, '0')}: ${isHex ? hexOf(line) : ''}${printable(line)}\n`
    at = next
  }
  return text
}

/** Without hex digits a line ends with the text's own line end, which is not shown. */
function textLine(bytes: Uint8Array, at: number): { readonly to: number; readonly next: number } {
  const most = Math.min(at + TEXT_WIDTH, bytes.length)
  for (let to = at; to < most; to += 1)
    if (bytes[to] === 0x0d && bytes[to + 1] === 0x0a) return { to, next: to + 2 }
  return bytes[most] === 0x0d && bytes[most + 1] === 0x0a
    ? { to: most, next: most + 2 }
    : { to: most, next: most }
}

function hexOf(line: Uint8Array): string {
  return Array.from({ length: HEX_WIDTH }, (_, at) =>
    at < line.length ? `${line[at]!.toString(16).padStart(2, '0')} ` : '   ',
  ).join('')
}

function printable(line: Uint8Array): string {
  return Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
}

/** The lines of a head, each with its line end; the last is the empty one. Latin-1. */
export function headLines(head: string): string[] {
  return head.split(/(?<=\n)/)
}

/** `12:34:56.123456 ` */
export function timeText(date: Date): string {
  const part = (value: number, width = 2): string => String(value).padStart(width, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => part(value)).join(':')
  return `${time}.${part(date.getMilliseconds() * 1_000, 6)} `
}

/** `[3-0] `: the transfer and its connection; "x" for none. */
export function idsText(transfer: number | undefined, connection: number | undefined): string {
  const text = (id: number | undefined): string => (id === undefined || id < 0 ? 'x' : String(id))
  return transfer === undefined ? '' : `[${text(transfer)}-${text(connection)}] `
}
