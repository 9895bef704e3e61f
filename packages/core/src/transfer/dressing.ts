/**
 * What a request gets as it goes out, beside what was planned: cookies, and what authenticates it now.
 *
 * The rule: whatever differs from one sending to the next is added here; a request without any of it goes out as it
 * was planned.
 */
import type { Connection } from '../connection/connection.ts'
import type { OutgoingRequest } from '../connection/outgoing-request.ts'
import type { Authentication, AuthParty } from './authentication.ts'
import type { BodySource } from './body-source.ts'
import type { HandleMemory } from './handle-memory.ts'
import { cookiesFor } from './recall.ts'
import { ownFields } from './request-fields.ts'
import { requestNow, type RequestPlan } from './request-plan.ts'

/** A request as it goes out. */
export interface DressedRequest {
  readonly request: OutgoingRequest
  /** It goes without its body, because it would be refused. */
  readonly isBodyWithheld: boolean
}

/**
 * The request of a plan for a connection, now. `isOldServer`: it is known to speak HTTP/1.0. Throws what cannot be sent
 * or signed, as a TransferError.
 */
export function dress(
  plan: RequestPlan,
  connection: Connection,
  memory: HandleMemory | undefined,
  authentication: Authentication | undefined,
  isOldServer: boolean,
): DressedRequest {
  const cookie = cookiesFor(plan, memory)
  const isBodyWithheld = plan.body.is !== 'none' && authentication?.withholdsBody(connection) === true
  if (authentication === undefined && cookie === plan.settings.cookie && !isOldServer)
    return { request: plan.request, isBodyWithheld }
  const { head } = plan.request
  const auth = authentication?.fields(
    {
      method: head.method,
      target: plan.proxies?.mode === 'forward' ? plan.url.target : head.target,
      host: plan.url.origin.host,
      authority: plan.url.origin.authority,
      fields: ownFields(plan),
      ...bodyToSign(plan.body),
    },
    connection,
  )
  const request = requestNow(plan, {
    auth: auth === undefined ? plan.fixedAuth : [...plan.fixedAuth, ...auth],
    cookie,
    isBodyWithheld,
    isOldServer,
  })
  return { request, isBodyWithheld }
}

/** Whom the request may have to tell who it is from: the proxy before the origin, as their fields stand. */
export function partiesOf({ auth, proxyAuth, url, proxies }: RequestPlan): readonly AuthParty[] {
  if (auth === undefined && proxyAuth === undefined) return NOBODY
  const parties: AuthParty[] = []
  const proxy = proxies?.http
  if (proxyAuth !== undefined && proxy !== undefined)
    parties.push({ role: 'proxy', peer: proxy.text, host: proxy.host, plan: proxyAuth })
  const { text: peer, host } = url.origin
  if (auth !== undefined) parties.push({ role: 'origin', peer, host, plan: auth })
  return parties
}

const NOBODY: readonly AuthParty[] = []

function bodyToSign(body: BodySource): { readonly body?: Uint8Array | 'stream' } {
  if (body.is === 'none' || body.is === 'pending') return {}
  return { body: body.is === 'bytes' ? body.bytes : 'stream' }
}
