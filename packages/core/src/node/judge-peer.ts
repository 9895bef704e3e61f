/**
 * Whether a peer may be spoken to, judged right after the handshake. Decides only.
 *
 * The rule: Node is told to refuse nobody, and everything is judged here, at once for full and for resumed
 * handshakes: the chain when `verifyPeer`, the name when `verifyHost`, the pinned keys always. (Node does no
 * more during a handshake either: it too looks at OpenSSL's verdict when the handshake is done.)
 */
import { X509Certificate } from 'node:crypto'
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { TlsRequest } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import { certificateProblem, meaning, systemCode, verificationError } from './classify-error.ts'
import { leafCertificate } from './peer-certificates.ts'
import { pinError, pinOf } from './pinned-keys.ts'

export interface Verdict {
  /** Why the peer must not be spoken to. */
  readonly refusal: TransferError | undefined
  /** What was found wrong, but is allowed by the settings. */
  readonly problem: string | undefined
}

export function judgePeer(
  socket: TLSSocket,
  request: TlsRequest,
  pins: ReadonlySet<string> | undefined,
): Verdict {
  const { settings, serverName } = request
  const certificate = leafCertificate(socket)
  const chain = chainProblem(socket, certificate)
  if (chain !== undefined && settings.verifyPeer) return refusedFor(chain, serverName)
  const name = nameProblem(serverName, certificate)
  if (name !== undefined && settings.verifyHost) return refusedFor(name, serverName)
  if (pins !== undefined) {
    const pin = certificate && pinOf(certificate)
    if (pin === undefined || !pins.has(pin)) return { refusal: pinError(serverName, pin), problem: undefined }
  }
  return { refusal: undefined, problem: (chain ?? name)?.text }
}

interface Problem {
  readonly code: string
  readonly text: string
}

function refusedFor(problem: Problem, serverName: string): Verdict {
  return { refusal: verificationError(problem.code, problem.text, serverName), problem: undefined }
}

function chainProblem(socket: TLSSocket, certificate: Uint8Array | undefined): Problem | undefined {
  if (certificate === undefined) return problemOf('NO_CERTIFICATE')
  if (socket.authorized) return undefined
  // Typed as an Error, but Node sets the code, or the message when there is no code.
  return problemOf(String(socket.authorizationError))
}

function problemOf(code: string): Problem {
  return { code, text: certificateProblem(code) }
}

function nameProblem(serverName: string, certificate: Uint8Array | undefined): Problem | undefined {
  if (certificate === undefined) return problemOf('NO_CERTIFICATE')
  const error = checkServerIdentity(serverName, legacyForm(certificate))
  if (error === undefined) return undefined
  const reason = (error as { readonly reason?: unknown }).reason
  const why = typeof reason === 'string' ? `: ${reason}` : ''
  return { code: systemCode(error) ?? 'HOSTNAME_MISMATCH', text: meaning(error) + why }
}

/** The form that checkServerIdentity takes; @types/node says only that it is an object. */
function legacyForm(certificate: Uint8Array): PeerCertificate {
  return new X509Certificate(certificate).toLegacyObject() as unknown as PeerCertificate
}
