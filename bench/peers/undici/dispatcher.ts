/** undici as a case wants it, with its connections kept from exchange to exchange, and the proof that it was so. */
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { Client, H2CClient, Pool, type Dispatcher } from 'undici'
import type { Terms } from '../../rounds/measure.ts'

export interface OneDispatcher {
  readonly dispatcher: Dispatcher
  /** How many connections were ever opened. */
  opened(): number
  /** Throws when there were more than the case has. */
  check(): void
}

export function oneDispatcher(terms: Terms): OneDispatcher {
  const { http, connections } = terms
  let opened = 0
  subscribe('undici:client:connected', (message) => {
    opened += 1
    const { socket } = message as { socket: { alpnProtocol?: string | false } }
    if (http === '2' && socket.alpnProtocol !== undefined && socket.alpnProtocol !== 'h2')
      throw new Error(`undici speaks ${socket.alpnProtocol} instead of h2`)
  })
  return {
    dispatcher: makeDispatcher(terms),
    opened: () => opened,
    check() {
      if (connections > 0 && opened > connections)
        throw new Error(`undici opened ${opened} connections instead of ${connections}`)
    },
  }
}

/** Idle connections are kept for longer than any round takes. */
export const KEEP = { keepAliveTimeout: 600_000, keepAliveMaxTimeout: 600_000 }

function makeDispatcher({ origin, caFile, http, connections, streams }: Terms): Dispatcher {
  const limits = { pipelining: streams, maxConcurrentStreams: streams, ...KEEP }
  const isTls = origin.startsWith('https:')
  const connect = isTls ? { ca: readFileSync(caFile, 'utf8') } : {}
  if (http === '1.1') return new Pool(origin, { connections, connect, ...limits })
  if (connections === 0) return new Pool(origin, { allowH2: true, connect })
  return isTls ? new Client(origin, { allowH2: true, connect, ...limits }) : new H2CClient(origin, limits)
}
