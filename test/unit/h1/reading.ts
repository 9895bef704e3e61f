/**
 * Runs an `H1Reader` over text and prints what comes out, a line per event, so that ways of offering the same
 * bytes can be compared.
 *
 * The rule: a view is spoilt as soon as the reader was told to keep its bytes, so a reader that looks into it
 * later is found out.
 */
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import type { H1Event } from '../../../packages/core/src/h1/events.ts'
import { H1Reader } from '../../../packages/core/src/h1/reader.ts'
import type { Fields } from '../../../packages/core/src/http/fields.ts'
import type { BodyFraming } from '../../../packages/core/src/http/framing.ts'

export interface Reading {
  readonly role?: 'client' | 'server'
  /** Methods of the awaited responses; one GET when left out. */
  readonly methods?: readonly string[]
  /** The peer ends after its bytes. */
  readonly ends?: boolean
}

/** What the reader makes of `pieces` (Latin-1 text), each offered and drained in turn. */
export function readPieces(pieces: readonly string[], reading: Reading = {}, plainArrays = false): string[] {
  const reader = new H1Reader(reading.role ?? 'client')
  if (reading.role !== 'server')
    for (const method of reading.methods ?? ['GET']) reader.expectResponse(method)
  const lines = new EventLines()
  try {
    for (const piece of pieces) {
      const view = bytesOf(piece, plainArrays)
      reader.offer(view)
      lines.addAll(reader)
      reader.keep()
      view.fill(0xee)
    }
    if (reading.ends === true) {
      reader.end()
      lines.addAll(reader)
    }
  } catch (error) {
    if (!isTransferError(error)) throw error
    lines.add(`${error.code}: ${error.message}`)
    if (error.phase !== 'receive') lines.add(`the phase is ${error.phase}`)
    return lines.all
  }
  if (reader.unread > 0) lines.add(`unread ${JSON.stringify(textOf(reader.takeRest()))}`)
  else if (!reader.isBetweenMessages) lines.add('inside')
  return lines.all
}

/** `text` as a Buffer, which is what sockets give, or as a plain array. */
export function bytesOf(text: string, plain = false): Uint8Array {
  const buffer = Buffer.from(text, 'latin1')
  return plain ? new Uint8Array(buffer) : buffer
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

export function eventLine(event: H1Event): string {
  switch (event.is) {
    case 'request': {
      const { method, target, version, fields } = event.head
      return `request ${method} ${target} ${version} ${fieldsText(fields)} ${framingText(event.framing)}`
    }
    case 'informational':
    case 'response': {
      const { version, status, reason, fields } = event.head
      const line = `${event.is} ${version} ${status} ${JSON.stringify(reason)} ${fieldsText(fields)}`
      if (event.is === 'informational') return line
      return `${line} ${framingText(event.framing)}${event.suspicious === undefined ? '' : ` (${event.suspicious})`}`
    }
    case 'data':
      return `data ${JSON.stringify(textOf(event.bytes))}`
    case 'end':
      return event.trailers === undefined ? 'end' : `end ${fieldsText(event.trailers)}`
  }
}

class EventLines {
  readonly #lines: string[] = []
  #data = ''

  /** All lines; data that came in several events is one. */
  get all(): string[] {
    this.#flush()
    return this.#lines
  }

  addAll(reader: H1Reader): void {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      if (event.is === 'data') this.#data += textOf(event.bytes)
      else this.add(eventLine(event))
    }
  }

  add(line: string): void {
    this.#flush()
    this.#lines.push(line)
  }

  #flush(): void {
    if (this.#data !== '') this.#lines.push(`data ${JSON.stringify(this.#data)}`)
    this.#data = ''
  }
}

function fieldsText(fields: Fields): string {
  return `[${[...fields].map(([name, value]) => `${name}: ${value}`).join('; ')}]`
}

function framingText(framing: BodyFraming): string {
  return framing.is === 'length' ? `length ${framing.bytes}` : framing.is
}
