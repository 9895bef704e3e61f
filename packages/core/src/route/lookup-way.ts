/**
 * `LookupWay`: how a transfer wants names looked up, when not as the system does: plain data, made from its options.
 *
 * The rule: everything that may lead to another answer is in its key, so that nobody is given what was asked in
 * another way, or of somebody trusted less.
 */
import type { NameServers } from '../env/environment.ts'
import { badOption } from '../errors/bad-option.ts'
import { isTransferError } from '../errors/transfer-error.ts'
import type { EasyOptions, EasySettings } from '../options/option-types.ts'
import { LIMITS } from '../tables/limits.ts'
import { parseUrlParts } from '../url/parse-url.ts'
import { isAddress } from './pins.ts'

export interface LookupWay {
  /** Equal for ways that may share their answers. May hold secrets: never printed. */
  readonly key: string
  /** DNS over HTTPS; goes before the servers. */
  readonly doh: DohWay | undefined
  readonly servers: NameServers | undefined
}

export interface DohWay {
  /** Scheme, host and port, for messages: the path may be a secret. */
  readonly place: string
  /** Options of the requests, body and signal aside. */
  readonly options: EasyOptions
}

/** Undefined: as the system does. BAD_FUNCTION_ARGUMENT. */
export function planLookup(settings: EasySettings): LookupWay | undefined {
  const { dohUrl, dnsServers, dnsInterface, dnsLocalIp4, dnsLocalIp6 } = settings
  if (
    dohUrl === undefined &&
    dnsServers === undefined &&
    dnsInterface === undefined &&
    dnsLocalIp4 === undefined &&
    dnsLocalIp6 === undefined
  )
    return undefined
  const doh = dohUrl === undefined || dohUrl === '' ? undefined : planDoh(dohUrl, settings)
  const servers = planServers(settings)
  if (doh === undefined && servers === undefined) return undefined
  const key = JSON.stringify(
    [doh?.options, doh === undefined ? servers : undefined],
    (_name, value: unknown) => (value instanceof Uint8Array ? String(value) : value),
  )
  return { key, doh, servers: doh === undefined ? servers : undefined }
}

/** The server is trusted by the CA options of the transfer, and found by its pins or the system. */
function planDoh(url: string, settings: EasySettings): DohWay {
  let parts
  try {
    parts = parseUrlParts(url)
  } catch (error) {
    // Its path may be a secret. Messages on its parts do not repeat them, but those on what has no parts do.
    const part = isTransferError(error) ? error.details['part'] : undefined
    throw badOption(
      'dohUrl',
      `must be an https URL, and its ${typeof part === 'string' ? part : 'text'} is not as it should be`,
    )
  }
  // CURLOPT_DOH_URL: it must be https, or anybody on the way could answer.
  if (parts.scheme !== 'https') throw badOption('dohUrl', `must be an https URL, not one of ${parts.scheme}`)
  const { asciiHost, port } = parts
  return {
    place: `https://${asciiHost}${port === undefined ? '' : `:${port}`}`,
    options: {
      url,
      method: 'POST',
      headers: [
        ['Content-Type', 'application/dns-message'],
        ['Accept', 'application/dns-message'],
      ],
      protocols: ['https'],
      sslVerifyPeer: settings.dohSslVerifyPeer,
      sslVerifyHost: settings.dohSslVerifyHost,
      caInfo: settings.caInfo,
      caPath: settings.caPath,
      caInfoBlob: settings.caInfoBlob,
      crlFile: settings.crlFile,
      resolve: settings.resolve,
      interface: settings.interface,
      timeoutMs: LIMITS.dohMs,
      maxFilesize: LIMITS.dohAnswerBytes,
      // A question changes nothing, though it is sent by POST.
      retryDeadReuse: 'always',
    },
  }
}

function planServers(settings: EasySettings): NameServers | undefined {
  const { dnsServers = [], dnsInterface, dnsLocalIp4, dnsLocalIp6 } = settings
  const servers = dnsServers.map((server) => server.trim())
  for (const server of servers) {
    if (!isServer(server))
      throw badOption(
        'dnsServers',
        `must hold addresses such as "192.0.2.1", "192.0.2.1:53" or "[2001:db8::1]:53", not ${JSON.stringify(server)}`,
      )
  }
  checkLocal('dnsLocalIp4', dnsLocalIp4, 4)
  checkLocal('dnsLocalIp6', dnsLocalIp6, 6)
  if (servers.length === 0 && !dnsInterface && !dnsLocalIp4 && !dnsLocalIp6) return undefined
  return {
    servers,
    ...(dnsInterface ? { interfaceName: dnsInterface } : {}),
    ...(dnsLocalIp4 ? { localIp4: dnsLocalIp4 } : {}),
    ...(dnsLocalIp6 ? { localIp6: dnsLocalIp6 } : {}),
  }
}

function isServer(text: string): boolean {
  if (isAddress(text)) return true
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = v6 ?? v4
  if (address === undefined || !isAddress(address) || address.includes(':') !== (v6 !== undefined))
    return false
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
}

function checkLocal(option: string, text: string | undefined, family: 4 | 6): void {
  if (text === undefined || text === '' || (isAddress(text) && text.includes(':') === (family === 6))) return
  throw badOption(option, `must be an IPv${family} address, not ${JSON.stringify(text)}`)
}
