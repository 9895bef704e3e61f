/**
 * An HTTP/2 server made of raw frames, for the simulator: it says what its script says, right or wrong.
 *
 * The rule: nothing here checks or mends; frames are built by hand, so that a mistake in the codec of the
 * sources cannot hide itself.
 */
import { SimTlsServer, type SimStream, type SimTlsServerOptions, type SimWorld } from '@trunkline/core/sim'

/** A frame that the client sent. */
export interface HeardFrame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Uint8Array
}

export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const END_STREAM = 1
export const ACK = 1
export const END_HEADERS = 4
export const PADDED = 8

/** What a script does with one connection. */
export type HostileScript = (peer: HostilePeer) => void | Promise<void>

/** One connection of the server. */
export class HostilePeer {
  readonly heard: HeardFrame[] = []
  /** 1 for the first connection. */
  readonly id: number
  isGone = false
  readonly #world: SimWorld
  readonly #socket: SimStream
  readonly #write: (bytes: Uint8Array) => void
  readonly #waiting: { is: (frame: HeardFrame) => boolean; found: (frame: HeardFrame) => void }[] = []
  #unread = new Uint8Array(0)
  #hasPreface = false
  /** Requests told so far. */
  #requests = 0

  constructor(world: SimWorld, id: number, socket: SimStream, write: (bytes: Uint8Array) => void) {
    this.#world = world
    this.id = id
    this.#socket = socket
    this.#write = write
  }

  /** Bytes as they are; text as Latin-1. */
  raw(bytes: Uint8Array | readonly number[] | string): void {
    if (!this.#socket.isOpen) return
    this.#write(
      typeof bytes === 'string' ? Uint8Array.from(bytes, (c) => c.charCodeAt(0)) : Uint8Array.from(bytes),
    )
  }

  /** One frame; `length` is what its head says, where that is a lie. */
  frame(
    type: number,
    flags: number,
    stream: number,
    payload: Uint8Array | readonly number[] = [],
    length = payload.length,
  ): void {
    this.raw([...frameHead(length, type, flags, stream), ...payload])
  }

  /** SETTINGS, by ids and values. */
  settings(...pairs: readonly (readonly [id: number, value: number])[]): void {
    this.frame(
      TYPE.SETTINGS,
      0,
      0,
      pairs.flatMap(([id, value]) => [id >> 8, id & 0xff, ...uint32(value)]),
    )
  }

  /** A whole head: pairs of name and value, as literals that no table takes up. */
  head(stream: number, fields: readonly (readonly [string, string])[], flags = END_HEADERS): void {
    this.frame(TYPE.HEADERS, flags, stream, block(fields))
  }

  /** A whole response of a correct server. */
  respond(stream: number, body = 'hello'): void {
    this.head(stream, [[':status', '200']])
    this.frame(
      TYPE.DATA,
      END_STREAM,
      stream,
      Array.from(body, (c) => c.charCodeAt(0)),
    )
  }

  /** Ends after what was written. */
  close(): void {
    this.#socket.close()
  }

  /** The next request's stream id, once its HEADERS are here; requests that came together are told one by one. */
  async request(): Promise<number> {
    const seen = this.heard.filter((frame) => frame.type === TYPE.HEADERS)[this.#requests]
    this.#requests += 1
    return (seen ?? (await this.next((frame) => frame.type === TYPE.HEADERS))).stream
  }

  /** The next frame that comes and fits. */
  next(is: (frame: HeardFrame) => boolean): Promise<HeardFrame> {
    return new Promise((found) => this.#waiting.push({ is, found }))
  }

  sleep(ms: number): Promise<void> {
    return this.#world.sleep(ms)
  }

  /** The error codes of the client's GOAWAYs. */
  get goaways(): readonly number[] {
    return this.heard.filter((frame) => frame.type === TYPE.GOAWAY).map(({ payload }) => toUint32(payload, 4))
  }

  /** The codes with which the client broke streams off, by stream. */
  get resets(): readonly (readonly [stream: number, code: number])[] {
    return this.heard
      .filter((frame) => frame.type === TYPE.RST_STREAM)
      .map(({ stream, payload }) => [stream, toUint32(payload, 0)] as const)
  }

  /** @internal */
  receive(view: Uint8Array): void {
    const all = new Uint8Array(this.#unread.length + view.length)
    all.set(this.#unread)
    all.set(view, this.#unread.length)
    let at = 0
    if (!this.#hasPreface && all.length >= 24) {
      this.#hasPreface = true
      at = 24
    }
    while (this.#hasPreface && all.length - at >= 9) {
      const length = (all[at]! << 16) | (all[at + 1]! << 8) | all[at + 2]!
      if (all.length - at - 9 < length) break
      const frame = {
        type: all[at + 3]!,
        flags: all[at + 4]!,
        stream: toUint32(all, at + 5),
        payload: all.slice(at + 9, at + 9 + length),
      }
      at += 9 + length
      this.heard.push(frame)
      const index = this.#waiting.findIndex(({ is }) => is(frame))
      if (index >= 0) this.#waiting.splice(index, 1)[0]!.found(frame)
    }
    this.#unread = all.slice(at)
  }
}

/** A server at `where`; each connection gets a script of its own. What a script throws fails nobody: it has gone wrong on purpose. */
export function hostileServer(world: SimWorld, where: string, script: HostileScript): HostilePeer[] {
  const { protocol, hostname, port } = new URL(where)
  const isSecure = protocol === 'https:'
  const peers: HostilePeer[] = []
  const options: SimTlsServerOptions = { alpn: ['h2'], certificateNames: [hostname] }
  const tls = new SimTlsServer(world.clock, options)
  const listensAt = port === '' ? (isSecure ? 443 : 80) : Number(port)
  world.network.addressesOf(hostname)
  world.network.listen(hostname, listensAt, (socket) => {
    const serve = (stream: { sink: SimStream['sink']; write(bytes: Uint8Array): boolean }): void => {
      const peer = new HostilePeer(world, peers.length + 1, socket, (bytes) => void stream.write(bytes))
      peers.push(peer)
      stream.sink = {
        bytes: (view) => peer.receive(view),
        ended: () => {
          peer.isGone = true
          socket.close()
        },
        failed: () => void (peer.isGone = true),
        drained: () => {},
      }
      void script(peer)
    }
    if (isSecure) tls.accept(socket, serve)
    else serve(socket)
  })
  return peers
}

/** A header block of literals without indexing and without Huffman coding (RFC 7541 6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): number[] {
  return fields.flatMap(([name, value]) => [0, ...text(name), ...text(value)])
}

/** A frame's head (RFC 9113 4.1). */
export function frameHead(length: number, type: number, flags: number, stream: number): number[] {
  return [(length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff, type, flags, ...uint32(stream)]
}

export function uint32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

function toUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** A string literal (RFC 7541 5.2). */
function text(value: string): number[] {
  const bytes = Array.from(value, (c) => c.charCodeAt(0))
  const length: number[] = []
  if (bytes.length < 127) length.push(bytes.length)
  else {
    length.push(127)
    let rest = bytes.length - 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128)
    length.push(rest)
  }
  return [...length, ...bytes]
}
