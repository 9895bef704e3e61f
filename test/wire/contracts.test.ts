/** The ports of Node, held to the contracts that the simulator is held to, over loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type {
  ByteStream,
  SecureStream,
  SocketAddress,
  TlsRequest,
} from '../../packages/core/src/env/environment.ts'
import { makeNodeEnvironment } from '../../packages/core/src/node/index.ts'
import { NodeStream } from '../../packages/core/src/node/node-stream.ts'
import { localAddressOf } from '../../packages/core/src/node/socket-address.ts'
import { makeAuthority } from '../support/certificates.ts'
import { byteStreamContract, type ByteStreamHarness } from '../support/contracts/byte-stream.ts'
import { clockContract } from '../support/contracts/clock.ts'
import { dialerContract } from '../support/contracts/dialer.ts'
import { filesContract } from '../support/contracts/files.ts'
import { resolverContract } from '../support/contracts/resolver.ts'
import { record } from '../support/contracts/stream-recorder.ts'
import { CONTRACT_NAME, tlsContract, type TlsServerKind } from '../support/contracts/tls.ts'

const environment = makeNodeEnvironment()
const { clock, dialer, resolver, tls } = environment
const authority = makeAuthority()
const trusted = authority.issue({ names: [CONTRACT_NAME] })
const untrusted = makeAuthority().issue({ names: [CONTRACT_NAME] })
const settings = {
  key: 'contract',
  caBytes: Buffer.from(authority.cert),
  minVersion: 'TLSv1.2',
  verifyPeer: true,
  verifyHost: true,
} as const

byteStreamContract('a stream over a socket', joinedPairs(undefined))
byteStreamContract(
  'a TLS stream over a socket',
  joinedPairs({ settings, serverName: CONTRACT_NAME, alpn: [] }),
)

dialerContract("Node's dialer", {
  localAddress: '127.0.0.1',
  run: (body) =>
    withServers((servers) =>
      body({
        dialer,
        settle,
        listen: async () => {
          const { address, peers } = await servers.listen(createServer({ allowHalfOpen: true }, echo))
          return { address, open: () => peers.size }
        },
        refusing: async () => {
          const { server, address } = await servers.listen(createServer())
          server.close()
          await once(server, 'close')
          return address
        },
      }),
    ),
})

resolverContract("Node's resolver", {
  // A label has at most 63 characters (RFC 1035 section 2.3.4), so that nobody need be asked.
  run: (body) =>
    body({ resolver, known: { name: 'localhost', address: '127.0.0.1' }, unknown: `${'x'.repeat(64)}.test` }),
})

filesContract("Node's files", {
  async run(body) {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-files-'))
    try {
      await body({
        files: environment.files,
        nowhere: join(folder, 'nowhere'),
        async put(content) {
          const path = join(folder, 'file')
          await writeFile(path, content)
          return path
        },
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  },
})

for (const announced of [false, true]) {
  tlsContract(announced ? "Node's TLS, announced to the dialer" : "Node's TLS", {
    run: (body) =>
      withServers((servers) =>
        body({
          // The contract dials before it knows what it will ask for; so the announced dial is made when it asks.
          tls: announced ? { secure: secureAnnounced } : tls,
          settings,
          settle,
          serve: async (kind) => {
            const { address, peers } = await servers.listen(tlsServer(kind))
            return {
              connect: () => (announced ? placeholder(address) : dial(address)),
              open: () => peers.size,
            }
          },
        }),
      ),
  })
}

clockContract("Node's clock", {
  run: (body) =>
    withServers(async (servers) => {
      const { address, peers } = await servers.listen(createServer())
      const { stream, heard } = record(await dial(address))
      await body({
        clock,
        withPendingInput: async (look) => {
          while (peers.size === 0) await settle()
          // Node writes to the kernel at once, and the loopback delivers at once; only this thread has not looked.
          for (const peer of peers) peer.write('waiting')
          look(heard)
        },
      })
      stream.abort()
    }),
})

interface Listening {
  readonly server: Server
  readonly address: SocketAddress
  /** The open connections. */
  readonly peers: ReadonlySet<Socket>
}

class Servers {
  readonly #listening: Listening[] = []

  async listen(server: Server): Promise<Listening> {
    const peers = new Set<Socket>()
    server.on('connection', (peer: Socket) => {
      peers.add(peer)
      peer.on('error', () => {})
      peer.on('close', () => peers.delete(peer))
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const listening: Listening = { server, address: { family: 4, address: '127.0.0.1', port }, peers }
    this.#listening.push(listening)
    return listening
  }

  close(): void {
    for (const { server, peers } of this.#listening) {
      server.close()
      for (const peer of peers) peer.destroy()
    }
  }
}

async function withServers(body: (servers: Servers) => Promise<void>): Promise<void> {
  const servers = new Servers()
  try {
    await body(servers)
  } finally {
    servers.close()
  }
}

/** The near end is dialled and reads through `onread`; the far end is an accepted socket that reads by 'data' events. */
function joinedPairs(request: TlsRequest | undefined): ByteStreamHarness {
  return {
    withPair: (body) =>
      withServers(async (servers) => {
        const options = { ...trusted, allowHalfOpen: true }
        const server = request === undefined ? createServer(options) : createTlsServer(options)
        const { address, peers } = await servers.listen(server)
        const accepted = once(server, request === undefined ? 'connection' : 'secureConnection')
        const near = record(await open(address, request))
        const [socket] = (await accepted) as [Socket]
        const far = record(streamOver(socket, near.stream.local))
        const reset = (): void => peers.forEach((peer) => peer.resetAndDestroy())
        await body({ near, far, reset, settle })
        near.stream.abort()
        far.stream.abort()
      }),
  }
}

async function open(address: SocketAddress, request: TlsRequest | undefined): Promise<ByteStream> {
  return request === undefined ? dial(address) : tls.secure(await dial(address, request), request, never())
}

function streamOver(socket: Socket, remote: SocketAddress | undefined): ByteStream {
  const origin = { inlet: undefined, below: undefined, local: localAddressOf(socket), remote, tls: undefined }
  return new NodeStream(socket, { reports: 0 }, origin)
}

function tlsServer({ alpn, untrusted: isUntrusted, hang, plain }: TlsServerKind): Server {
  if (hang) return createServer((peer) => peer.resume())
  if (plain)
    return createServer((peer) => peer.once('data', () => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
  const options = isUntrusted ? untrusted : trusted
  // Not half-open: such a server never lets go of a peer that leaves during the handshake.
  return createTlsServer(alpn === undefined ? options : { ...options, ALPNProtocols: [...alpn] }, (peer) => {
    peer.on('error', () => {})
    echo(peer)
  })
}

function echo(peer: Socket): void {
  peer.pipe(peer)
}

function dial(to: SocketAddress, thenTls?: TlsRequest): Promise<ByteStream> {
  return dialer.dial(to, thenTls === undefined ? { noDelay: true } : { noDelay: true, thenTls }, never())
}

/** Says where to dial, and is dialled by `secureAnnounced`. */
function placeholder(remote: SocketAddress): Promise<ByteStream> {
  const nothing = (): void => {}
  return Promise.resolve({
    sink: undefined,
    local: undefined,
    remote,
    write: () => true,
    pause: nothing,
    resume: nothing,
    end: nothing,
    abort: nothing,
    hold: nothing,
  })
}

async function secureAnnounced(
  below: ByteStream,
  request: TlsRequest,
  signal: AbortSignal,
): Promise<SecureStream> {
  return tls.secure(await dial(below.remote!, request), request, signal)
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS; turn += 1) {
    await new Promise<void>((done) => clock.afterPendingInput(done))
  }
}

function never(): AbortSignal {
  return new AbortController().signal
}

/** There and back a few times, and the close of both sides. */
const SETTLING_TURNS = 20
