/**
 * Whether a peer may be spoken to, judged right after the handshake. Decides only.
 *
 * The rule: Node is told to refuse nobody, and everything is judged here, at once for full and for resumed
 * handshakes: the chain when `verifyPeer`, the name when `verifyHost`, the pinned keys always. (Node does no
 * more during a handshake either: it too looks at OpenSSL's verdict when the handshake is done.)
 */
import type { PeerCertificate } from 'node:tls'
import type { TlsRequest } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import { certificateProblem, meaning, systemCode, verificationError } from './classify-error.ts'
import { nameMismatch } from './names-host.ts'
import { pinError, pinOf } from './pinned-keys.ts'

/** What the handshake brought. */
export interface PeerShown {
  /** Undefined: the peer has shown none. */
  readonly certificate: PeerCertificate | undefined
  /** OpenSSL's code for what is wrong with the chain; undefined when it leads to a trusted root. */
  readonly chainProblem: string | undefined
}

export interface Verdict {
  /** Why the peer must not be spoken to. */
  readonly refusal: TransferError | undefined
  /** What was found wrong, but is allowed by the settings. */
  readonly problem: string | undefined
}

export function judgePeer(
  { settings, serverName }: TlsRequest,
  pins: ReadonlySet<string> | undefined,
  { certificate, chainProblem }: PeerShown,
): Verdict {
  const chain =
    certificate === undefined
      ? NO_CERTIFICATE
      : chainProblem === undefined
        ? undefined
        : problemOf(chainProblem)
  if (chain && settings.verifyPeer) return refusedFor(chain, serverName)
  const name = certificate === undefined ? NO_CERTIFICATE : nameProblem(serverName, certificate)
  if (name && settings.verifyHost) return refusedFor(name, serverName)
  if (pins !== undefined) {
    const pin = certificate && pinOf(certificate.raw)
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

function problemOf(code: string): Problem {
  return { code, text: certificateProblem(code) }
}

function nameProblem(serverName: string, certificate: PeerCertificate): Problem | undefined {
  const error = nameMismatch(serverName, certificate)
  if (error === undefined) return undefined
  const reason = (error as { readonly reason?: unknown }).reason
  const why = typeof reason === 'string' ? `: ${reason}` : ''
  return { code: systemCode(error) ?? 'HOSTNAME_MISMATCH', text: meaning(error) + why }
}

const NO_CERTIFICATE = problemOf('NO_CERTIFICATE')
