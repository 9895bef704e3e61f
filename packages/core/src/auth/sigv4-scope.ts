/**
 * `SigV4Scope`: for whom a signature is, from the option `awsSigv4` and the host name.
 *
 * The rule: all four parts are known, or it is an error; none is guessed beyond the host's first two labels.
 */
import { TransferError } from '../errors/transfer-error.ts'

export interface SigV4Scope {
  /** In lower case: `aws`, `osc`, `goog`. Names the algorithm. */
  readonly provider1: string
  /** In lower case: `amz`, `goog`. Names the fields. */
  readonly provider2: string
  readonly region: string
  readonly service: string
}

/**
 * Reads `provider1[:provider2[:region[:service]]]`. As in curl, parts end at the first empty one, provider2 is
 * provider1 when it is left out, and `service.region.` at the beginning of the host name fills what is missing.
 * BAD_FUNCTION_ARGUMENT, URL_MALFORMAT.
 */
export function parseSigV4Scope(option: string, host: string): SigV4Scope {
  const [provider1, provider2, region, service] = partsOf(option)

  const labels = host.split('.')
  const found = {
    // A label counts only when more follows it, as in curl.
    service: service ?? (labels.length > 1 ? labels[0]! : ''),
    region: region ?? (labels.length > 2 ? labels[1]! : ''),
  }
  for (const name of ['service', 'region'] as const) {
    if (found[name] !== '' && PART.test(found[name])) continue
    const message = `neither awsSigv4 nor the host name tells the ${name} to sign for`
    throw new TransferError('URL_MALFORMAT', message, {}, { phase: 'setup' })
  }
  return { provider1: provider1.toLowerCase(), provider2: provider2.toLowerCase(), ...found }
}

/** Refuses what no request can be signed with, whatever its host. BAD_FUNCTION_ARGUMENT. */
export function checkSigV4Option(option: string): void {
  partsOf(option)
}

function partsOf(
  option: string,
): readonly [string, string, region: string | undefined, service: string | undefined] {
  const parts = (option === '' ? 'aws:amz' : option).split(':')
  if (parts.some((part) => part.length > MAX_PART_CHARS || !PART.test(part)))
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `a part of awsSigv4 is longer than ${MAX_PART_CHARS} characters or not made of letters, digits and "-._~"`,
      { limitChars: MAX_PART_CHARS },
      { phase: 'setup' },
    )
  const end = parts.indexOf('')
  const [provider1, provider2 = provider1, region, service] = end < 0 ? parts : parts.slice(0, end)
  if (provider1 !== undefined) return [provider1, provider2!, region, service]
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    'the first provider of awsSigv4 is empty',
    {},
    { phase: 'setup' },
  )
}

/** As in curl; the parts go into field names and hashes. */
const MAX_PART_CHARS = 64
const PART = /^[A-Za-z0-9\-._~]*$/
