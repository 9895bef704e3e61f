/**
 * TLS sessions as text that outlives the process (libcurl: curl_easy_ssls_export and _import).
 *
 * The rule: what a session is kept under may hold secrets (passwords of keys, tags of tenants), so the text has a
 * keyed digest of it (RFC 2104) and never itself: who imports can find a session only by knowing whose it is. The
 * sessions themselves are secrets; the text belongs in a file that only its owner reads.
 */
import { decodeBase64, encodeBase64 } from '../auth/base64.ts'
import { LIMITS } from '../tables/limits.ts'

/** One session of the text. */
export interface SavedSession {
  /** Of what it is kept under, as base64. */
  readonly digest: string
  readonly session: Uint8Array
  /** When it was issued, seconds since 1970. */
  readonly issuedS: number
}

/** A text taken apart. */
export interface SavedSessions {
  /** The key of the digests, as base64. */
  readonly salt: string
  /** The oldest first. */
  readonly sessions: readonly SavedSession[]
}

/** The sessions of a text; undefined when it is not one. Lines that cannot be read are left out. */
export function readTlsSessions(text: string): SavedSessions | undefined {
  const lines = text.split('\n')
  const salt = /^salt ([A-Za-z0-9+/]{22,}={0,2})$/.exec(
    lines.find((line) => line.startsWith('salt ')) ?? '',
  )?.[1]
  if (salt === undefined || decodeBase64(salt) === undefined) return undefined
  return { salt, sessions: lines.flatMap(readLine) }
}

/** The text of sessions; those of `old` with the same key of digests are kept beside them, as many as a cache would. */
export function writeTlsSessions(mine: SavedSessions, old?: SavedSessions): string {
  const theirs = old?.salt === mine.salt ? old.sessions : []
  const byPeer = new Map<string, SavedSession[]>()
  const seen = new Set<string>()
  const inOrder = [...theirs, ...mine.sessions].sort((a, b) => a.issuedS - b.issuedS)
  for (const saved of inOrder) {
    const line = writeLine(saved)
    if (seen.has(line)) continue
    seen.add(line)
    const kept = byPeer.get(saved.digest) ?? []
    kept.push(saved)
    if (kept.length > LIMITS.tlsSessionsPerPeer) kept.shift()
    byPeer.set(saved.digest, kept)
  }
  const peers = [...byPeer.values()].slice(-LIMITS.tlsSessionPeers)
  return `${HEAD}salt ${mine.salt}\n${peers.flat().map(writeLine).join('')}`
}

function readLine(line: string): SavedSession[] {
  const [, digest, seconds, base64] = LINE.exec(line) ?? []
  const session = base64 === undefined || base64.length > LONGEST ? undefined : decodeBase64(base64)
  return session === undefined ? [] : [{ digest: digest!, issuedS: Number(seconds), session }]
}

function writeLine({ digest, issuedS, session }: SavedSession): string {
  return `session ${digest} ${issuedS} ${encodeBase64(session)}\n`
}

const HEAD = '# TLS sessions of Trunkline. Whoever reads this can take part in their connections.\n'
const LINE = /^session ([A-Za-z0-9+/]{43}=) (\d{1,12}) ([A-Za-z0-9+/]+={0,2})$/
/** A session holds certificates and tickets of at most 64 KiB each. */
const LONGEST = 256 * 1024
