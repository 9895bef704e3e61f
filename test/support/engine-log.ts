/** What an engine's events say, as lines that a test can compare. */
import type { EngineEmitter } from '@trunkline/core'

/** `opened #0`, `reused #0`, `idle #0`, `closed #0 server-close`, in order. */
export function logConnections(events: EngineEmitter): string[] {
  const lines: string[] = []
  events.on('connection-opened', ({ id }) => lines.push(`opened #${id}`))
  events.on('connection-reused', ({ id }) => lines.push(`reused #${id}`))
  events.on('connection-idle', ({ id }) => lines.push(`idle #${id}`))
  events.on('connection-closed', ({ id }, reason) => lines.push(`closed #${id} ${reason}`))
  return lines
}
