/** `redirectMethod`: which method a request has where a redirect leads, and whether it goes with its body. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

/** Methods of three requests, with "+" where there is a body: the second by `status`, the third by 302. */
async function methods(options: EasyOptions, status: number): Promise<string> {
  const { value } = await simulate(1, async (world) => {
    const seen: string[] = []
    world.origin(
      'http://a.test',
      async (exchange) => {
        const { method, fields, target } = exchange.request
        const { length } = await exchange.body()
        seen.push(`${method}${length > 0 ? '+' : ''}${fields.has('content-type') ? 't' : ''}`)
        if (target === '/') exchange.respond({ status, headers: { Location: '/two' } })
        else if (target === '/two') exchange.respond({ status: 302, headers: { Location: '/three' } })
        else exchange.respond()
      },
      { http2: true },
    )
    await using easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      followLocation: true,
      ...options,
    })
    await easy.perform()
    return seen.join(' ')
  })
  return value
}

const DATA = { postFields: 'x' }

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (httpVersion) => {
  test.each<readonly [EasyOptions, EasyOptions['redirectMethod'], number, string]>([
    [{}, 'kept', 302, 'GET GET GET'],
    [{ noBody: true }, 'kept', 303, 'HEAD HEAD HEAD'],
    [DATA, 'kept', 302, 'POST+t GET GET'],
    [DATA, 'kept', 307, 'POST+t POST+t GET'],
    [{ ...DATA, post301: true, post302: true }, 'kept', 301, 'POST+t POST+t POST+t'],
    [{ method: 'POST' }, 'kept', 301, 'POST POST POST'],
    [{ method: 'POST' }, 'by-status', 301, 'POST GET GET'],
    [{ method: 'POST' }, 'first-only', 301, 'POST GET GET'],
    [{ method: 'POST', ...DATA }, 'kept', 302, 'POST+t POST POST'],
    [{ method: 'POST', ...DATA }, 'kept', 308, 'POST+t POST+t POST'],
    [{ method: 'DELETE' }, 'kept', 303, 'DELETE DELETE DELETE'],
    [{ method: 'DELETE' }, 'by-status', 303, 'DELETE GET GET'],
    [{ method: 'DELETE' }, 'by-status', 301, 'DELETE DELETE DELETE'],
    [{ method: 'DELETE' }, 'first-only', 307, 'DELETE GET GET'],
    [{ method: 'PATCH', ...DATA }, 'kept', 301, 'PATCH+t PATCH PATCH'],
    [{ method: 'PATCH', ...DATA }, 'by-status', 308, 'PATCH+t PATCH+t PATCH+t'],
    [{ method: 'PATCH', ...DATA }, 'first-only', 308, 'PATCH+t POST+t GET'],
    [{ method: 'GET', ...DATA }, 'kept', 307, 'GET+t GET+t GET'],
    [{ upload: true, body: 'x' }, 'kept', 301, 'PUT+ PUT+ PUT+'],
    [{ upload: true, body: 'x' }, 'kept', 303, 'PUT+ GET GET'],
    [{ method: 'FOO', noBody: true }, 'kept', 303, 'FOO FOO FOO'],
    [{ method: 'FOO', noBody: true }, 'first-only', 303, 'FOO HEAD HEAD'],
  ])('%j %s after %i: %s', async (options, redirectMethod, status, expected) => {
    expect(await methods({ httpVersion, redirectMethod, ...options }, status)).toBe(expected)
  })
})
