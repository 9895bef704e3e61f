/** node:http2 over one session, and the proof that it spoke HTTP/2. */
import { once } from 'node:events'
import { connect } from 'node:http2'

/** An open session; `settings` are ours. */
export async function openSession({ origin, ca, streams }, settings = {}) {
  const session = connect(origin, {
    ca,
    peerMaxConcurrentStreams: streams,
    settings: { enablePush: false, ...settings },
  })
  await once(session, 'connect')
  const expected = origin.startsWith('https:') ? 'h2' : 'h2c'
  if (session.alpnProtocol !== expected)
    throw new Error(`node:http2 speaks ${session.alpnProtocol} instead of ${expected}`)
  return session
}
