/**
 * What every `TlsProvider` does. The servers are the harness's: their certificate is for `CONTRACT_NAME`.
 *
 * The rule: whenever a handshake fails, the stream below has been given up.
 */
import { describe, expect, test } from 'vitest'
import type { TransferErrorCode } from '../../../packages/core/src/tables/error-codes.ts'
import type {
  ByteStream,
  SecureStream,
  TlsProvider,
  TlsRequest,
  TlsSettings,
} from '../../../packages/core/src/env/environment.ts'
import { type RecordedStream, record } from './stream-recorder.ts'

/** The one name in the certificate of every server. */
export const CONTRACT_NAME = 'a.test'

export interface TlsServerKind {
  /** What the server speaks, most wanted first; none: it does not know the extension. */
  readonly alpn?: readonly string[]
  /** Whether its certificate leads to no root that `settings` trusts. */
  readonly untrusted?: boolean
  /** Never answers. */
  readonly hang?: boolean
  /** Speaks something that is not TLS: answers the first bytes with `HTTP/1.1 400 Bad Request` and an empty line. */
  readonly plain?: boolean
}

export interface TlsServer {
  /** Opens a new stream to the server, on which nothing has been said. Connections send back what they get. */
  connect(): Promise<ByteStream>
  /** How many of its connections are open. */
  open(): number
}

export interface TlsWorld {
  readonly tls: TlsProvider
  /** Verifies everything, and trusts the servers that are not `untrusted`. */
  readonly settings: TlsSettings
  serve(kind: TlsServerKind): Promise<TlsServer>
  /** Resolves when whatever is under way has had every chance to arrive. */
  settle(): Promise<void>
}

export interface TlsHarness {
  run(body: (world: TlsWorld) => Promise<void>): Promise<void>
}

export function tlsContract(name: string, harness: TlsHarness): void {
  const secures = (title: string, body: (world: TlsWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))

  describe(`${name} is a TlsProvider`, () => {
    secures('carries bytes both ways', async (world) => {
      const { stream, heard } = await handshake(world, await world.serve({}))
      stream.write('hello')
      await heard.untilText('hello')
      stream.write(Uint8Array.of(0, 255))
      await heard.untilText('hello\x00\xff')
      stream.abort()
    })

    secures('carries more than a record holds', async (world) => {
      const { stream, heard } = await handshake(world, await world.serve({}))
      stream.write(new Uint8Array(200_000))
      await heard.until(() => heard.text.length === 200_000)
      stream.abort()
    })

    secures('keeps bytes back between pause and resume', async (world) => {
      const { stream, heard } = await handshake(world, await world.serve({}))
      stream.pause()
      stream.write('echo')
      await world.settle()
      expect(heard.calls).toEqual([])
      stream.resume()
      await heard.untilText('echo')
      stream.abort()
    })

    secures('reports the end of the peer after its last byte', async (world) => {
      const { stream, heard } = await handshake(world, await world.serve({}))
      stream.write('bye')
      stream.end()
      await heard.untilCall('ended')
      expect(heard.text).toBe('bye')
    })

    secures('is silent after abort, and gives the stream below up', async (world) => {
      const server = await world.serve({})
      const { stream, heard } = await handshake(world, server)
      stream.write('echo')
      stream.abort()
      stream.abort()
      await world.settle()
      expect(heard.calls).toEqual([])
      expect(server.open()).toBe(0)
    })

    for (const { title, offered, spoken, chosen } of ALPN_CASES) {
      secures(`ALPN: ${title}`, async (world) => {
        const server = await world.serve(spoken.length === 0 ? {} : { alpn: spoken })
        const { stream } = await handshake(world, server, { alpn: offered })
        expect(stream.tls.alpn).toBe(chosen)
        stream.abort()
      })
    }

    secures('says what was settled', async (world) => {
      const { stream } = await handshake(world, await world.serve({}))
      expect(stream.tls.version).toMatch(/^TLSv1\.[23]$/)
      expect(stream.tls.cipher).not.toBe('')
      expect(stream.tls.resumed).toBe(false)
      expect(stream.tls.verifyProblem).toBeUndefined()
      expect(stream.tls.certificates().length).toBeGreaterThan(0)
      stream.abort()
    })

    for (const { title, untrusted, serverName, settings, outcome } of VERIFICATION_CASES) {
      secures(`verification: ${title}`, async (world) => {
        const server = await world.serve({ untrusted })
        // Other settings, another key: see TlsSettings.
        const key = `${world.settings.key} ${JSON.stringify(settings)}`
        const securing = handshake(world, server, {
          serverName,
          settings: { ...world.settings, ...settings, key },
        })
        if (outcome === 'passes' || outcome === 'passes with a problem') {
          const { stream } = await securing
          expect(stream.tls.verifyProblem !== undefined).toBe(outcome === 'passes with a problem')
          stream.abort()
        } else {
          await expect(securing).rejects.toMatchObject({ code: outcome })
          await world.settle()
          expect(server.open()).toBe(0)
        }
      })
    }

    secures('resumes a session that the server issued', async (world) => {
      const server = await world.serve({})
      const issued = collector()
      const first = await handshake(world, server, { onSession: issued.add })
      // TLS 1.3 servers issue sessions after the handshake; some only with the first bytes.
      first.stream.write('x')
      const session = await issued.first
      first.stream.abort()
      const second = await handshake(world, server, { session })
      expect([first.stream.tls.resumed, second.stream.tls.resumed]).toEqual([false, true])
      second.stream.write('resumed')
      await second.heard.untilText('resumed')
      second.stream.abort()
    })

    secures('falls back to a whole handshake when the session is unknown to the server', async (world) => {
      const issued = collector()
      const first = await handshake(world, await world.serve({}), { onSession: issued.add })
      first.stream.write('x')
      const session = await issued.first
      first.stream.abort()
      const second = await handshake(world, await world.serve({}), { session })
      expect(second.stream.tls.resumed).toBe(false)
      second.stream.abort()
    })

    secures('rejects with SSL_CONNECT_ERROR when the peer does not speak TLS', async (world) => {
      const server = await world.serve({ plain: true })
      await expect(handshake(world, server)).rejects.toMatchObject({ code: 'SSL_CONNECT_ERROR' })
      await world.settle()
      expect(server.open()).toBe(0)
    })

    secures('rejects with the reason of a signal that aborts during the handshake', async (world) => {
      const server = await world.serve({ hang: true })
      const abort = new AbortController()
      const reason = new Error('changed my mind')
      const securing = handshake(world, server, {}, abort.signal)
      securing.catch(() => {})
      await world.settle()
      abort.abort(reason)
      await expect(securing).rejects.toBe(reason)
      await world.settle()
      expect(server.open()).toBe(0)
    })

    secures('rejects with the reason of a signal that has aborted before', async (world) => {
      const server = await world.serve({})
      const reason = new Error('changed my mind')
      await expect(handshake(world, server, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
      await world.settle()
      expect(server.open()).toBe(0)
    })
  })
}

interface AlpnCase {
  readonly title: string
  readonly offered: readonly string[]
  readonly spoken: readonly string[]
  readonly chosen: string | undefined
}

const ALPN_CASES: readonly AlpnCase[] = [
  {
    title: 'the only protocol in common is chosen',
    offered: ['h2', 'http/1.1'],
    spoken: ['http/1.1'],
    chosen: 'http/1.1',
  },
  {
    title: 'h2 is chosen when both speak it',
    offered: ['h2', 'http/1.1'],
    spoken: ['h2', 'http/1.1'],
    chosen: 'h2',
  },
  { title: 'nothing is chosen when nothing was offered', offered: [], spoken: ['h2'], chosen: undefined },
  {
    title: 'nothing is chosen by a server that does not know it',
    offered: ['http/1.1'],
    spoken: [],
    chosen: undefined,
  },
]

interface VerificationCase {
  readonly title: string
  readonly untrusted: boolean
  readonly serverName: string
  readonly settings: Partial<TlsSettings>
  readonly outcome: TransferErrorCode | 'passes' | 'passes with a problem'
}

const LAX = { verifyPeer: false, verifyHost: false }

const VERIFICATION_CASES: readonly VerificationCase[] = [
  {
    title: 'a trusted certificate for the name passes',
    untrusted: false,
    serverName: CONTRACT_NAME,
    settings: {},
    outcome: 'passes',
  },
  {
    title: 'a certificate for another name is refused',
    untrusted: false,
    serverName: 'b.test',
    settings: {},
    outcome: 'PEER_FAILED_VERIFICATION',
  },
  {
    title: 'a certificate for another name passes without verifyHost',
    untrusted: false,
    serverName: 'b.test',
    settings: { verifyHost: false },
    outcome: 'passes with a problem',
  },
  {
    title: 'a certificate for another name is refused without verifyPeer',
    untrusted: false,
    serverName: 'b.test',
    settings: { verifyPeer: false },
    outcome: 'PEER_FAILED_VERIFICATION',
  },
  {
    title: 'an untrusted certificate is refused',
    untrusted: true,
    serverName: CONTRACT_NAME,
    settings: {},
    outcome: 'PEER_FAILED_VERIFICATION',
  },
  {
    title: 'an untrusted certificate is refused without verifyHost',
    untrusted: true,
    serverName: CONTRACT_NAME,
    settings: { verifyHost: false },
    outcome: 'PEER_FAILED_VERIFICATION',
  },
  {
    title: 'an untrusted certificate passes without verifyPeer',
    untrusted: true,
    serverName: CONTRACT_NAME,
    settings: { verifyPeer: false },
    outcome: 'passes with a problem',
  },
  {
    title: 'anything passes without both',
    untrusted: true,
    serverName: 'b.test',
    settings: LAX,
    outcome: 'passes with a problem',
  },
  {
    title: 'a key that is not pinned is refused',
    untrusted: false,
    serverName: CONTRACT_NAME,
    settings: { pinnedPublicKeys: ['sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='] },
    outcome: 'SSL_PINNEDPUBKEYNOTMATCH',
  },
]

async function handshake(
  world: TlsWorld,
  server: TlsServer,
  wanted: Partial<TlsRequest> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<RecordedStream<SecureStream>> {
  const below = await server.connect()
  const request: TlsRequest = { settings: world.settings, serverName: CONTRACT_NAME, alpn: [], ...wanted }
  return record(await world.tls.secure(below, request, signal))
}

/** Keeps the first session that is issued. */
function collector(): { readonly first: Promise<Uint8Array>; add(session: Uint8Array): void } {
  let add!: (session: Uint8Array) => void
  const first = new Promise<Uint8Array>((resolve) => (add = resolve))
  return { first, add }
}
