/** Proxies: tunnels with a login, SOCKS, hosts that need none, and what a transfer tells of its way. */
import { isTransferError, type Environment } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import type { Print } from './worlds/servers.ts'

export const title = 'Through proxies'

// #region body
/** In a world of its own, so that there are proxies: the environment that comes from outside is not used. */
export async function main(_environment: Environment, print: Print): Promise<void> {
  await simulate(1, async (world) => {
    for (const origin of ['http://news.test', 'https://bank.test', 'http://intra.test'])
      world.origin(origin, (exchange) => exchange.respond({ body: `this is ${new URL(origin).host}` }))
    const gate = world.proxy('http://gate.test:3128', { users: { ada: 'l0velace' }, auth: 'digest' })
    const socks = world.socks('socks.test:1080')

    // The proxy is an option like any other; `proxyEnvironment: process.env` finds it where curl does.
    await using easy = new Easy({
      environment: world.environment,
      proxy: 'http://gate.test:3128',
      proxyUsername: 'ada',
      proxyPassword: 'l0velace',
      proxyAuth: ['any'],
      noProxy: 'intra.test',
    })

    // For https the proxy opens a tunnel, and what goes through it is between us and the bank. The login takes two
    // rounds on one connection; the tunnel is kept, so the second request takes neither.
    for (const path of ['balance', 'history']) {
      const { text, info } = await get(easy, `https://bank.test/${path}`)
      print(`${text}: CONNECT ${info.httpConnectCode}, ${info.numConnects} opened`)
    }
    print(`the proxy saw ${gate.requests.map(({ method, target }) => `${method} ${target}`).join(', ')}`)

    const intra = await get(easy, 'http://intra.test/')
    print(`${intra.text}: ${intra.info.usedProxy ? 'by proxy' : 'straight'}`)

    // Another way is another connection. socks5h leaves the lookup of the name to the proxy.
    easy.set({ proxy: 'socks5h://socks.test' })
    const bank = await get(easy, 'https://bank.test/balance')
    print(`${bank.text}: ${bank.info.verdict?.candidates[0]?.reasons[0]?.text}`)
    print(`asked for ${socks.requests[0]?.host}, looked up here: ${world.network.lookups} names`)

    // A refusal is an error with the status that the proxy gave.
    easy.set({ proxy: 'http://gate.test:3128', proxyPassword: 'guess', url: 'https://bank.test/' })
    print(await easy.perform().then(() => 'open', describe))
  })
}

async function get(easy: Easy, url: string) {
  const result = await easy.set({ url }).perform()
  return { text: result.text(), info: result.info }
}

function describe(error: unknown): string {
  if (isTransferError(error))
    return `${error.code} in phase ${error.phase}: status ${error.details['status']}`
  throw error
}
// #endregion body

export const expected = [
  'this is bank.test: CONNECT 200, 1 opened',
  'this is bank.test: CONNECT 0, 0 opened',
  'the proxy saw CONNECT bank.test:443, CONNECT bank.test:443',
  'this is intra.test: straight',
  'this is bank.test: proxy differs (has http://gate.test:3128, wanted socks5h://socks.test:1080)',
  'asked for bank.test, looked up here: 3 names',
  'COULDNT_CONNECT in phase proxy: status 407',
]
