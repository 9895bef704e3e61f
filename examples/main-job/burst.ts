/**
 * Job (d): a burst of handles on a server to which nobody is connected. Over HTTP/2 the first of them opens a
 * connection, the others wait until it is known what the server speaks, and then all share it.
 *
 * The rule: over HTTP/2 a second connection is a problem, and so is a transfer that was not on the first.
 */
import type { EasyOptions } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Manner } from './manners.ts'
import type { Job } from './run.ts'

const TRANSFERS = 500
const HANDLES = 100

/** For HTTP/2 nothing has to be said: over TLS it is offered, and the engine knows by itself when to share. */
const HTTP2: Manner = { name: 'HTTP/2', options: {} }

/** The same without it: with as few connections as browsers make do with, and with one for each handle. */
const HTTP1: EasyOptions = { httpVersion: '1.1' }
const FEW = 6
const HTTP1_FEW: Manner = { name: `HTTP/1.1, at most ${FEW}`, options: HTTP1 }
const HTTP1_MANY: Manner = { name: `HTTP/1.1, at most ${HANDLES}`, options: HTTP1 }

/** The most connections; 0 is no limit. */
const LIMITS = new Map([
  [HTTP2, 0],
  [HTTP1_FEW, FEW],
  [HTTP1_MANY, HANDLES],
])

export const BURST_MANNERS: readonly Manner[] = [...LIMITS.keys()]

export const burst: Job = {
  title: `a burst: ${TRANSFERS} transfers by ${HANDLES} handles at once, with no connection to begin with`,
  async run({ urls }, run) {
    const list = Array.from({ length: TRANSFERS }, (_, index) => urls[index % urls.length] ?? '')
    await using multi = new Multi({ maxTotalConnections: LIMITS.get(run.manner) })
    run.tally.watch(multi.events)

    /** What one handle fetches, one after another. */
    async function fetchAll(own: readonly string[]): Promise<void> {
      const easy = new Easy()
      for (const url of own) await run.fetch(url, (options) => multi.add(easy.set(options)))
    }

    await Promise.all(
      Array.from({ length: HANDLES }, (_, handle) =>
        fetchAll(list.filter((_url, at) => at % HANDLES === handle)),
      ),
    )
    const { opened, streams } = run.tally
    if (run.manner === HTTP2 && (opened !== 1 || streams !== TRANSFERS)) {
      run.problems.push(
        `${opened} connections were opened for ${TRANSFERS} transfers, ${streams} of them over HTTP/2`,
      )
    }
    return list
  },
}
