/**
 * Many origins with one idle connection each: names below one, all at one address. Any client that can get a URL is
 * measured in the same steps: some origins to warm up, all opened, all picked in turn, then others beyond what is kept.
 */
import { NAMES_BELOW } from '../servers/certificate.ts'
import type { Client, OwnFigures, Seen, Terms } from '../rounds/measure.ts'
import { residentBytes } from './heap.ts'
import { overLanes } from './lanes.ts'

/** What gets a URL and keeps the connection; answers how many bytes the body had. */
export interface Getter {
  get(url: string): Promise<number>
  /** How many connections are open; undefined when it cannot tell. */
  open?(): number
  close(): unknown
}

/** Origins at once; more would have the server's queue of new connections run over. */
const LANES = 50
const WARM_UP_ORIGINS = 200

/** Each URL of a list once. */
function visitAll(getter: Getter, list: readonly string[]): Promise<Seen> {
  let next = 0
  return overLanes(LANES, list.length, () => getter.get(list[next++]!))
}

/** So many visits, in turn. A lane has URLs of its own, so that no origin is ever wanted twice at once. */
function visitInTurn(getter: Getter, list: readonly string[], count: number): Promise<Seen> {
  const lanes = Math.min(LANES, list.length)
  const shares = Array.from({ length: lanes }, (_, lane) => ({
    urls: list.filter((_url, index) => index % lanes === lane),
    next: 0,
  }))
  return overLanes(lanes, count, (lane) => {
    const share = shares[lane]!
    return getter.get(share.urls[share.next++ % share.urls.length]!)
  })
}

/** `make(keep)` gives a getter that keeps at most so many idle connections. */
export async function startOrigins(terms: Terms, make: (keep: number) => Getter): Promise<Client> {
  const { size } = terms
  const { protocol, port } = new URL(terms.origin)
  const urls = (name: string, count: number): readonly string[] =>
    Array.from(
      { length: count },
      (_, index) => `${protocol}//${name}${index}.${NAMES_BELOW}:${port}${terms.path}`,
    )
  const first = make(WARM_UP_ORIGINS)
  await visitAll(first, urls('w', WARM_UP_ORIGINS))
  await visitInTurn(first, urls('w', WARM_UP_ORIGINS), WARM_UP_ORIGINS * 10)
  await first.close()

  const list = urls('o', size)
  const getter = make(size)
  const before = residentBytes()
  const openUs = await cpuUs(size, () => visitAll(getter, list))
  const residentBytesPerConnection = (residentBytes() - before) / size
  return {
    run: (count) => visitInTurn(getter, list, count),
    async examine(): Promise<OwnFigures> {
      const open = getter.open?.()
      if (open !== undefined && open !== size)
        throw new Error(`${open} connections are open instead of ${size}`)
      const others = Math.min(size, 1_000)
      const evictUs = await cpuUs(others, () => visitAll(getter, urls('e', others)))
      return {
        residentBytesPerConnection,
        openUs,
        evictUs,
        ...(open === undefined ? {} : { connections: open }),
      }
    },
    close: () => getter.close(),
  }
}

/** Processor microseconds of each of `count`. */
async function cpuUs(count: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
