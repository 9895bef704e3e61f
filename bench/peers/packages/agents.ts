/** Agents of Node that keep as many connections as a case has, for packages that stand on node:http. */
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Terms } from '../../rounds/measure.ts'

export function keptAgents({ connections, caFile }: Terms): { http: HttpAgent; https: HttpsAgent } {
  const options = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' as const }
  return {
    http: new HttpAgent(options),
    https: new HttpsAgent({ ...options, ca: readFileSync(caFile) }),
  }
}
