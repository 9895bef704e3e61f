/**
 * `TlsProvider` without cryptography: who may talk to whom, in what protocol, on which session.
 *
 * The rule: it decides as a careful client does (trust, then name, then pin) and says so with the codes of
 * the port; the bytes of client certificates, CA files and ciphers mean nothing here.
 */
import type {
  ByteStream,
  Clock,
  SecureStream,
  TlsFacts,
  TlsProvider,
  TlsRequest,
  TlsSettings,
} from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { OpenWaits } from './open-waits.ts'
import { latin1Bytes } from './sim-bytes.ts'
import type { TlsMessage } from './sim-tls-records.ts'
import { SimTlsStream } from './sim-tls-stream.ts'
import { formatMs, type SimTrace } from './sim-trace.ts'

export interface SimTlsParts {
  readonly clock: Clock
  readonly trace: SimTrace
  readonly waits: OpenWaits
}

type Welcome = Extract<TlsMessage, { is: 'welcome' }>

/** The client side. The server side is `SimTlsServer`. */
export class SimTls implements TlsProvider {
  readonly #parts: SimTlsParts

  constructor(parts: SimTlsParts) {
    this.#parts = parts
  }

  secure(below: ByteStream, request: TlsRequest, signal: AbortSignal): Promise<SecureStream> {
    const { clock, trace, waits } = this.#parts
    const { serverName, settings } = request
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        below.abort()
        reject(signal.reason)
        return
      }
      const wait = waits.begin(`TLS handshake with ${serverName} since ${formatMs(clock.now())} ms`)
      const stream = new SimTlsStream(below, clock)
      const settle = (): void => {
        wait.cancel()
        signal.removeEventListener('abort', onAbort)
      }
      const refuse = (reason: unknown): void => {
        settle()
        below.abort()
        reject(reason)
      }
      const onAbort = (): void => refuse(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })

      stream.onLost = (cause) =>
        refuse(
          cause?.code === 'SSL_CONNECT_ERROR'
            ? cause
            : failed(`connection lost during the TLS handshake: ${cause?.message ?? 'it was closed'}`, cause),
        )
      stream.onMessage = (message) => {
        if (message.is === 'session') {
          request.onSession?.(latin1Bytes(message.session))
        } else if (message.is === 'alert') {
          refuse(failed(`the server refused the TLS handshake: ${message.name}`))
        } else if (message.is === 'welcome') {
          const verdict = judge(message, serverName, settings)
          if (verdict instanceof TransferError) {
            trace.add(clock.now(), `tls ${serverName}: ${verdict.code}`)
            refuse(verdict)
            return
          }
          settle()
          stream.establish(verdict)
          stream.tell({ is: 'finished' })
          trace.add(
            clock.now(),
            `tls ${serverName}: ${verdict.alpn ?? 'no alpn'}${verdict.resumed ? ', resumed' : ''}`,
          )
          resolve(stream)
        } else {
          refuse(failed(`the server answered with ${message.is}`))
        }
      }
      stream.tell({
        is: 'hello',
        serverName,
        alpn: request.alpn,
        minVersion: settings.minVersion,
        maxVersion: settings.maxVersion ?? 'TLSv1.3',
        ...(request.session === undefined ? {} : { session: String.fromCharCode(...request.session) }),
      })
    })
  }
}

/** What comes of the server's answer: the facts, or the error to refuse it with. */
function judge(welcome: Welcome, serverName: string, settings: TlsSettings): TlsFacts | TransferError {
  const trust = welcome.isTrusted ? undefined : 'the certificate does not lead to a trusted root'
  if (trust !== undefined && settings.verifyPeer) return unverified(trust, serverName)
  const names = welcome.certificateNames.join(', ')
  const isNamed = welcome.certificateNames.some((pattern) => coversName(pattern, serverName))
  const name = isNamed
    ? undefined
    : `the certificate is for ${names === '' ? 'nobody' : names}, not for ${serverName}`
  if (name !== undefined && settings.verifyHost) return unverified(name, serverName)
  const pins = settings.pinnedPublicKeys
  if (pins !== undefined && !pins.includes(welcome.publicKey)) {
    return new TransferError(
      'SSL_PINNEDPUBKEYNOTMATCH',
      `public key ${welcome.publicKey} of ${serverName} is not pinned`,
    )
  }
  return {
    version: welcome.version,
    cipher: welcome.version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'ECDHE-RSA-AES128-GCM-SHA256',
    alpn: welcome.alpn,
    resumed: welcome.resumed,
    verifyProblem: trust ?? name,
    covers: (host) => welcome.certificateNames.some((pattern) => coversName(pattern, host)),
    certificates: () => [latin1Bytes(`simulated certificate for ${names}`)],
  }
}

/** Whether a name of a certificate covers a host: equal, or a wildcard for its first label (RFC 9525 6.3). */
function coversName(pattern: string, host: string): boolean {
  const wanted = host.toLowerCase()
  const given = pattern.toLowerCase()
  if (!given.startsWith('*.')) return given === wanted
  const dot = wanted.indexOf('.')
  return dot > 0 && wanted.slice(dot) === given.slice(1)
}

function unverified(why: string, serverName: string): TransferError {
  return new TransferError('PEER_FAILED_VERIFICATION', why, { serverName })
}

function failed(message: string, cause?: TransferError): TransferError {
  return new TransferError('SSL_CONNECT_ERROR', message, {}, { cause })
}
