/**
 * Unset means unset, for every option (CVE-2026-9546: a Referer that had been taken back was sent): a handle that
 * had an option and has it no more sends what one sends that never had it, by the same way.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EASY_OPTIONS, type EasyOptions, type OptionRow } from '@trunkline/core'
import type { Easy } from '@trunkline/easy'
import { otherValue, WITHOUT_A_RUN } from '../support/option-values.ts'
import { VERSIONS, witness, type Scene, type Seen } from '../support/witnesses.ts'

const ROWS = EASY_OPTIONS as Record<string, OptionRow>
const NAMES = Object.keys(ROWS)

/** What says how a request goes, beside what the server saw of it. */
function wayOf(easy: Easy): unknown {
  const { terms, request } = easy.handle.plan()
  const { identity, route, multiplexing, pipelinable, maxIdleMs, maxLifetimeMs } = terms
  return {
    head: request.text,
    key: identity.key,
    route: JSON.stringify(route),
    terms: [multiplexing, pipelinable, maxIdleMs, maxLifetimeMs],
  }
}

/** Everything of a request but where it stands among the others. */
function told({ url, method, lines, body }: Seen): unknown {
  return { url, method, lines, body }
}

/** Sets options, runs, takes them back, and answers what the next run was to the server. */
async function afterwards(
  { make, ask, seen }: Scene,
  base: EasyOptions,
  names: readonly string[],
  isRun: boolean,
): Promise<unknown> {
  const easy = make(base)
  for (const name of names) easy.set({ [name]: otherValue(name, ROWS[name]!) } as EasyOptions)
  if (isRun && !names.some((name) => WITHOUT_A_RUN.has(name))) {
    // By TLS too, where servers may say more that is remembered.
    await ask(easy.set({ url: 'https://a.test/before' }))
    await ask(easy.set({ url: base.url }))
  }
  for (const name of [...names].reverse())
    easy.set({ [name]: (base as Record<string, unknown>)[name] } as EasyOptions)
  const before = seen.length
  const outcome = await ask(easy)
  return { outcome, way: wayOf(easy), told: seen.slice(before).map(told) }
}

const SERVER = {
  headers: {
    'Set-Cookie': 'told=1; Max-Age=100',
    'Strict-Transport-Security': 'max-age=1000',
    'Alt-Svc': 'h2="b.test:443"',
  },
  body: 'hello',
}

/** So that Alt-Svc may lead to b.test. */
const NAMED_ALIKE = { server: { tls: { certificateNames: ['a.test', 'b.test'] } } }

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  const BASES: readonly EasyOptions[] = [
    { url: 'http://a.test/', httpVersion },
    { url: 'https://a.test/', httpVersion },
  ]

  test.each(NAMES)('CVE-2026-9546: %s', async (name) => {
    for (const base of BASES)
      await witness(
        () => SERVER,
        async (scene) => {
          const never = await afterwards(scene, base, [], true)
          expect(await afterwards(scene, base, [name], false)).toEqual(never)
          expect(await afterwards(scene, base, [name], true)).toEqual(never)
        },
        NAMED_ALIKE,
      )
  })

  test('CVE-2026-9546: any number of them at once, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(NAMES, { minLength: 2 }),
        fc.constantFrom(...BASES),
        fc.boolean(),
        async (names, base, isRun) => {
          await witness(
            () => SERVER,
            async (scene) => {
              const never = await afterwards(scene, base, [], true)
              expect(await afterwards(scene, base, names, isRun)).toEqual(never)
            },
            NAMED_ALIKE,
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  test('an option that changes what is sent does so here, too: the tests above can tell', async () => {
    await witness(
      () => SERVER,
      async ({ make }) => {
        const base = BASES[1]!
        const plain = wayOf(make(base))
        const changing = NAMES.filter((name) => {
          try {
            expect(wayOf(make({ ...base, [name]: otherValue(name, ROWS[name]!) } as EasyOptions))).toEqual(
              plain,
            )
            return false
          } catch {
            return true
          }
        })
        expect(changing).toEqual(
          expect.arrayContaining(['referer', 'userAgent', 'headers', 'username', 'caInfo', 'range']),
        )
      },
    )
  })
})
