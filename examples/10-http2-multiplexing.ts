/** HTTP/2: many transfers at once on one connection, each on a stream of its own. */
import { isTransferError, type Environment, type ReuseVerdict } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Many transfers on one HTTP/2 connection'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  await using multi = new Multi({ environment })
  // With https leave `httpVersion` out: HTTP/2 is spoken if the server chooses it in the TLS handshake. In clear
  // text nobody is asked, so one has to know.
  const handleFor = (path: string): Easy =>
    new Easy({ url: `http://signals.test/${path}`, httpVersion: '2-prior-knowledge' })

  // A burst. There is no connection yet: the first transfer opens one, the others wait for it and share it.
  const slow = handleFor('fog')
  const fog = multi.add(slow)
  const signals = await Promise.all(['north', 'east', 'south'].map((name) => multi.add(handleFor(name))))
  // The answer to the first has not come yet, and that has held up nobody.
  print(`under way: ${multi.handles.length} transfer`)
  print(`fog: stream ${slow.info?.streamId}, ${tell(slow.info?.verdict)}`)
  for (const signal of signals) {
    const { info } = signal
    // Some servers know only afterwards what they have to say about a body: it comes in trailers.
    const checked = signal.trailers?.first('checked')
    print(`${signal.text()}, checked ${checked}: stream ${info.streamId}, ${tell(info.verdict)}`)
  }

  // What is given up is a stream. Over HTTP/1.1 its connection would be lost, too.
  multi.remove(slow)
  print(`fog: ${await fog.then((answer) => answer.text(), codeOf)}`)
  const { info } = await multi.add(handleFor('west'))
  print(`west: stream ${info.streamId}, ${tell(info.verdict)}`)
  print(`connections: ${multi.connections().length}`)
}

/** In one line it is `text`: "reused #0 (request 2 on it); waited 1 ms for the opening of another, to share it". */
function tell(verdict: ReuseVerdict | undefined): string {
  const waits = verdict?.waits.map(({ reason }) => `after ${reason}`) ?? []
  return [`${verdict?.outcome} #${verdict?.connection} as request ${verdict?.request}`, ...waits].join(' ')
}

function codeOf(error: unknown): string {
  if (isTransferError(error)) return error.code
  throw error
}
// #endregion body

export const speaksHttp2 = true

export const servers: Servers = {
  'http://signals.test': ({ path }) =>
    path === '/fog'
      ? { body: 'lifted', afterMs: 60_000 }
      : { body: `${path.slice(1)} is green`, trailers: { checked: 'twice' } },
}

export const expected = [
  'under way: 1 transfer',
  'fog: stream 1, opened #0 as request 1 after connecting',
  'north is green, checked twice: stream 3, reused #0 as request 2 after shared-opening',
  'east is green, checked twice: stream 5, reused #0 as request 3 after shared-opening',
  'south is green, checked twice: stream 7, reused #0 as request 4 after shared-opening',
  'fog: MULTI_ABORTED',
  'west: stream 9, reused #0 as request 5',
  'connections: 1',
]
