import { describe, expect, test } from 'vitest'
import type { TlsSettings } from '../../../packages/core/src/env/environment.ts'
import { SecureContexts } from '../../../packages/core/src/node/secure-contexts.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'

const DAY_MS = 24 * 60 * 60 * 1000

function settings(key: string, more: Partial<TlsSettings> = {}): TlsSettings {
  return { key, minVersion: 'TLSv1.2', verifyPeer: true, verifyHost: true, ...more }
}

describe('secure contexts', () => {
  test('are made once for equal settings', async () => {
    const contexts = new SecureContexts({ now: () => 0 })
    const one = await contexts.material(settings('a'))
    expect(await contexts.material(settings('a'))).toBe(one)
    expect(await contexts.material(settings('b'))).not.toBe(one)
  })

  test('are made anew after a day, used or not', async () => {
    let now = 0
    const contexts = new SecureContexts({ now: () => now })
    const one = await contexts.material(settings('a'))
    now = DAY_MS
    expect(await contexts.material(settings('a'))).toBe(one)
    now = DAY_MS + 1
    expect(await contexts.material(settings('a'))).not.toBe(one)
  })

  test('drop the one least recently used', async () => {
    const contexts = new SecureContexts({ now: () => 0 })
    const kept = await contexts.material(settings('kept'))
    const dropped = await contexts.material(settings('dropped'))
    await contexts.material(settings('kept'))
    for (let count = 0; count < LIMITS.secureContexts - 1; count += 1)
      await contexts.material(settings(`${count}`))
    expect(await contexts.material(settings('kept'))).toBe(kept)
    expect(await contexts.material(settings('dropped'))).not.toBe(dropped)
  })

  test('try again after a failure', async () => {
    const contexts = new SecureContexts({ now: () => 0 })
    const broken = settings('a', { crlFile: '/nowhere/list.crl' })
    await expect(contexts.material(broken)).rejects.toMatchObject({ code: 'SSL_CRL_BADFILE' })
    await expect(contexts.material(settings('a'))).resolves.toBeDefined()
  })
})
