/** What failures say: sentences with numbers, from the record of a transfer. */
import { duration } from '../base/duration.ts'
import type { Milliseconds } from '../env/environment.ts'
import type { EasySettings } from '../options/option-types.ts'
import type { LimitName } from './deadlines.ts'
import type { TransferRecord } from './transfer-record.ts'

/** `connection #3 to a.test:443, 12th request on it, idle 4.1 s before`, and what was tried earlier. */
export function connectionText(record: TransferRecord): string {
  const { connection, verdict, plan, retries } = record
  const { host, port } = plan.url.origin
  if (connection === undefined) return `${host}:${port}`
  const parts = [
    `connection #${connection.id} to ${host}:${port}`,
    `${ordinal(connection.request)} request on it`,
  ]
  if (connection.stream !== undefined) parts.push(`stream ${connection.stream}`)
  if (verdict?.idleMs !== undefined) parts.push(`idle ${duration(verdict.idleMs)} before`)
  if (retries > 0) parts.push(`after ${retries === 1 ? 'one retry' : `${retries} retries`}`)
  return parts.join(', ')
}

/** The sentence for a deadline that passed, and its limit. */
export function deadlineText(
  name: LimitName,
  settings: EasySettings,
  record: TransferRecord,
  now: Milliseconds,
): { readonly text: string; readonly limitMs: Milliseconds } {
  const spent = duration(now - record.startedAt)
  const received = `${record.downloaded}${record.downloadTotal > 0 ? ` of ${record.downloadTotal}` : ''} bytes received`
  const where = record.connection === undefined ? '' : ` on connection #${record.connection.id}`
  switch (name) {
    case 'total':
      return {
        text: `timeoutMs of ${settings.timeoutMs} ms passed, with ${received}${where}`,
        limitMs: settings.timeoutMs,
      }
    case 'queue':
      return {
        text: `queueTimeoutMs of ${settings.queueTimeoutMs} ms passed while waiting for a place`,
        limitMs: settings.queueTimeoutMs,
      }
    case 'connect': {
      const limitMs = settings.connectTimeoutMs || 300_000
      return {
        text: `connectTimeoutMs of ${limitMs} ms passed before a connection was open, ${spent} after the start`,
        limitMs,
      }
    }
    case 'resolve':
      return {
        text: `resolveTimeoutMs of ${settings.resolveTimeoutMs} ms passed while looking up ${record.plan.url.origin.host}`,
        limitMs: settings.resolveTimeoutMs,
      }
    case 'first-byte':
      return {
        text: `firstByteTimeoutMs of ${settings.firstByteTimeoutMs} ms passed after the request was sent${where}`,
        limitMs: settings.firstByteTimeoutMs,
      }
    case 'idle':
      return {
        text: `idleTimeoutMs of ${settings.idleTimeoutMs} ms passed without a byte${where}, with ${received}`,
        limitMs: settings.idleTimeoutMs,
      }
    case 'low-speed':
      return {
        text: `slower than ${settings.lowSpeedLimit} bytes/s for ${settings.lowSpeedTimeMs} ms${where}, with ${received}`,
        limitMs: settings.lowSpeedTimeMs,
      }
  }
}

function ordinal(n: number): string {
  const endings: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' }
  const isTeen = n % 100 >= 11 && n % 100 <= 13
  return `${n}${isTeen ? 'th' : (endings[n % 10] ?? 'th')}`
}
