/**
 * Every option that takes text, with every control byte, half characters and characters beyond Latin-1, over both
 * versions of HTTP and through proxies: refused before a name is looked up, or known not to reach the wire.
 */
import { describe, expect, it, test } from 'vitest'
import {
  EASY_OPTIONS,
  isTransferError,
  type EasyOptions,
  type OptionRow,
  type TransferError,
} from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const CONTROLS = [...Array.from({ length: 0x20 }, (_, code) => code), 0x7f]
const TAB = 0x09
const HALF = 0xd800
const BEYOND_LATIN1 = 0x4e2d

/** Before and behind the bad character: what is behind it is never repeated. */
const [BEFORE, BEHIND] = ['BeFoRe', 'SeCrEt']

function around(code: number): string {
  return `${BEFORE}${String.fromCharCode(code)}${BEHIND}`
}

const WAYS: Readonly<Record<string, EasyOptions>> = {
  'over HTTP/1.1': { httpVersion: '1.1' },
  'over HTTP/2': { httpVersion: '2-prior-knowledge' },
  'to a proxy that forwards': { proxy: 'http://p.test:3128' },
  'through a tunnel': { proxy: 'http://p.test:3128', url: 'https://a.test/x' },
  'through SOCKS': { proxy: 'socks5h://s.test:1080' },
}

const ROWS: readonly (readonly [string, OptionRow])[] = Object.entries(EASY_OPTIONS)

/** Kinds whose values are text, or hold some, with a value around a bad text. */
const TEXTS: Partial<Record<OptionRow['kind'], readonly ((bad: string) => unknown)[]>> = {
  text: [(bad) => bad],
  list: [(bad) => [bad], (bad) => ['ALL', bad]],
  url: [(bad) => `http://a.test/${bad}`, (bad) => `http://${bad}:x@a.test/`, (bad) => `http://a.test${bad}/`],
  headers: [
    (bad) => ({ 'X-A': bad }),
    (bad) => [`X-A: ${bad}x`],
    (bad) => ({ [bad]: 'x' }),
    (bad) => [[`X${bad}`, undefined]],
  ],
  trailers: [(bad) => ({ 'X-A': bad }), (bad) => ({ [bad]: 'x' })],
  proxy: [
    (bad) => `http://u:${bad}@p.test:3128`,
    (bad) => `http://p.test${bad}:3128`,
    (bad) => `${bad}://p.test`,
  ],
  variables: [(bad) => ({ http_proxy: `http://${bad}@p.test:3128`, https_proxy: `p.test:31${bad}` })],
}

/** Kinds without text, and those whose text is the content of a message: any bytes may stand in it. */
const OTHER_KINDS: ReadonlySet<OptionRow['kind']> = new Set([
  'flag',
  'integer',
  'duration',
  'choice',
  'bytes',
  'signal',
  'body',
  'post-fields',
  'json',
  'mime-parts',
  'write-function',
  'header-function',
  'progress-function',
  'hsts-function',
  'negotiate-function',
])

const A_PATH = 'names a file of this machine, which may have such a name'
/** Options whose text may hold control characters, and why none of it is sent. */
const STAYS_HERE: Readonly<Record<string, string>> = {
  netrcFile: A_PATH,
  cookieFile: A_PATH,
  cookieJar: A_PATH,
  hsts: A_PATH,
  altSvc: A_PATH,
  unixSocketPath: 'names a socket of this machine; it is connected to and told nothing of its name',
  abstractUnixSocket: 'the same',
  connectionTag: 'is compared with the tags of connections',
  noProxy: 'is compared with the host; a tab is a blank between entries',
  ...Object.fromEntries(
    ['caInfo', 'caPath', 'crlFile', 'sslCert', 'sslKey'].flatMap((name) => [
      [name, A_PATH],
      [`proxy${name[0]!.toUpperCase()}${name.slice(1)}`, A_PATH],
    ]),
  ),
  keyPasswd: 'opens a key of this machine',
  proxyKeyPasswd: 'the same',
  pinnedPublicKey: 'is compared with the key of the peer, or names a file',
  proxyPinnedPublicKey: 'the same',
}

/** What it takes for an option to count. */
const WITH: Readonly<Record<string, EasyOptions>> = {
  password: { username: 'u' },
  proxyPassword: { proxyUsername: 'u' },
  awsSigv4: { username: 'u', password: 'p' },
  trailers: { body: 'x' },
  netrcFile: { netrc: 'optional' },
}

/** Their other codes come from the parsers of URLs and proxies. */
const CODES = [
  'BAD_FUNCTION_ARGUMENT',
  'URL_MALFORMAT',
  'UNSUPPORTED_PROTOCOL',
  'COULDNT_RESOLVE_PROXY',
  'COULDNT_CONNECT',
]

interface Outcome {
  /** Undefined: it was performed. */
  readonly error: TransferError | undefined
  readonly dials: number
  readonly lookups: number
  /** All that servers and proxies were told, as text. */
  readonly told: string
}

type Attempt = (options: object) => Promise<Outcome>

/** A world with all the machines of WAYS, and `attempt`, which says what became of a handle with these options. */
async function inWorld(run: (attempt: Attempt, world: SimWorld) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const { network, environment } = world
    const takeRecord = machines(world)
    await run(async (options) => {
      const [dials, lookups] = [network.dials.length, network.lookups]
      const error = await perform({ environment, url: 'http://a.test/x', ...options })
      return {
        error,
        dials: network.dials.length - dials,
        lookups: network.lookups - lookups,
        told: takeRecord(),
      }
    }, world)
  })
}

async function perform(init: object): Promise<TransferError | undefined> {
  let easy: Easy | undefined
  try {
    easy = new Easy(init)
    await easy.perform()
    return undefined
  } catch (error) {
    if (isTransferError(error)) return error
    throw error
  } finally {
    await easy?.close().catch(() => undefined)
  }
}

/** Starts them; answers what they have been told since the last call. */
function machines(world: SimWorld): () => string {
  const told: unknown[] = []
  for (const where of ['http://a.test', 'https://a.test'])
    world.origin(
      where,
      async (exchange) => {
        const { method, target, fields } = exchange.request
        const body = new TextDecoder('latin1').decode(await exchange.body())
        told.push([method, target, ...fields, body])
        exchange.respond({ body: 'hello' })
      },
      { http2: true },
    )
  world.proxy('http://p.test:3128', {
    answer: ({ method, target, fields }) => {
      told.push([method, target, ...fields])
      return undefined
    },
  })
  const socks = world.socks('s.test:1080')
  return () => JSON.stringify([...told.splice(0), ...socks.requests.splice(0)])
}

function expectRefused(name: string, { error, dials, lookups, told }: Outcome, mayShowName = false): void {
  expect(error, 'it was performed').toBeDefined()
  expect(CODES).toContain(error!.code)
  expect(error!.phase).toBe('setup')
  expect(error!.message).toMatch(
    name === 'url' ? /the \w+ of the URL|the host/ : new RegExp(`option ${name}\\b`),
  )
  const text = `${error!.message} ${JSON.stringify(error!.details)}`
  // A host is no secret, nor is how a URL or a field's name begins.
  const shown = [BEFORE, BEHIND].filter((word) => text.includes(word))
  const mayShow = error!.message.startsWith('the host')
    ? [BEFORE, BEHIND]
    : mayShowName || name === 'url'
      ? [BEFORE]
      : []
  expect(shown.filter((word) => !mayShow.includes(word))).toEqual([])
  expect([dials, lookups, told]).toEqual([0, 0, '[]'])
}

function expectPerformed({ error, told }: Outcome, text = ''): void {
  expect(error).toBeUndefined()
  expect(told).toContain(JSON.stringify(text).slice(1, -1))
}

test('the table of options is covered', () => {
  expect(ROWS.filter(([, { kind }]) => TEXTS[kind] === undefined && !OTHER_KINDS.has(kind))).toEqual([])
  const local = ROWS.filter(([, { use }]) => use === 'local').map(([name]) => name)
  expect(Object.keys(STAYS_HERE).sort()).toEqual(local.sort())
})

describe.each(Object.entries(WAYS))('%s', (_way, way) => {
  const texts = ROWS.filter(([, { kind, use, choices }]) => {
    // Variables are looked at where no option says which proxy.
    if (kind === 'variables' && way.proxy !== undefined) return false
    return TEXTS[kind] !== undefined && use !== 'local' && choices === undefined
  })

  test.each(texts)('%s is refused', async (name, row) => {
    await inWorld(async (attempt) => {
      for (const [form, make] of TEXTS[row.kind]!.entries()) {
        // The forms of fields whose values are bad; in the others it is the name.
        const isValue =
          row.use === 'field' || (row.kind === 'headers' && form < 2) || (row.kind === 'trailers' && form < 1)
        const codes = [...CONTROLS, HALF, ...(isValue ? [BEYOND_LATIN1] : [])]
        for (const code of codes) {
          const outcome = await attempt({ ...way, ...WITH[name], [name]: make(around(code)) })
          if (isValue && code === TAB) expectPerformed(outcome)
          else expectRefused(name, outcome, !isValue && (row.kind === 'headers' || row.kind === 'trailers'))
        }
      }
    })
  })

  test.each(Object.keys(STAYS_HERE))('%s stays here', async (name) => {
    await inWorld(async (attempt) => {
      for (const code of CONTROLS) {
        const outcome = await attempt({
          ...way,
          ...WITH[name],
          [name]: EASY_OPTIONS[name as 'cookieFile'].kind === 'list' ? [around(code)] : around(code),
        })
        if (code === 0) expectRefused(name, outcome)
        // A request that went out was told of, and one that failed did so at a socket that is not there.
        const { error, told } = outcome
        expect(told.includes('a.test')).toBe(error === undefined)
        expect(
          [undefined, 'COULDNT_CONNECT', 'BAD_FUNCTION_ARGUMENT'].slice(0, code === 0 ? 3 : 2),
        ).toContain(error?.code)
        expect(outcome.told).not.toContain(BEFORE)
      }
    })
  })
})

describe('percent-encoded', () => {
  test.each(CONTROLS)('%i in a login', async (code) => {
    const encoded = `${BEFORE}%${code.toString(16).padStart(2, '0')}${BEHIND}`
    await inWorld(async (attempt) => {
      for (const httpAuth of [['basic'], ['digest'], ['any']] as const) {
        for (const login of [`${encoded}:x`, `x:${encoded}`]) {
          expectRefused('url', await attempt({ url: `http://${login}@a.test/`, httpAuth }))
          for (const name of ['proxy', 'preProxy']) {
            const proxy = `socks5h://${login}@s.test:1080`
            expectRefused(name, await attempt({ [name]: proxy, url: 'https://a.test/' }))
          }
          const proxy = `http://${login}@p.test:3128`
          for (const url of ['http://a.test/', 'https://a.test/'])
            expectRefused('proxy', await attempt({ proxy, url, proxyAuth: httpAuth }))
        }
      }
    })
  })
})

it.each(['\\n', '\\r', '\\t'])('%s in a password of a netrc file is refused', async (escape) => {
  await inWorld(async (attempt, world) => {
    world.disk.files.set('/netrc', `machine a.test login ada password "${BEFORE}${escape}${BEHIND}"`)
    for (const httpAuth of [['basic'], ['digest'], ['ntlm']] as const) {
      const { error, dials, lookups } = await attempt({ netrc: 'required', netrcFile: '/netrc', httpAuth })
      expect(error).toMatchObject({ code: 'BAD_FUNCTION_ARGUMENT', phase: 'setup' })
      expect(error!.message).toMatch(/^the password contains the character U\+000[9AD]$/)
      expect([dials, lookups]).toEqual([0, 0])
    }
  })
})

describe.each(['1.1', '2-prior-knowledge'] as const)('what stands in a body, over HTTP/%s', (httpVersion) => {
  test('is not looked at', async () => {
    await inWorld(async (attempt) => {
      const bytes = String.fromCharCode(...CONTROLS)
      const part = { name: 'a', data: bytes }
      for (const body of [{ body: bytes }, { postFields: bytes }, { json: bytes }, { mimePost: [part] }]) {
        const { error, told } = await attempt({ httpVersion, ...body })
        expect(error).toBeUndefined()
        expect(told).toContain(JSON.stringify(bytes).slice(1, -1))
      }
    })
  })

  /** Texts of a part, and what is written where one may stand. */
  const WRITTEN: Readonly<Record<string, ReadonlyMap<number, string>>> = {
    name: new Map([
      [0x09, '\t'],
      [0x0a, '%0A'],
      [0x0d, '%0D'],
    ]),
    filename: new Map([
      [0x09, '\t'],
      [0x0a, '%0A'],
      [0x0d, '%0D'],
    ]),
    contentType: new Map([[0x09, '\t']]),
    headers: new Map([[0x09, '\t']]),
  }

  test.each(Object.keys(WRITTEN))('but the %s of a part is', async (property) => {
    await inWorld(async (attempt) => {
      for (const code of [...CONTROLS, HALF]) {
        const text = around(code)
        const part = { name: 'a', data: 'b', [property]: property === 'headers' ? [`X-A: ${text}`] : text }
        const outcome = await attempt({ httpVersion, mimePost: [part] })
        const written = WRITTEN[property]!.get(code)
        if (written === undefined) expectRefused('mimePost', outcome)
        else expectPerformed(outcome, BEFORE + written + BEHIND)
        if (property.endsWith('name') && (code === 0x0a || code === 0x0d))
          expectRefused('mimePost', await attempt({ httpVersion, mimePost: [part], formEscape: true }))
      }
    })
  })

  test('and so is the type of a blob, whoever made it', async () => {
    await inWorld(async (attempt) => {
      for (const code of CONTROLS) {
        if (code === TAB) continue
        const blob = { size: 1, type: around(code), stream: () => ['x'] }
        expectRefused('body', await attempt({ httpVersion, body: blob }))
        expectRefused(
          'mimePost',
          await attempt({ httpVersion, mimePost: [{ name: 'a', data: blob, contentType: blob.type }] }),
        )
      }
    })
  })

  test('trailers of a function are refused when they are known, and none of them is sent', async () => {
    await inWorld(async (attempt) => {
      for (const code of [...CONTROLS, HALF, BEYOND_LATIN1]) {
        if (code === TAB) continue
        for (const trailers of [() => ({ 'X-A': around(code) }), () => ({ [around(code)]: 'x' })]) {
          const { error, told } = await attempt({ httpVersion, body: 'x', trailers })
          expect(error?.code).toBe('BAD_FUNCTION_ARGUMENT')
          expect(error!.message).toMatch(/option trailers/)
          expect(error!.message + told).not.toContain(BEHIND)
        }
      }
    })
  })
})
