/**
 * DNS over HTTPS (RFC 8484): one question, asked by transfers of the engine itself.
 *
 * The rule: it never falls back to another way of asking. A server that cannot be asked, or does not answer the
 * question, is a failure, and one that is not remembered.
 */
import { readAnswer, writeQuestion, type AddressType, type DnsAnswer } from '../dns/dns-message.ts'
import type { ResolvedAddress } from '../env/environment.ts'
import { isTransferError, TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { DohWay } from '../route/lookup-way.ts'
import type { AddressFamily } from '../route/route.ts'
import { Handle } from '../transfer/handle.ts'
import type { TransferResult } from '../transfer/transfer-result.ts'

/** Runs the transfers. */
export interface DohRunner {
  perform(handle: Handle): Promise<TransferResult>
}

/** A name that is to be looked up. */
export interface DohQuestion {
  readonly name: string
  readonly family: AddressFamily
  /** Ends the transfers. */
  readonly signal: AbortSignal
}

/**
 * All addresses, IPv4 first, as libcurl has them; one family is enough. Rejects with COULDNT_RESOLVE_HOST, or, when
 * the signal aborts, with ABORTED_BY_CALLBACK.
 */
export async function askOverHttps(
  way: DohWay,
  question: DohQuestion,
  runner: DohRunner,
): Promise<readonly ResolvedAddress[]> {
  const { name, family } = question
  const types: readonly AddressType[] = family === 'any' ? ['A', 'AAAA'] : family === 4 ? ['A'] : ['AAAA']
  const answers = await Promise.allSettled(types.map((type) => askOne(way, question, type, runner)))
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.addresses : []))
  if (addresses.length > 0) return addresses
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
  const exists = answers.some((answer) => answer.status === 'fulfilled' && answer.value.exists)
  throw unresolved(way, name, exists ? 'the name has no address' : 'there is no such name', {
    transient: false,
  })
}

async function askOne(
  way: DohWay,
  { name, signal }: DohQuestion,
  type: AddressType,
  runner: DohRunner,
): Promise<DnsAnswer> {
  const handle = new Handle({ ...way.options, body: writeQuestion(name, type), signal })
  handle.serveEngine()
  let result: TransferResult
  try {
    result = await runner.perform(handle)
  } catch (error) {
    if (!isTransferError(error) || error.code === 'ABORTED_BY_CALLBACK') throw error
    throw unresolved(
      way,
      name,
      `the server could not be asked: ${error.message}`,
      { reason: error.code },
      error,
    )
  }
  const { status, headers, body } = result
  // RFC 8484 4.2.1: another status is no DNS answer, whatever it brings.
  if (status !== 200) throw unresolved(way, name, `the server answered ${status}`, { status })
  const contentType = headers.first('content-type')
  if (!/^application\/dns-message *(?:;|$)/i.test(contentType ?? ''))
    throw unresolved(
      way,
      name,
      `the server sent ${JSON.stringify(contentType ?? 'no type')} instead of application/dns-message`,
    )
  try {
    return aged(readAnswer(body, name, type), ageMs(headers))
  } catch (error) {
    if (!isTransferError(error)) throw error
    throw unresolved(way, name, error.message, error.details, error)
  }
}

/** RFC 8484 5.1: what a cache had for a while holds for that much less. */
function aged(answer: DnsAnswer, age: number): DnsAnswer {
  if (age === 0) return answer
  const addresses = answer.addresses.map((found) => ({
    ...found,
    ttlMs: Math.max(0, (found.ttlMs ?? 0) - age),
  }))
  return { ...answer, addresses }
}

function ageMs(fields: Fields): number {
  const text = fields.first('age') ?? ''
  return /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : 0
}

function unresolved(
  way: DohWay,
  name: string,
  why: string,
  details: ErrorDetails = {},
  cause?: TransferError,
): TransferError {
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `${way.place} (dohUrl) did not resolve ${name}: ${why}`,
    { transient: true, ...details, host: name, doh: way.place },
    { phase: 'resolve', cause },
  )
}
