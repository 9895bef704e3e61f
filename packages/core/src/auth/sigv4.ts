/**
 * AWS Signature Version 4 as CURLOPT_AWS_SIGV4 has it: a request's fields to sign it with.
 *
 * The rule: what is signed is what is sent. Whoever changes method, target, body or a field afterwards signs
 * anew; a redirect is signed anew for its host, or not at all.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { indexOfOther, TARGET_CHAR, trimBlanks } from '../http/tokens.ts'
import { checkCredentials, utf8, type Credentials } from './credentials.ts'
import type { Hashes } from '../env/environment.ts'
import { hexOf } from './hash.ts'
import { canonicalPath, canonicalQuery } from './sigv4-canonical.ts'
import { parseSigV4Scope, type SigV4Scope } from './sigv4-scope.ts'

/** A request to sign. Texts are Latin-1, as they are sent. */
export interface SigV4Request {
  readonly method: string
  /** Host name of the URL; service and region are taken of it when the option does not name them. */
  readonly host: string
  /** What the Host field says. */
  readonly authority: string
  /** Path and query as they are sent, the path without dot segments. */
  readonly target: string
  /** The user's own fields, which are signed too. One of the name Authorization means that nothing is signed. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** `stream`: the body is not in memory; undefined: there is none. */
  readonly body?: Uint8Array | 'stream'
}

/** With what to sign. */
export interface SigV4Signer {
  /** The option: `provider1[:provider2[:region[:service]]]`; empty means `aws:amz`. */
  readonly provider: string
  /** Access key id and secret key. */
  readonly credentials: Credentials
  readonly date: Date
  readonly hashes: Hashes
}

/**
 * The fields to add, Authorization first. Empty when the user's fields have an Authorization.
 * BAD_FUNCTION_ARGUMENT for broken options or an access key that cannot stand in a field, and for a body outside
 * memory to a service other than S3 (curl signs an empty one, which servers refuse); URL_MALFORMAT when neither
 * option nor host name tells service and region.
 */
export function signSigV4(
  request: SigV4Request,
  signer: SigV4Signer,
): (readonly [name: string, value: string])[] {
  if (findField(request, 'authorization') !== undefined) return []
  const { credentials, hashes } = signer
  checkCredentials(credentials)
  checkAccessKey(credentials.user)
  const scope = parseSigV4Scope(signer.provider, request.host)

  const added: [string, string][] = []
  const hashField = `x-${scope.provider2}-content-sha256`
  let payload = findField(request, hashField)
  if (payload === undefined) {
    const isS3 = scope.provider1 === 'aws' && scope.service.toLowerCase() === 's3'
    payload = payloadHash(request, isS3, hashes)
    if (isS3) added.push([hashField, payload])
  }

  const { stamp, field } = timestamp(request, scope, signer.date)
  if (field !== undefined) added.unshift(field)
  const { lines, names } = canonicalFields(request, added)
  const [path, query] = splitTarget(request.target)
  const canonical = [
    request.method,
    canonicalPath(path, scope.service),
    canonicalQuery(query),
    lines,
    names,
    payload,
  ]

  const algorithm = `${scope.provider1.toUpperCase()}4-HMAC-SHA256`
  const day = stamp.slice(0, 8)
  const ending = `${scope.provider1}4_request`
  const credentialScope = `${day}/${scope.region}/${scope.service}/${ending}`
  const toSign = [algorithm, stamp, credentialScope, hexOf(sha256(hashes, canonical.join('\n')))].join('\n')
  let key = utf8(`${scope.provider1.toUpperCase()}4${credentials.password}`)
  for (const part of [day, scope.region, scope.service, ending, toSign])
    key = hashes.hmac('sha256', key, latin1Bytes(part))

  const authorization = `${algorithm} Credential=${credentials.user}/${credentialScope}, SignedHeaders=${names}, Signature=${hexOf(key)}`
  return [['Authorization', authorization], ...added]
}

/** S3 takes a body that is not hashed, other services do not. */
function payloadHash({ body, method }: SigV4Request, isS3: boolean, hashes: Hashes): string {
  if (body !== 'stream') return hexOf(hashes.digest('sha256', body ?? new Uint8Array(0)))
  if (isS3) return 'UNSIGNED-PAYLOAD'
  throw invalid(
    `the body of a ${method} request to be signed is not in memory, and only S3 takes unsigned ones`,
  )
}

/**
 * The time that is signed: that of the user's date field, else `date`, with a field to send. A Date in the usual
 * form of HTTP is sent and signed, but is no time to sign with.
 */
function timestamp(
  request: SigV4Request,
  scope: SigV4Scope,
  date: Date,
): { stamp: string; field?: [string, string] } {
  const own = findField(request, `x-${scope.provider2}-date`)
  if (own !== undefined && !STAMP.test(own))
    throw invalid(`the field x-${scope.provider2}-date is not of the form 20150830T123600Z`)
  const given = own ?? findField(request, 'date')
  if (given !== undefined && STAMP.test(given)) return { stamp: given }
  const stamp = date.toISOString().replace(/[-:]|\.\d+/g, '')
  const capital = scope.provider2.slice(0, 1).toUpperCase() + scope.provider2.slice(1)
  return { stamp, field: [`X-${capital}-Date`, stamp] }
}

/** Lower-case names in order, values with single blanks; values of one name are joined by commas. */
function canonicalFields(
  { authority, fields }: SigV4Request,
  added: readonly (readonly [string, string])[],
): { lines: string; names: string } {
  const values = new Map<string, string[]>()
  const hasHost = fields.some(([name]) => name.toLowerCase() === 'host')
  for (const [name, value] of [...(hasHost ? [] : [['Host', authority] as const]), ...fields, ...added]) {
    const key = name.toLowerCase()
    const clean = trimBlanks(value).replace(/[ \t]+/g, ' ')
    values.set(key, [...(values.get(key) ?? []), clean])
  }
  const names = [...values.keys()].sort(byCode)
  return {
    lines: names.map((name) => `${name}:${values.get(name)!.join(',')}\n`).join(''),
    names: names.join(';'),
  }
}

function findField({ fields }: SigV4Request, wanted: string): string | undefined {
  const found = fields.find(([name]) => name.toLowerCase() === wanted)
  return found && trimBlanks(found[1])
}

function splitTarget(target: string): [path: string, query: string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

function checkAccessKey(user: string): void {
  const at = indexOfOther(user, TARGET_CHAR)
  if (at < 0) return
  const code = user.charCodeAt(at).toString(16).padStart(4, '0').toUpperCase()
  throw invalid(`the access key id contains the character U+${code}`)
}

function sha256(hashes: Hashes, text: string): Uint8Array {
  return hashes.digest('sha256', latin1Bytes(text))
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function invalid(message: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, {}, { phase: 'setup' })
}

const STAMP = /^\d{8}T\d{6}Z$/
