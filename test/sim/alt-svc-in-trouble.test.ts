/** Alt-Svc in trouble, cookies of heads that are not delivered, and a redirect that HSTS leads home. */
import { describe, expect, test } from 'vitest'
import type { TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

async function told(easy: Easy): Promise<string> {
  return easy.perform().then(
    (result) => `${result.status} ${result.text()}`,
    (error: TransferError) => `${error.code} ${error.message}`,
  )
}

/** a.test, which names alt.test, which is one for it. Tells what came of the second request. */
async function second(alt: SimHandler, between: (world: SimWorld) => void = () => {}): Promise<string> {
  const { value } = await simulate(1, async (world) => {
    const headers = { 'Alt-Svc': 'h2="alt.test:8443"; ma=1000' }
    world.origin('https://a.test', (exchange) => exchange.respond({ headers, body: 'origin' }), {
      http2: true,
    })
    world.origin('https://alt.test:8443', alt, { http2: true, tls: { certificateNames: ['a.test'] } })
    const easy = new Easy({
      environment: world.environment,
      url: 'https://a.test/',
      altSvc: '/alt',
      connectTimeoutMs: 5_000,
    })
    expect(await told(easy)).toBe('200 origin')
    between(world)
    const text = await told(easy)
    await easy.close()
    return text
  })
  return value
}

describe('Alt-Svc', () => {
  // RFC 7838 section 6: 421 from an alternative says that it is none; the origin is to be asked.
  test('421 on a new connection to the alternative leads to the origin', async () => {
    expect(await second((exchange) => exchange.respond({ status: 421, body: 'not me' }))).toBe('200 origin')
  })

  // docs/state.md: "When the alternative cannot be reached the origin is asked instead."
  test('an alternative that nobody answers at leads to the origin', async () => {
    const alt: SimHandler = (exchange) => exchange.respond({ body: 'alt' })
    const hole = (world: SimWorld): void => world.network.link('alt.test', { connectDelayMs: 1e9 })
    expect(await second(alt, hole)).toBe('200 origin')
  })
})

describe('cookies are taken of', () => {
  test.each<[string, (exchange: SimExchange) => void]>([
    ['417', (exchange) => exchange.respond({ status: 417, headers: { 'Set-Cookie': 'c=1' } })],
    ['421', (exchange) => exchange.respond({ status: 421, headers: { 'Set-Cookie': 'c=1' } })],
    [
      '103',
      (exchange) => {
        exchange.informational(103, { 'Set-Cookie': 'c=1' })
        exchange.respond()
      },
    ],
  ])('%s', async (name, answer) => {
    await simulate(1, async (world) => {
      let count = 0
      world.origin('http://a.test', (exchange) => {
        count += 1
        if (count === 2) answer(exchange)
        else exchange.respond()
      })
      const easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        cookieFile: [''],
        ...(name === '417' ? { body: 'x', headers: { Expect: '100-continue' } } : {}),
      })
      await easy.perform()
      await easy.perform()
      expect(easy.info!.cookieList.length).toBe(1)
      await easy.close()
    })
  })
})

// libcurl compares the first host, port and protocol with those that HSTS has led to (Curl_auth_allowed_to_host).
test('a redirect to http that HSTS leads home is one to the first origin', async () => {
  await simulate(1, async (world) => {
    world.disk.files.set('/hsts', 'a.test "unlimited"\n')
    const seen: (string | undefined)[] = []
    world.origin('https://a.test', (exchange) => {
      seen.push(exchange.request.fields.first('authorization'))
      if (exchange.request.target === '/')
        exchange.respond({ status: 302, headers: { Location: 'http://a.test/x' } })
      else exchange.respond({ body: 'x' })
    })
    const easy = new Easy({
      environment: world.environment,
      url: 'https://a.test/',
      hsts: '/hsts',
      username: 'u',
      password: 'p',
      followLocation: true,
    })
    expect(await told(easy)).toBe('200 x')
    expect(easy.info!.effectiveUrl).toBe('https://a.test/x')
    expect(seen[1]).toBe(seen[0])
    await easy.close()
  })
})
