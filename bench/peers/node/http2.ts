/** node:http2: streams over one session, small bodies gathered and large ones counted; and the proof that it was HTTP/2. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type ClientHttp2Session } from 'node:http2'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide, isLarge, laneCount, overLanes } from '../lanes.ts'

/** Its default of 64 KB would have it wait for the server after every few frames. */
const WINDOW_BYTES = 4 * 2 ** 20

export async function start(terms: Terms): Promise<Client> {
  const { path } = terms
  const large = isLarge(terms)
  const session = await openSession(terms, large ? { initialWindowSize: WINDOW_BYTES } : {})
  const lanes = laneCount(terms)
  if (large) session.setLocalWindowSize(WINDOW_BYTES * lanes)
  const head = { ':path': path }
  return {
    run: (count) =>
      large
        ? downloadSideBySide(lanes, count, (_lane, saw) => download(session, head, saw))
        : overLanes(lanes, count, () => gathered(session, head)),
    close: () => session.destroy(),
  }
}

async function openSession(
  { origin, caFile, streams }: Terms,
  settings: { readonly initialWindowSize?: number },
): Promise<ClientHttp2Session> {
  const isTls = origin.startsWith('https:')
  const session = connect(origin, {
    ...(isTls ? { ca: readFileSync(caFile) } : {}),
    peerMaxConcurrentStreams: streams,
    settings: { enablePush: false, ...settings },
  })
  await once(session, 'connect')
  if (session.alpnProtocol !== (isTls ? 'h2' : 'h2c'))
    throw new Error(`node:http2 speaks ${session.alpnProtocol} instead of h2`)
  return session
}

type Head = Readonly<Record<':path', string>>

function gathered(session: ClientHttp2Session, head: Head): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request(head)
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('end', () => resolve(Buffer.concat(pieces).length))
    stream.on('error', reject)
  })
}

function download(
  session: ClientHttp2Session,
  head: Head,
  saw: (byteCount: number) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stream = session.request(head)
    stream.on('data', (piece: Buffer) => saw(piece.length))
    stream.on('end', resolve)
    stream.on('error', reject)
  })
}
