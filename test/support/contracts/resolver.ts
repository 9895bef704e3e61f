/** What every `Resolver` does. */
import { describe, expect, test } from 'vitest'
import type { Resolver } from '../../../packages/core/src/env/environment.ts'

export interface ResolverWorld {
  readonly resolver: Resolver
  /** A name that has an IPv4 address, and that address. */
  readonly known: { readonly name: string; readonly address: string }
  /** A name that has no address. */
  readonly unknown: string
}

export interface ResolverHarness {
  run(body: (world: ResolverWorld) => Promise<void>): Promise<void>
}

export function resolverContract(name: string, harness: ResolverHarness): void {
  const resolves = (title: string, body: (world: ResolverWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))

  describe(`${name} is a Resolver`, () => {
    resolves('finds the addresses of a name', async ({ resolver, known }) => {
      expect(await resolver.lookup(known.name, 'any')).toContainEqual({ address: known.address, family: 4 })
    })

    resolves('finds addresses of one family only when asked to', async ({ resolver, known }) => {
      const found = await resolver.lookup(known.name, 4)
      expect(new Set(found.map(({ family }) => family))).toEqual(new Set([4]))
    })

    resolves('gives an address back as it is', async ({ resolver }) => {
      expect(await resolver.lookup('127.0.0.1', 'any')).toEqual([{ address: '127.0.0.1', family: 4 }])
      expect(await resolver.lookup('::1', 'any')).toEqual([{ address: '::1', family: 6 }])
    })

    resolves(
      'rejects with COULDNT_RESOLVE_HOST for a name that has no address',
      async ({ resolver, unknown }) => {
        await expect(resolver.lookup(unknown, 'any')).rejects.toMatchObject({ code: 'COULDNT_RESOLVE_HOST' })
      },
    )

    resolves('answers several lookups at a time', async ({ resolver, known, unknown }) => {
      const settled = await Promise.allSettled([
        resolver.lookup(known.name, 4),
        resolver.lookup(unknown, 4),
        resolver.lookup(known.name, 4),
      ])
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })
  })
}
