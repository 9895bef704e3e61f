/** A crawler: hundreds of transfers at a time, few connections, and no host asked for too much. */
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'A crawler with limits per host'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  await using multi = new Multi({
    environment,
    // Two kinds of limit. Connections are what a server pays for:
    maxHostConnections: 2,
    // Transfers are what we pay for. Those beyond wait in a queue (a p-queue) in which hosts take turns,
    // so that a site of a thousand pages does not hold up one of ten.
    maxTransfers: 6,
    maxHostTransfers: 4,
  })
  const seen = new Map<string, string>()
  let mostConnections = 0
  multi.events.on('connection-opened', () => {
    mostConnections = Math.max(mostConnections, multi.connections().length)
  })

  async function visit(url: string): Promise<void> {
    if (seen.has(url)) return
    seen.set(url, 'under way')
    const page = await multi.add(new Easy({ url }))
    seen.set(url, `${page.status}`)
    // All links at once: the limits above say how many of them really run.
    await Promise.all(linksOf(page.text(), url).map(visit))
  }

  await visit('http://atlas.test/')
  print(`${seen.size} pages, ${[...seen.values()].filter((status) => status === '200').length} of them there`)
  print(`never more than ${mostConnections} connections to 2 hosts`)
}

function linksOf(html: string, base: string): string[] {
  return Array.from(html.matchAll(/href="([^"]+)"/g), ([, link = '']) => new URL(link, base).href)
}
// #endregion body

/** Each page leads to ten others, and the front page of the atlas to that of the gazetteer too. */
export const servers: Servers = {
  'http://atlas.test': ({ path }) => ({ body: pageOf(path) + anchor('http://gazetteer.test/') }),
  'http://gazetteer.test': ({ path }) => (path === '/9' ? { status: 404 } : { body: pageOf(path) }),
}

function pageOf(path: string): string {
  const digits = path.slice(1)
  return digits.length > 1
    ? ''
    : Array.from({ length: 10 }, (_, digit) => anchor(`/${digits}${digit}`)).join('')
}

function anchor(to: string): string {
  return `<a href="${to}">${to}</a>\n`
}

export const expected = ['212 pages, 211 of them there', 'never more than 4 connections to 2 hosts']
