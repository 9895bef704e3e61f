/** SETTINGS (RFC 9113 section 6.5): what a client announces; reading the peer's, and what each value may be. */
import { ByteWriter } from '../base/byte-writer.ts'
import { LIMITS } from '../tables/limits.ts'
import { writeSettingsPayload } from './frame-writer.ts'
import { FIRST_WINDOW, MAX_FRAME_SIZE, MAX_WINDOW, MIN_FRAME_SIZE, SETTING } from './protocol.ts'
import { connectionError } from './violation.ts'

/** What our clients announce, in order. RFC 9218 2.1: that of priorities is said in the first SETTINGS or never. */
export const CLIENT_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [SETTING.ENABLE_PUSH, 0],
  [SETTING.INITIAL_WINDOW_SIZE, LIMITS.h2FirstStreamWindow],
  [SETTING.MAX_HEADER_LIST_SIZE, LIMITS.responseHeadBytes],
  [SETTING.NO_RFC7540_PRIORITIES, 1],
]

/** The same as the value of HTTP2-Settings: base64url without padding (RFC 7540 3.2.1). */
export function upgradeSettings(): string {
  const writer = new ByteWriter()
  writeSettingsPayload(writer, CLIENT_SETTINGS)
  const text = btoa(String.fromCharCode(...writer.take()))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Pairs of setting and value, in order. Throws FRAME_SIZE_ERROR. */
export function readSettings(payload: Uint8Array): (readonly [id: number, value: number])[] {
  if (payload.length % 6 !== 0)
    throw connectionError('FRAME_SIZE_ERROR', `SETTINGS of ${payload.length} bytes`, {
      length: payload.length,
    })
  const settings: (readonly [number, number])[] = []
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let at = 0; at < payload.length; at += 6) settings.push([view.getUint16(at), view.getUint32(at + 2)])
  return settings
}

/** What the peer allows; the initial values until it says otherwise. */
export class PeerSettings {
  headerTableSize = 4_096
  /** Undefined: no limit, or not said yet. */
  maxConcurrentStreams: number | undefined = undefined
  initialWindow = FIRST_WINDOW
  maxFrameSize = MIN_FRAME_SIZE
  /** Undefined: no limit. */
  maxHeaderListSize: number | undefined = undefined
  /** Whether priorities are those of RFC 9218. */
  hasNewPriorities = false

  /** Takes one setting; unknown ones are passed over (RFC 9113 6.5.2). Throws a connection error. `role`: our own. */
  set(id: number, value: number, role: 'client' | 'server'): void {
    switch (id) {
      case SETTING.HEADER_TABLE_SIZE:
        this.headerTableSize = value
        return
      case SETTING.ENABLE_PUSH:
        if (value > 1 || (value === 1 && role === 'client')) throw badSetting('ENABLE_PUSH', value)
        return
      case SETTING.MAX_CONCURRENT_STREAMS:
        this.maxConcurrentStreams = value
        return
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW)
          throw connectionError('FLOW_CONTROL_ERROR', `INITIAL_WINDOW_SIZE is ${value}`, { value })
        this.initialWindow = value
        return
      case SETTING.MAX_FRAME_SIZE:
        if (value < MIN_FRAME_SIZE || value > MAX_FRAME_SIZE) throw badSetting('MAX_FRAME_SIZE', value)
        this.maxFrameSize = value
        return
      case SETTING.MAX_HEADER_LIST_SIZE:
        this.maxHeaderListSize = value
        return
      case SETTING.NO_RFC7540_PRIORITIES:
        if (value > 1) throw badSetting('NO_RFC7540_PRIORITIES', value)
        this.hasNewPriorities = value === 1
        return
    }
  }
}

function badSetting(name: string, value: number): Error {
  return connectionError('PROTOCOL_ERROR', `${name} is ${value}`, { value })
}
