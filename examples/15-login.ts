/** Logging in: the strongest scheme that a server offers, a netrc file, a token, and what a refusal looks like. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Logging in'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  using easy = new Easy({ environment, url: 'http://desk.test/plan' })

  // With `any` the request goes without a login first, and then with the strongest scheme that is offered: here
  // Digest, which does not send the password.
  easy.set({ username: 'ada', password: 'l0velace', httpAuth: ['any'] })
  print((await easy.perform()).text())

  // With one scheme the login goes along at once. What the server said of Digest is known by now.
  easy.set({ httpAuth: ['digest'] })
  print((await easy.perform()).text())

  // A refusal is a response like any other: status 401, its body, and what was offered.
  easy.set({ password: 'guess' })
  const refused = await easy.perform()
  print(`${refused.status}: ${refused.text()}, offered ${refused.info.httpAuthAvail.join(' and ')}`)

  // User and password of a netrc file are looked up for each host; it is the file of curl and others.
  const file = join(tmpdir(), `trunkline-example-${process.pid}.netrc`)
  await environment.stateFiles.update(file, () => 'machine desk.test login ada password l0velace\n')
  easy.set({ username: undefined, password: undefined, netrc: 'optional', netrcFile: file })
  print((await easy.perform()).text())
  rmSync(file, { force: true })
  easy.set({ netrc: 'ignored', netrcFile: undefined })

  // A token. Neither goes along when a redirect leads to another host, unless `unrestrictedAuth` says so.
  easy.set({ xoauth2Bearer: 'mF_9.B5f-4.1JqM', httpAuth: undefined, followLocation: true })
  print((await easy.perform()).text())
  print((await easy.set({ url: 'http://desk.test/moved' }).perform()).text())
}
// #endregion body

let challenges = 0

export const servers: Servers = {
  'http://desk.test': ({ method, path, headers }) => {
    if (path === '/moved') return { status: 302, headers: { location: 'http://annex.test/plan' } }
    const { authorization = '' } = headers
    if (authorization === 'Bearer mF_9.B5f-4.1JqM') return { body: 'the plan, by token' }
    if (isRightDigest(authorization, method, path))
      return { body: `the plan, after ${challenges} challenge${challenges === 1 ? '' : 's'}` }
    challenges += 1
    const digest = `Digest realm="desk", nonce="n${challenges}", qop="auth", algorithm=SHA-256`
    return { status: 401, headers: { 'www-authenticate': `Basic realm="desk", ${digest}` }, body: 'who?' }
  },
  'http://annex.test': ({ headers }) => ({
    body: `the annex got ${headers['authorization'] ?? 'no login'}`,
  }),
}

/** RFC 7616 section 3.4.1, for the one user that there is. */
function isRightDigest(given: string, method: string, path: string): boolean {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
  const part = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)`).exec(given)?.[1] ?? ''
  const middle = `${part('nonce')}:${part('nc')}:${part('cnonce')}:auth`
  return part('response') === hash(`${hash('ada:desk:l0velace')}:${middle}:${hash(`${method}:${path}`)}`)
}

export const expected = [
  'the plan, after 1 challenge',
  'the plan, after 1 challenge',
  '401: who?, offered basic and digest',
  'the plan, after 3 challenges',
  'the plan, by token',
  'the annex got no login',
]
