/** What there is to work on: the embedded site over http and https, or the URLs that were given. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Settings } from './command-line.ts'
import { Manifest, parseManifest } from './manifest.ts'
import type { OriginAddress } from './origin.ts'
import type { Work } from './run.ts'
import { pageAt, pathOf } from './site.ts'

const MAX_PAGES = 500

/** Throws when a file cannot be read. */
export function givenWork(settings: Settings): Work {
  const { urls, caFile, isInsecure, manifestFile } = settings
  return {
    name: 'given URLs',
    urls: [...new Set(urls)],
    script: urls,
    trust: {
      ...(caFile === undefined ? {} : { caInfo: caFile }),
      ...(isInsecure ? { sslVerifyPeer: false, sslVerifyHost: false } : {}),
    },
    manifest: manifestFile === undefined ? undefined : parseManifest(readFileSync(manifestFile, 'utf8')),
    maxPages: MAX_PAGES,
    pages: undefined,
  }
}

/** The crawl begins at the front page and has to find all the others by their links. */
export function embeddedWork({ http, https, ca }: OriginAddress, pages: number): Work[] {
  const manifest = new Manifest(
    Array.from({ length: pages }, (_, page) => [pathOf(page), hashOf(pageAt(pathOf(page), pages))] as const),
  )
  const workAt = (name: string, front: string, trust: Work['trust']): Work => ({
    name,
    urls: [front],
    script: Array.from({ length: Math.min(20, pages) }, (_, page) => new URL(pathOf(page), front).href),
    trust,
    manifest,
    maxPages: pages,
    pages,
  })
  return [workAt('http', http, {}), workAt('https', https, { caInfoBlob: ca })]
}

function hashOf(text = ''): string {
  return createHash('sha256').update(text).digest('hex')
}
