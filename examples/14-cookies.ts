/** Cookies and HSTS: a jar in a file, one jar for several handles, and sites that are asked by HTTPS only. */
import type { Environment } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Share } from '@trunkline/share'
import type { Print } from './worlds/servers.ts'

export const title = 'Cookies, and what else outlives a transfer'

// #region body
async function jarInAFile(environment: Environment, print: Print): Promise<void> {
  // Read before the first transfer, written when the handle is closed (or by `save()`), in the format of curl. What
  // others have written meanwhile stays.
  {
    await using easy = new Easy({ environment, url: 'https://shop.test/login', cookieJar: '/home/ada/jar' })
    await easy.perform()
    print(`kept: ${easy.info?.cookieList?.map(nameOf)}`)
  }
  await using later = new Easy({ environment, url: 'https://shop.test/cart', cookieFile: ['/home/ada/jar'] })
  print((await later.perform()).text())

  // Cookies go where their attributes say: not from TLS to clear text, and to no other site.
  for (const url of ['http://shop.test/cart', 'https://other.test/'])
    print((await later.set({ url }).perform()).text())

  // As CURLOPT_COOKIELIST: a cookie to add, or ALL, SESS, FLUSH, RELOAD. Done once, when the next transfer begins.
  later.set({ url: 'https://shop.test/cart', cookieList: ['SESS', 'Set-Cookie: lang=fr; domain=shop.test'] })
  print((await later.perform()).text())
}

async function oneJarForTwo(environment: Environment, print: Print): Promise<void> {
  await using share = new Share({ environment, parts: ['cookies', 'hsts', 'connections'] })
  await using first = new Easy({ environment, share, url: 'https://shop.test/login' })
  await using second = new Easy({ environment, share, url: 'https://shop.test/cart' })
  await first.perform()
  print(`the other one: ${(await second.perform()).text()}`)

  // HSTS is shared as well: the answer over TLS said so, and nothing goes out in clear text any more.
  const { text, info } = await get(second.set({ url: 'http://shop.test/cart' }))
  print(`${text}, by ${info.effectiveUrl}`)
}

async function get(easy: Easy) {
  const result = await easy.perform()
  return { text: result.text(), info: result.info }
}

/** A line of `cookieList` is one of the file: domain, subdomains, path, secure, expiry, name, value. */
function nameOf(line: string): string {
  return line.split('\t')[5]!
}
// #endregion body

/** There are servers with TLS in it, so the example makes a world of its own. */
export async function main(_environment: Environment, print: Print): Promise<void> {
  await simulate(1, async (world) => {
    serve(world)
    await jarInAFile(world.environment, print)
    await oneJarForTwo(world.environment, print)
  })
}

function serve(world: SimWorld): void {
  for (const where of ['https://shop.test', 'http://shop.test', 'https://other.test'])
    world.origin(where, (exchange) => {
      const { target, fields } = exchange.request
      const got = fields.first('cookie') ?? 'no cookies'
      exchange.respond({
        headers:
          target === '/login'
            ? [
                ['Set-Cookie', 'id=42; Max-Age=3600; Secure; HttpOnly'],
                ['Set-Cookie', 'step=1'],
                ['Strict-Transport-Security', 'max-age=3600'],
              ]
            : [],
        body: `${new URL(where).protocol.slice(0, -1)}: ${got}`,
      })
    })
}

export const expected = [
  'kept: id,step',
  'https: step=1; id=42',
  'http: step=1',
  'https: no cookies',
  'https: lang=fr; id=42',
  'the other one: https: step=1; id=42',
  'https: step=1; id=42, by https://shop.test/cart',
]
