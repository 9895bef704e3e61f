/**
 * `ipfs://` and `ipns://` URLs: they are asked for at a gateway, over HTTP. Pure.
 *
 * The rule: which gateway is asked is never guessed. It is named by --ipfs-gateway, by IPFS_GATEWAY, or in the file
 * that IPFS itself keeps.
 */
import { CurlUrl, isTransferError } from '@trunkline/core'

/** Where a gateway was named. */
export interface IpfsGateway {
  readonly url: string
  readonly isFlag: boolean
}

/** Why a URL cannot be asked for at a gateway. */
export class IpfsError extends Error {
  override readonly name = 'IpfsError'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Whether a URL is one of IPFS. */
export function isIpfsUrl(url: string): boolean {
  return /^ip[fn]s:\/\//i.test(url)
}

/** The file that names a gateway in its first line; undefined: nobody says where it is. */
export function gatewayFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { IPFS_PATH: path, HOME: home } = env
  if (path !== undefined && path !== '') return `${path.replace(/\/*$/, '')}/gateway`
  return home === undefined || home === '' ? undefined : `${home}/.ipfs/gateway`
}

/** The URL at the gateway that stands for one of IPFS. Throws IpfsError. */
export function gatewayUrl(url: string, gateway: IpfsGateway | undefined): string {
  if (gateway === undefined) throw new IpfsError('IPFS automatic gateway detection failed', 37)
  const [, scheme = '', id = '', path = '', query = ''] =
    /^([^:]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/.exec(url) ?? []
  const named = gateway.url.replace(/\/+$/, '')
  // What the flag says is read as curl reads any URL; what stands in a file has to be one.
  const base = gateway.isFlag && !/^[a-z][a-z0-9+.-]*:\/\//i.test(named) ? `http://${named}` : named
  if (id === '' || !/^https?:\/\/[^/]/i.test(base) || /[?#]/.test(base)) throw malformed()
  if (!isUrl(base))
    throw gateway.isFlag ? new IpfsError('--ipfs-gateway was given a malformed URL', 43) : malformed()
  return `${base}/${scheme.toLowerCase()}/${id}${path === '/' ? '' : path}${query}`
}

function isUrl(text: string): boolean {
  try {
    return new CurlUrl(text).get('host') !== undefined
  } catch (error) {
    if (isTransferError(error)) return false
    throw error
  }
}

function malformed(): IpfsError {
  return new IpfsError('malformed target URL', 3)
}
