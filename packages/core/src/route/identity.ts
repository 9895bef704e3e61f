/**
 * `Identity`: everything that went into making a connection, as one immutable value that is compared whole.
 *
 * The rule: it is made only here, from the option table, so that an option marked as shaping a connection
 * cannot be left out of the match. The search goes by host name first, before any DNS.
 */
import type { Credentials } from '../auth/credentials.ts'
import { isSecure, type Origin } from '../http/origin.ts'
import { namesSet } from '../options/option-set.ts'
import type { EasySettings } from '../options/option-types.ts'
import { hasTls, type ProxyPeer } from '../proxy/proxy-peer.ts'
import { chooseProxy, isForwarded, type ProxyChoice } from './choose-proxy.ts'
import { redirectedBy } from './pins.ts'
import { proxyFields, proxyOrigin } from './proxy-hops.ts'
import { EASY_OPTIONS, type IdentityPart, type OptionRow } from '../tables/option-table.ts'

export interface Identity {
  /** Equal for equal identities, different for different ones. May hold secrets: never printed. */
  readonly key: string
  /** The host name, under which the search begins. */
  readonly host: string
  readonly origin: Origin
  /** The options that differ from their default, as text. May hold secrets. */
  readonly parts: ReadonlyMap<string, string>
}

/** One difference between two identities; values of secret options are left out. */
export interface IdentityMismatch {
  readonly reason: 'scheme' | 'port' | Exclude<IdentityPart, 'no'>
  readonly field: string
  readonly have: string | undefined
  readonly want: string | undefined
}

type IdentityRow = readonly [name: keyof EasySettings, part: Exclude<IdentityPart, 'no'>, row: OptionRow]

const IDENTITY_ROWS: readonly IdentityRow[] = Object.entries(EASY_OPTIONS as Record<string, OptionRow>)
  .filter(([, row]) => row.identity !== 'no')
  .map(([name, row]) => [name as keyof EasySettings, row.identity as Exclude<IdentityPart, 'no'>, row])
/** The places of those that count where there is no proxy. */
const DIRECT_PLACES: ReadonlyMap<string, number> = new Map(
  [...IDENTITY_ROWS.entries()]
    .filter(([, [, part]]) => part !== 'proxy')
    .map(([place, [name]]) => [name, place]),
)

/** What shapes a connection beside options: it was learned from elsewhere. */
export interface Learned {
  /** Where Alt-Svc leads, as `host:port`. */
  readonly altSvc?: string | undefined
  /** For whom the connection is, or may come to be, authenticated (NTLM, Negotiate). */
  readonly login?: Credentials | undefined
  /** Which function makes its tokens of Negotiate, by number. */
  readonly tokensOf?: number | undefined
}

const LEARNED_PARTS = { altSvc: 'route', login: 'login', tokensOf: 'login' } as const satisfies Record<
  keyof Learned,
  Exclude<IdentityPart, 'no'>
>

/** `choice`: the proxies on the way. What a proxy forwards has the proxy's identity, whatever its own origin. */
export function makeIdentity(
  settings: EasySettings,
  origin: Origin,
  choice: ProxyChoice | undefined = chooseProxy(settings, origin),
  learned: Learned = {},
): Identity {
  let parts = NO_PARTS
  for (const [name, part, row] of choice === undefined ? rowsSet(settings) : IDENTITY_ROWS) {
    const value = part === 'proxy' ? proxyPart(name, settings, choice) : settings[name]
    // TLS options shape only what has TLS in it.
    if (value === undefined || value === row.default || (part === 'tls' && !isSecure(origin))) continue
    if (name === 'connectTo' && !leadsElsewhere(settings, origin)) continue
    parts = withPart(parts, name, textOf(value))
  }
  if (learned.altSvc !== undefined) parts = withPart(parts, 'altSvc', learned.altSvc)
  // At a proxy that forwards connections are those of all origins, but a login is at one of them.
  if (learned.login !== undefined) {
    const { user, password } = learned.login
    const place = isForwarded(choice) ? [origin.text] : []
    parts = withPart(parts, 'login', JSON.stringify([user, password, ...place]))
  }
  if (learned.tokensOf !== undefined) parts = withPart(parts, 'tokensOf', String(learned.tokensOf))
  const own = isForwarded(choice) ? proxyOrigin(choice!.http!) : origin
  const key = parts.size === 0 ? own.text : `${own.text} ${JSON.stringify([...parts])}`
  return { key, host: own.host, origin: own, parts }
}

/** One for all who need none: a map takes 280 bytes when it is empty. */
const NO_PARTS: ReadonlyMap<string, string> = new Map()

function withPart(
  parts: ReadonlyMap<string, string>,
  name: string,
  value: string,
): ReadonlyMap<string, string> {
  return parts === NO_PARTS ? new Map([[name, value]]) : (parts as Map<string, string>).set(name, value)
}

/** Whether any option that was set may shape connections, proxies aside. */
export function isShaped(settings: EasySettings): boolean {
  return namesSet(settings).some((name) => DIRECT_PLACES.has(name))
}

/**
 * The rows of the options that were set, in the order of the table: all others have their defaults. A look at
 * every row cost 1.2 us, a fifth of the plan.
 */
function rowsSet(settings: EasySettings): IdentityRow[] {
  const places: number[] = []
  for (const name of namesSet(settings)) {
    const place = DIRECT_PLACES.get(name)
    if (place !== undefined) places.push(place)
  }
  if (places.length > 1) places.sort((a, b) => a - b)
  return places.map((place) => IDENTITY_ROWS[place]!)
}

/** A list that has nothing for the origin, or leads to where it is anyway, shapes nothing (libcurl drops it, too). */
function leadsElsewhere({ connectTo }: EasySettings, { host, port }: Origin): boolean {
  const to = redirectedBy(connectTo, host, port)
  return to !== undefined && (to.host !== host || to.port !== port)
}

/** What an option makes of the way through the chosen proxies: what was found of them, and what is sent to them. */
function proxyPart(
  name: keyof EasySettings,
  settings: EasySettings,
  choice: ProxyChoice | undefined,
): unknown {
  if (choice === undefined) return undefined
  const { socks, http, mode, isFirst } = choice
  const before = http === undefined ? socks.slice(0, -1) : socks
  const last = http ?? socks.at(-1)!
  switch (name) {
    case 'proxy':
      return last.text.replace(/^\w+/, last.type)
    case 'preProxy':
      return before.length === 0 ? undefined : before.map(({ text }) => text).join()
    case 'proxyUsername':
      return credentialsOf([...before, last], 'user')
    case 'proxyPassword':
      return credentialsOf([...before, last], 'password')
    case 'httpProxyTunnel':
      return mode === 'tunnel'
    case 'proxyHeader':
      return mode === 'tunnel' && settings.proxyHeader !== undefined
        ? proxyFields(settings, choice)
        : undefined
    case 'proxyAuth':
      return http === undefined ? undefined : settings.proxyAuth
    default:
      return http !== undefined && hasTls(http) && (isFirst || !OF_THE_FIRST.has(name))
        ? settings[name]
        : undefined
  }
}

/** What the proxies of the first request are shown alone (see route/tls-settings.ts). */
const OF_THE_FIRST: ReadonlySet<string> = new Set([
  'proxySslCert',
  'proxySslCertBlob',
  'proxySslKey',
  'proxySslKeyBlob',
  'proxyKeyPasswd',
  'proxyPinnedPublicKey',
])

function credentialsOf(peers: readonly ProxyPeer[], part: 'user' | 'password'): unknown {
  return peers.some(({ credentials }) => credentials !== undefined)
    ? peers.map(({ credentials }) => credentials?.[part] ?? null)
    : undefined
}

/** Whether nothing but the host name tells two identities apart. */
export function differInHostOnly(a: Identity, b: Identity): boolean {
  if (a.origin.scheme !== b.origin.scheme || a.origin.port !== b.origin.port || a.parts.size !== b.parts.size)
    return false
  for (const [name, value] of a.parts) if (b.parts.get(name) !== value) return false
  return true
}

/** Every difference, not only the first: what an explanation lists. Empty when they are equal. */
export function compareIdentities(have: Identity, want: Identity): IdentityMismatch[] {
  const found: IdentityMismatch[] = []
  const a = have.origin
  const b = want.origin
  if (a.scheme !== b.scheme) found.push({ reason: 'scheme', field: 'scheme', have: a.scheme, want: b.scheme })
  if (a.port !== b.port)
    found.push({ reason: 'port', field: 'port', have: String(a.port), want: String(b.port) })
  for (const [name, part, row] of IDENTITY_ROWS) {
    if (part === 'tls' && a.scheme !== b.scheme) continue
    if (have.parts.get(name) === want.parts.get(name)) continue
    const shown = (parts: ReadonlyMap<string, string>): string | undefined =>
      row.secret === true || row.kind === 'bytes' ? undefined : (parts.get(name) ?? defaultText(row))
    found.push({ reason: part, field: name, have: shown(have.parts), want: shown(want.parts) })
  }
  for (const [name, reason] of Object.entries(LEARNED_PARTS)) {
    const [ours, wanted] = [have.parts.get(name), want.parts.get(name)]
    if (ours === wanted) continue
    const isSecret = reason === 'login'
    found.push({
      reason,
      field: name,
      have: isSecret ? undefined : ours,
      want: isSecret ? undefined : wanted,
    })
  }
  return found
}

function defaultText(row: OptionRow): string {
  return row.default === undefined ? 'not set' : String(row.default)
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return value.join()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
