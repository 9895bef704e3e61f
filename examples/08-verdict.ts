/** Every transfer can say why it got the connection it got, and why not another. */
import type { Environment, ReuseVerdict } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Why was a connection not reused?'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  // Transfers that had to open a connection always note why; `explainReuse` makes the others do so too.
  await using multi = new Multi({ environment, explainReuse: true })
  const ask = async (options = {}): Promise<ReuseVerdict | undefined> =>
    (await multi.add(new Easy({ url: 'http://bank.test/', ...options }))).info.verdict

  print(tell('first', await ask()))
  print(tell('second', await ask()))
  // A tag is a wall: connections of one tenant are never used for another.
  print(tell('tenant', await ask({ connectionTag: 'tenant-7' })))
  // This one asks the server to close behind it; the next transfer has another to go to.
  print(tell('closing', await ask({ headers: { Connection: 'close' } })))
  print(tell('after', await ask()))

  // The question can also be put beforehand: nothing is sent.
  const verdict = multi.explain(new Easy({ url: 'http://bank.test/', localPort: 40_000 }))
  print(`would be ${verdict.outcome}`)
  for (const { connection, reasons } of verdict.candidates)
    print(`  not #${connection}: ${reasons.map((reason) => reason.text).join(', ')}`)
}

/** `text` says it all in one line; the parts have stable codes, for programs. */
function tell(name: string, verdict: ReuseVerdict | undefined): string {
  const why = verdict?.candidates.map(
    ({ connection, state, reasons }) =>
      `#${connection} ${state}: ${reasons.map(({ code }) => code).join(', ')}`,
  )
  return [`${name}: ${verdict?.outcome} #${verdict?.connection}`, ...(why ?? [])].join('; ')
}
// #endregion body

export const servers: Servers = {
  'http://bank.test': () => ({ body: 'balance: 7' }),
}

export const expected = [
  'first: opened #0',
  'second: reused #0',
  'tenant: opened #1; #0 idle: route',
  'closing: reused #0; #1 idle: route',
  'after: opened #2; #0 closed: closed; #1 idle: route',
  'would be opened',
  '  not #0: localPort differs (has 0, wanted 40000), the request said Connection: close',
  '  not #1: connectionTag differs (has tenant-7, wanted not set), localPort differs (has 0, wanted 40000)',
  '  not #2: localPort differs (has 0, wanted 40000)',
]
