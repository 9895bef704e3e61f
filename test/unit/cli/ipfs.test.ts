import { describe, expect, test } from 'vitest'
import { gatewayFile, gatewayUrl, isIpfsUrl } from '../../../packages/cli/src/line/ipfs.ts'

describe('an IPFS URL', () => {
  test.each([
    ['ipfs://Qm', 'http://g', 'http://g/ipfs/Qm'],
    ['IPNS://a.b/c?d=e#f', 'https://g/p/', 'https://g/p/ipns/a.b/c?d=e'],
    ['ipfs://Qm/', 'http://g:81', 'http://g:81/ipfs/Qm'],
  ])('%s at %s is %s', (url, gateway, whole) => {
    expect(gatewayUrl(url, { url: gateway, isFlag: false })).toBe(whole)
  })

  test.each([
    ['without a gateway', undefined, 'IPFS automatic gateway detection failed', 37],
    ['at a gateway with a query', { url: 'http://g/?q', isFlag: true }, 'malformed target URL', 3],
    ['at what is no URL', { url: 'foo', isFlag: false }, 'malformed target URL', 3],
    ['at a host that is none', { url: 'http://a,b:1', isFlag: false }, 'malformed target URL', 3],
    [
      'at a host of the flag that is none',
      { url: 'http://a,b:1', isFlag: true },
      '--ipfs-gateway was given a malformed URL',
      43,
    ],
  ])('%s is refused', (_case, gateway, message, exitCode) => {
    expect(() => gatewayUrl('ipfs://Qm', gateway)).toThrow(expect.objectContaining({ message, exitCode }))
  })

  test('is known by its scheme', () => {
    expect(['ipfs://a', 'IPNS://a', 'ipfs:a', 'http://ipfs://'].map(isIpfsUrl)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  test.each([
    [{ IPFS_PATH: '/i/', HOME: '/h' }, '/i/gateway'],
    [{ HOME: '/h' }, '/h/.ipfs/gateway'],
    [{}, undefined],
  ])('has its gateway, with %j, in %s', (env, path) => {
    expect(gatewayFile(env)).toBe(path)
  })
})
