/** What of the settings stays behind when a redirect leads to another origin (see `redirect.ts`). */
import { expect, test } from 'vitest'
import { parseUrl } from '../../../packages/core/src/http/origin.ts'
import { OptionSet } from '../../../packages/core/src/options/option-set.ts'
import { makeIdentity } from '../../../packages/core/src/route/identity.ts'
import { EASY_OPTIONS } from '../../../packages/core/src/tables/option-table.ts'
import { settingsElsewhere } from '../../../packages/core/src/transfer/redirect.ts'

test('credentials and the client certificate stay behind, all else goes on', () => {
  const settings = new OptionSet(EASY_OPTIONS, {
    username: 'me',
    password: 'secret',
    xoauth2Bearer: 'token',
    sslCert: 'me.pem',
    sslKey: 'key.pem',
    keyPasswd: 'secret',
    pinnedPublicKey: 'sha256//x',
    caInfo: 'ca.pem',
    userAgent: 'me/1',
  }).snapshot()
  const elsewhere = settingsElsewhere(settings)
  const { username, password, xoauth2Bearer, sslCert, sslKey, keyPasswd, pinnedPublicKey } = elsewhere
  expect([username, password, xoauth2Bearer, sslCert, sslKey, keyPasswd, pinnedPublicKey]).toEqual(
    Array.from({ length: 7 }, () => undefined),
  )
  expect([elsewhere.caInfo, elsewhere.userAgent, elsewhere.maxRedirs]).toEqual(['ca.pem', 'me/1', 30])
  // The connection is another one, too: its identity knows nothing of the certificate.
  const { parts } = makeIdentity(elsewhere, parseUrl('https://b.test/').origin)
  expect([...parts.keys()]).toEqual(['caInfo'])
  expect(settings.sslCert).toBe('me.pem')
})
