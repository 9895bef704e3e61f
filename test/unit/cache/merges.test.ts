/**
 * What processes save that share a file, as a property: whatever they learn and in whatever order they save, nothing
 * is lost that nobody took back (CVE-2023-23915), and nothing comes back that was.
 */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { AltSvcCache, mergeAltSvcFiles } from '../../../packages/core/src/cache/alt-svc-cache.ts'
import { HstsCache, mergeHstsFiles } from '../../../packages/core/src/cache/hsts-cache.ts'
import { KeptFile, type Keepable, type MergeFiles } from '../../../packages/core/src/cache/kept-file.ts'
import { mergeCookieFiles } from '../../../packages/core/src/cookie/netscape-file.ts'
import type { StateFiles } from '../../../packages/core/src/env/environment.ts'
import { COOKIE_LIMITS, handDate, makeJar, NOW } from '../cookie/jars.ts'

const HOSTS = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test'] as const
const PROCESSES = 3

/** What a process hears of a host: that it holds, or that it does not any more. Or it saves. */
interface Step {
  readonly by: number
  readonly what: 'holds' | 'over' | 'save'
  readonly host: (typeof HOSTS)[number]
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    by: fc.nat({ max: PROCESSES - 1 }),
    what: fc.constantFrom('holds' as const, 'holds' as const, 'over' as const, 'save' as const),
    host: fc.constantFrom(...HOSTS),
  }),
  { size: 'max', maxLength: 40 },
)

interface Process {
  hear(host: string, holds: boolean): void
  readonly content: Keepable
}

/** Runs the steps, saves all at the end, and compares with those hosts of which all processes say the same. */
async function nothingIsLost(start: () => Process, merge: MergeFiles): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const files = memoryFiles()
      const processes = Array.from({ length: PROCESSES }, () => {
        const process = start()
        return { ...process, file: new KeptFile(files, 'state', process.content, merge) }
      })
      const started = new Set<number>()
      /** The last word of each process on each host. */
      const said = new Map<string, Map<number, boolean>>()
      for (const { by, what, host } of list) {
        const process = processes[by]!
        // It starts with its first step.
        if (!started.has(by)) await process.file.load()
        started.add(by)
        if (what === 'save') await process.file.save()
        else {
          process.hear(host, what === 'holds')
          if (!said.has(host)) said.set(host, new Map())
          said.get(host)!.set(by, what === 'holds')
        }
      }
      for (const { file } of processes) await file.save()
      const found = hostsIn((await files.read('state'))!)
      for (const host of HOSTS) {
        const words = [...(said.get(host)?.values() ?? [])]
        const agreed = words.every((word) => word === words[0]) ? (words[0] ?? false) : undefined
        if (agreed !== undefined && found.has(host) !== agreed)
          throw new Error(`${host}: said ${String(agreed)}, saved ${String(found.has(host))}`)
      }
    }),
    { numRuns: 300 },
  )
}

function hostsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\b[a-e]\.test\b/g)].map(([host]) => host))
}

/** Files in memory, whose merges are called twice, as they may be. */
function memoryFiles(): StateFiles {
  const texts = new Map<string, string>()
  return {
    read: async (path) => texts.get(path),
    async update(path, merge) {
      merge(texts.get(path))
      texts.set(path, merge(texts.get(path)))
    },
  }
}

test('HSTS', () =>
  nothingIsLost(() => {
    const content = new HstsCache(handDate(), { hstsHosts: 100, cacheLineChars: 4_095 })
    return { content, hear: (host, holds) => void content.learn(`max-age=${holds ? 1_000 : 0}`, host) }
  }, mergeHstsFiles))

test('Alt-Svc', () =>
  nothingIsLost(() => {
    const content = new AltSvcCache(handDate(), { altSvcEntries: 100, cacheLineChars: 4_095 })
    return {
      content,
      hear: (host, holds) =>
        void content.learn(holds ? 'h2="other.example:443", h3=":443"' : 'clear', {
          origin: { host, port: 443 },
          over: 'h1',
        }),
    }
  }, mergeAltSvcFiles))

test('cookies', () =>
  nothingIsLost(
    () => {
      const jar = makeJar()
      return {
        content: {
          load: (text) => void jar.load(text, { keepSession: true }),
          toFile: () => jar.toFile(),
        },
        hear(host, holds) {
          const expires = new Date((NOW + (holds ? 1_000 : -1_000)) * 1_000).toUTCString()
          jar.set(`n=v; Expires=${expires}`, { host, target: '/', isSecure: true })
        },
      }
    },
    (versions) => mergeCookieFiles(versions, COOKIE_LIMITS),
  ))

test('the head of the file stays, foreign lines go, and lines of one origin stay together', () => {
  const cache = new AltSvcCache(handDate(), { altSvcEntries: 100, cacheLineChars: 4_095 })
  const head = cache.toFile()
  cache.learn('h2="one.example:443", h3="two.example:443"', {
    origin: { host: 'a.test', port: 443 },
    over: 'h1',
  })
  const ours = cache.toFile()
  const theirs = `# another head\nnonsense\n${ours.slice(head.length).replaceAll('a.test', 'b.test')}`
  const merged = mergeAltSvcFiles({ base: head, theirs, ours })
  expect(merged).toBe(ours + ours.slice(head.length).replaceAll('a.test', 'b.test'))
  expect(mergeAltSvcFiles({ base: ours, theirs: '', ours })).toBe(head)
})
