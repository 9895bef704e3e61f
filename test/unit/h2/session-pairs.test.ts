/**
 * A client and a server back to back, over a stream that is cut anywhere: all that is not reset arrives complete
 * and in order, and when all is done both ends are as they were at first.
 */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FRAME, SETTING } from '../../../packages/core/src/h2/protocol.ts'
import type { H2Stream } from '../../../packages/core/src/h2/h2-stream.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { End, framesOf, joined, plainList, preface, settings, type Role } from '../../support/h2-ends.ts'

const CONNECTION = LIMITS.h2ConnectionWindow

/** What a message is made of: sizes of its pieces, and whether trailers follow. */
interface Message {
  readonly pieces: readonly number[]
  readonly hasTrailers: boolean
}

const message: fc.Arbitrary<Message> = fc.record({
  pieces: fc.array(fc.oneof(fc.nat(30), fc.nat(40_000), fc.constant(0), fc.constant(150_000)), {
    maxLength: 5,
  }),
  hasTrailers: fc.boolean(),
})
const side = fc.constantFrom<Role>('client', 'server')

type Step =
  | { readonly is: 'request'; readonly ask: Message; readonly answer: Message }
  | { readonly is: 'carry'; readonly to: Role; readonly count: number }
  | { readonly is: 'pause' | 'resume' | 'reset'; readonly at: Role; readonly which: number }
  | { readonly is: 'window'; readonly of: Role; readonly size: number }
  | { readonly is: 'block' | 'unblock' | 'ping'; readonly at: Role }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant('request' as const), ask: message, answer: message }) },
  {
    weight: 12,
    arbitrary: fc.record({
      is: fc.constant('carry' as const),
      to: side,
      count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.nat(100_000)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constantFrom('pause' as const, 'resume' as const, 'reset' as const),
      at: side,
      which: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('window' as const),
      of: side,
      size: fc.constantFrom(0, 1, 1_000, 65_535, 200_000, LIMITS.h2FirstStreamWindow),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constantFrom('block' as const, 'unblock' as const, 'ping' as const),
      at: side,
    }),
  },
)

/** The bytes of a message: each says where it stands. */
function bodyOf(id: number, role: Role, length: number): Uint8Array {
  const body = new Uint8Array(length)
  const salt = id * 7 + (role === 'client' ? 0 : 101)
  for (let at = 0; at < length; at += 1) body[at] = (at * 31 + (at >>> 8) * 17 + salt) & 0xff
  return body
}

const lengthOf = ({ pieces }: Message): number => pieces.reduce((sum, size) => sum + size, 0)

class Pair {
  readonly ends: Record<Role, End> = {
    client: new End({ role: 'client' }),
    server: new End({ role: 'server' }),
  }
  readonly #wires: Record<Role, Uint8Array[]> = { client: [], server: [] }
  /** By who receives it: DATA, and what was given back on stream 0. */
  readonly counts: Record<Role, { data: number; given: number }> = {
    client: { data: 0, given: 0 },
    server: { data: 0, given: 0 },
  }
  readonly talks: { readonly ask: Message; readonly answer: Message }[] = []
  readonly reset = new Set<number>()
  readonly #senders = new Map<string, () => void>()

  constructor() {
    for (const role of ['client', 'server'] as const) {
      const end = this.ends[role]
      end.session.begin()
      end.hook = (line, stream) => this.#heard(role, line, stream)
    }
  }

  apply(step: Step): void {
    switch (step.is) {
      case 'request':
        this.#request(step.ask, step.answer)
        return
      case 'carry':
        this.carry(step.to, step.count)
        return
      case 'window':
        this.announce(step.of, step.size)
        return
      case 'block':
        this.ends[step.at].session.block()
        return
      case 'unblock':
        this.ends[step.at].session.unblock()
        return
      case 'ping':
        this.ends[step.at].session.ping()
        return
      default:
        this.#touch(step)
    }
  }

  /** Lets `count` bytes through to one end, as one view. */
  carry(to: Role, count: number): number {
    this.#collect()
    const wire = this.#wires[to]
    const all = joined(...wire)
    const taken = Math.min(count, all.length)
    this.#wires[to] = taken === all.length ? [] : [all.subarray(taken)]
    if (taken > 0) this.ends[to].receive(all.slice(0, taken))
    return taken
  }

  announce(role: Role, size: number): void {
    this.#collect()
    this.#wires[other(role)].push(settings([SETTING.INITIAL_WINDOW_SIZE, size]))
  }

  /** Ends all pauses and waits. */
  settle(): void {
    for (const role of ['client', 'server'] as const) {
      this.ends[role].session.unblock()
      this.announce(role, LIMITS.h2FirstStreamWindow)
    }
    for (let moved = 1; moved > 0;) {
      moved = this.carry('server', 50_000) + this.carry('client', 50_000)
      for (const role of ['client', 'server'] as const) {
        // A stream may be over for its table, and not delivered yet.
        for (const stream of this.#all(role)) {
          if (!stream.isPaused) continue
          this.ends[role].session.resume(stream)
          moved += 1
        }
      }
    }
  }

  #collect(): void {
    for (const role of ['client', 'server'] as const) {
      const to = other(role)
      const { session } = this.ends[role]
      for (let out = session.takeOutput(); out.length > 0; out = session.takeOutput()) {
        const bytes = out.slice()
        this.#wires[to].push(bytes)
        const skipped = role === 'client' && bytes[0] === 0x50 && bytes[1] === 0x52 ? preface.length : 0
        for (const { type, streamId, payload } of framesOf(bytes.subarray(skipped))) {
          if (type === FRAME.DATA) this.counts[to].data += payload.length
          if (type === FRAME.WINDOW_UPDATE && streamId === 0)
            this.counts[role].given += new DataView(payload.buffer).getUint32(0)
        }
        session.pump()
      }
    }
  }

  #request(ask: Message, answer: Message): void {
    const { session } = this.ends.client
    if (session.streamCount >= 20) return
    const at = this.talks.push({ ask, answer }) - 1
    const isLast = lengthOf(ask) === 0 && !ask.hasTrailers
    const list = plainList(':method', 'POST', ':scheme', 'https', ':authority', 'a', ':path', `/${at}`)
    const stream = session.request(list, isLast, 'a')
    this.ends.client.streams.set(stream.id, stream)
    if (!isLast) this.#send('client', stream, ask)
  }

  /** Writes piece after piece as the session takes them. */
  #send(role: Role, stream: H2Stream<string>, { pieces, hasTrailers }: Message): void {
    const { session } = this.ends[role]
    const body = bodyOf(
      stream.id,
      role,
      pieces.reduce((sum, size) => sum + size, 0),
    )
    const left = [...pieces]
    let from = 0
    const go = (): void => {
      for (;;) {
        const size = left.shift()
        if (size === undefined) {
          this.#senders.delete(`${role} ${stream.id}`)
          session.end(stream, hasTrailers ? plainList('x-trailer', String(stream.id)) : undefined)
          return
        }
        const takesMore = session.write(stream, body.subarray(from, from + size))
        from += size
        if (!takesMore) return
      }
    }
    this.#senders.set(`${role} ${stream.id}`, go)
    go()
  }

  #heard(role: Role, line: string, stream: H2Stream<string> | undefined): void {
    if (line.startsWith('writable')) this.#senders.get(`${role} ${stream!.id}`)?.()
    if (!line.startsWith('request')) return
    const { session } = this.ends.server
    const { answer } = this.talks[Number(line.split('/')[1]!.split(' ')[0])]!
    this.ends.server.streams.set(stream!.id, stream!)
    if (stream!.id % 3 === 0) session.respond(stream!, plainList(':status', '103'), false)
    session.respond(stream!, plainList(':status', '200', 'content-length', String(lengthOf(answer))), false)
    this.#send('server', stream!, answer)
  }

  #all(role: Role): H2Stream<string>[] {
    return [...this.ends[role].streams.values()]
  }

  #touch(step: {
    readonly is: 'pause' | 'resume' | 'reset'
    readonly at: Role
    readonly which: number
  }): void {
    const all = this.#all(step.at)
    const stream = all[all.length - 1 - step.which]
    if (stream === undefined) return
    const { session } = this.ends[step.at]
    if (step.is === 'reset') this.reset.add(stream.id)
    if (step.is === 'reset') session.reset(stream, 'CANCEL')
    else session[step.is](stream)
  }
}

function other(role: Role): Role {
  return role === 'client' ? 'server' : 'client'
}

test('all that is not reset arrives complete and in order; nothing is left behind', () => {
  let whole = 0
  let resets = 0
  fc.assert(
    fc.property(fc.array(someStep, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const pair = new Pair()
      for (const one of steps) pair.apply(one)
      pair.settle()

      for (const role of ['client', 'server'] as const) {
        const end = pair.ends[role]
        expect(end.lines.filter((line) => /^(broken|going)/.test(line))).toEqual([])
        expect(end.session.streamCount).toBe(0)
        // What has been taken of the window of the connection was given back, but for less than a half.
        const { data, given } = pair.counts[role]
        expect(data - (given - (CONNECTION - 65_535))).toBeLessThan(CONNECTION / 2)
        expect(given - (CONNECTION - 65_535)).toBeLessThanOrEqual(data)
      }
      for (const [at, { ask, answer }] of pair.talks.entries()) {
        const id = 2 * at + 1
        if (pair.reset.has(id)) {
          resets += 1
          continue
        }
        whole += 1
        for (const [role, sent] of [
          ['server', ask],
          ['client', answer],
        ] as const) {
          const end = pair.ends[role]
          expect(Buffer.compare(end.body(id), bodyOf(id, other(role), lengthOf(sent)))).toBe(0)
          const trailers = sent.hasTrailers ? ` x-trailer=${id}` : ''
          expect(end.lines.filter((line) => `${line} `.startsWith(`ended ${id} `))).toEqual([
            `ended ${id}${trailers}`,
          ])
          expect(end.lines.filter((line) => line.startsWith(`failed ${id} `))).toEqual([])
        }
      }
    }),
    { numRuns: 120 },
  )
  expect(whole).toBeGreaterThan(0)
  expect(resets).toBeGreaterThan(0)
}, 60_000)
