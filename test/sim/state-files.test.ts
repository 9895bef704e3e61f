/** State files on the simulated disk: writers that crash at any point, full disks, two caches that save at once. */
import { describe, expect, test } from 'vitest'
import { simulate, type DiskFault } from '@trunkline/core/sim'
import { AltSvcCache, mergeAltSvcFiles } from '../../packages/core/src/cache/alt-svc-cache.ts'
import { HstsCache, mergeHstsFiles } from '../../packages/core/src/cache/hsts-cache.ts'
import { KeptFile } from '../../packages/core/src/cache/kept-file.ts'
import { LIMITS } from '../../packages/core/src/tables/limits.ts'

const HSTS = { hstsHosts: 100, cacheLineChars: 4_095 }
const ALT_SVC = { altSvcEntries: 100, cacheLineChars: 4_095 }

describe('a writer that crashes', () => {
  test.each(['crash-before-write', 'crash-before-rename'] as const)(
    '%s: leaves the old file, and holds others up for a while only',
    async (fault) => {
      const { value } = await simulate(1, async ({ disk, clock }) => {
        disk.files.set('/jar', 'old')
        disk.faults.push(fault)
        void disk.process().update('/jar', () => 'half')
        await clock.sleep(10)
        const before = disk.files.get('/jar')
        const begun = clock.now()
        await disk.process().update('/jar', (old) => `${old} and new`)
        return { before, after: disk.files.get('/jar'), ms: clock.now() - begun }
      })
      expect(value).toMatchObject({ before: 'old', after: 'old and new' })
      expect(value.ms).toBeGreaterThan(LIMITS.fileLockMs)
      expect(value.ms).toBeLessThan(LIMITS.fileLockMs + 50)
    },
  )

  test.each<[DiskFault, string]>([
    ['full', 'ENOSPC'],
    ['read-only', 'EROFS'],
  ])('%s: is told, and the next one may have more luck', async (fault, system) => {
    const { value } = await simulate(1, async ({ disk, environment }) => {
      disk.faults.push(fault)
      const code = await environment.stateFiles
        .update('/jar', () => 'x')
        .catch((error) => error.details.system)
      await environment.stateFiles.update('/jar', () => 'y')
      return [code, await environment.stateFiles.read('/jar')]
    })
    expect(value).toEqual([system, 'y'])
  })
})

// CVE-2023-23915 and CVE-2023-23914: parallel and serial saves lost what others had saved.
test('two processes that save at once keep what both have learned', async () => {
  const { value } = await simulate(1, async ({ disk, clock }) => {
    const hsts = ['a.test', 'b.test', 'c.test'].map((host) => {
      const cache = new HstsCache(clock, HSTS)
      cache.learn('max-age=1000', host)
      return cache
    })
    const altSvc = ['a.test', 'b.test', 'c.test'].map((host) => {
      const cache = new AltSvcCache(clock, ALT_SVC)
      cache.learn('h2=":8443"', { origin: { host, port: 443 }, over: 'h1' })
      return cache
    })
    await Promise.all([
      ...hsts.map((cache) => new KeptFile(disk.process(), '/hsts', cache, mergeHstsFiles).save()),
      ...altSvc.map((cache) => new KeptFile(disk.process(), '/alt-svc', cache, mergeAltSvcFiles).save()),
    ])
    const names = (path: string): string[] =>
      [...disk.files.get(path)!.matchAll(/\b[abc]\.test\b/g)].map(String)
    return [new Set(names('/hsts')), new Set(names('/alt-svc'))]
  })
  expect(value).toEqual([new Set(['a.test', 'b.test', 'c.test']), new Set(['a.test', 'b.test', 'c.test'])])
})

test('what a server took back is not brought back by those who did not hear of it', async () => {
  const { value } = await simulate(1, async ({ disk, clock }) => {
    const start = async (): Promise<{ cache: HstsCache; file: KeptFile }> => {
      const cache = new HstsCache(clock, HSTS)
      const file = new KeptFile(disk.process(), '/hsts', cache, mergeHstsFiles)
      await file.load()
      return { cache, file }
    }
    const one = await start()
    one.cache.learn('max-age=1000', 'a.test')
    await one.file.save()
    const [two, three] = [await start(), await start()]
    two.cache.learn('max-age=0', 'a.test')
    three.cache.learn('max-age=1000', 'b.test')
    await Promise.all([two.file.save(), three.file.save()])
    await one.file.save()
    return disk.files.get('/hsts')!.split('\n').slice(2)
  })
  expect(value).toEqual([expect.stringMatching(/^b\.test /), ''])
})
