/** What there is to work on: the embedded site over http, https and HTTP/2, or the URLs that were given. */
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

/** For the three jobs. The crawl begins at the front page and has to find all the others by their links. */
export function embeddedWork({ http, https, ca }: OriginAddress, pages: number): Work[] {
  return [workAt(http, pages, {}), workAt(https, pages, { caInfoBlob: ca })]
}

/** For the burst: all pages, where HTTP/2 is spoken too. */
export function embeddedBurst({ http2, ca }: OriginAddress, pages: number): Work {
  const urls = Array.from({ length: pages }, (_, page) => new URL(pathOf(page), http2).href)
  return { ...workAt(http2, pages, { caInfoBlob: ca }), urls }
}

function workAt(front: string, pages: number, trust: Work['trust']): Work {
  return {
    name: new URL(front).protocol.slice(0, -1),
    urls: [front],
    script: Array.from({ length: Math.min(20, pages) }, (_, page) => new URL(pathOf(page), front).href),
    trust,
    manifest: new Manifest(
      Array.from(
        { length: pages },
        (_, page) => [pathOf(page), hashOf(pageAt(pathOf(page), pages))] as const,
      ),
    ),
    maxPages: pages,
    pages,
  }
}

function hashOf(text = ''): string {
  return createHash('sha256').update(text).digest('hex')
}
