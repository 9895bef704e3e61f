/** The simulated ports keep the contracts of the ports, on good links and on bad ones. */
import type { SocketAddress, TlsSettings } from '../../packages/core/src/env/environment.ts'
import {
  type LinkSettings,
  simulate,
  SimTlsServer,
  type SimStream,
  type SimTlsStream,
  type SimWorld,
} from '../../packages/core/src/sim/index.ts'
import {
  type ByteStreamHarness,
  byteStreamContract,
  type StreamPair,
} from '../support/contracts/byte-stream.ts'
import { type ClockWorld, clockContract } from '../support/contracts/clock.ts'
import { decodersContract } from '../support/contracts/decoders.ts'
import { dialerContract } from '../support/contracts/dialer.ts'
import { filesContract } from '../support/contracts/files.ts'
import { resolverContract } from '../support/contracts/resolver.ts'
import { stateFilesContract } from '../support/contracts/state-files.ts'
import { record, type RecordedStream } from '../support/contracts/stream-recorder.ts'
import { CONTRACT_NAME, tlsContract, type TlsServer, type TlsServerKind } from '../support/contracts/tls.ts'

const SEED = 1
/** Virtual time in which everything settles on every link used here. */
const SETTLE_MS = 500
const HOST = 'far.test'
const PORT = 7

const SETTINGS: TlsSettings = { key: 'contract', minVersion: 'TLSv1.2', verifyPeer: true, verifyHost: true }

const LINKS: readonly { readonly name: string; readonly link: LinkSettings }[] = [
  { name: 'a good link', link: {} },
  { name: 'a link without delay', link: { delayMs: 0 } },
  { name: 'a jittery link that carries small pieces', link: { jitterMs: 5, chunkBytes: 1000 } },
  { name: 'a slow link', link: { bytesPerSecond: 10_000_000, delayMs: 20 } },
]

for (const { name, link } of LINKS) {
  byteStreamContract(`SimStream over ${name}`, plainPairs(link))
  byteStreamContract(`SimTlsStream over ${name}`, securePairs(link))
}

dialerContract('SimNetwork', {
  localAddress: '192.168.0.77',
  run: (body) =>
    inWorld((world) => {
      world.network.client.loseAddress('192.0.2.1')
      let listeners = 0
      return body({
        dialer: world.environment.dialer,
        async listen() {
          listeners += 1
          const accepted: SimStream[] = []
          world.network.listen(HOST, listeners, (stream) => {
            accepted.push(stream)
            echo(stream)
          })
          return {
            address: addressOf(world, HOST, listeners),
            open: () => accepted.filter((s) => s.isOpen).length,
          }
        },
        refusing: async () => addressOf(world, HOST, 999),
        settle: () => world.sleep(SETTLE_MS),
      })
    }),
})

resolverContract('SimNetwork', {
  run: (body) =>
    inWorld((world) => {
      world.network.name('a.test', ['10.1.2.3', 'fd00::7'])
      const known = { name: 'a.test', address: '10.1.2.3' }
      return body({ resolver: world.environment.resolver, known, unknown: 'nowhere.test' })
    }),
})

filesContract('SimFiles', {
  run: (body) =>
    inWorld(({ files }) =>
      body({
        files,
        nowhere: '/nowhere',
        async put(content) {
          files.set('/file', content)
          return '/file'
        },
      }),
    ),
})

clockContract('VirtualClock', {
  run: (body) =>
    inWorld((world) => {
      const withPendingInput: ClockWorld['withPendingInput'] = async (look) => {
        const { near, far } = await plainPair(world)
        // Arranged before the bytes leave, this comes before them at the moment in which they land.
        world.clock.at(world.clock.now() + 1, () => look(near.heard))
        far.stream.write('waiting')
      }
      return body({ clock: world.clock, withPendingInput })
    }),
})

decodersContract('simDecoders', ['deflate', 'gzip', 'br'], {
  run: (body) =>
    inWorld((world) => body({ decoders: world.environment.decoders, settle: () => world.sleep(SETTLE_MS) })),
})

stateFilesContract('SimDisk', {
  run: (body) =>
    inWorld(({ disk, environment }) =>
      body({
        files: environment.stateFiles,
        others: disk.process(),
        path: (name) => `/${name}`,
        put: (path, text) => void disk.files.set(path, text),
        list: () => [...disk.files.keys()].map((path) => path.slice(1)),
        fill: () => void disk.faults.push('full'),
      }),
    ),
})

tlsContract('SimTls', {
  run: (body) =>
    inWorld((world) => {
      let servers = 0
      return body({
        tls: world.environment.tls,
        settings: SETTINGS,
        serve: async (kind) => serveTls(world, (servers += 1), kind),
        settle: () => world.sleep(SETTLE_MS),
      })
    }),
})

async function inWorld(body: (world: SimWorld) => Promise<void>): Promise<void> {
  await simulate(SEED, body)
}

function plainPairs(link: LinkSettings): ByteStreamHarness {
  return {
    withPair: (body) =>
      inWorld(async (world) => {
        world.network.link(HOST, link)
        await body(await plainPair(world))
      }),
  }
}

async function plainPair(world: SimWorld): Promise<StreamPair> {
  let far!: RecordedStream<SimStream>
  world.network.listen(HOST, PORT, (stream) => (far = record(stream)))
  const near = record(await dial(world, PORT))
  return { near, far, reset: () => far.stream.reset(), settle: () => world.sleep(SETTLE_MS) }
}

function securePairs(link: LinkSettings): ByteStreamHarness {
  return {
    withPair: (body) =>
      inWorld(async (world) => {
        world.network.link(HOST, link)
        const server = new SimTlsServer(world.clock, { certificateNames: [HOST] })
        let socket!: SimStream
        let far!: RecordedStream<SimTlsStream>
        world.network.listen(HOST, PORT, (stream) => {
          socket = stream
          server.accept(stream, (secure) => (far = record(secure)))
        })
        const below = await dial(world, PORT)
        const request = { settings: SETTINGS, serverName: HOST, alpn: [] }
        const near = record(await world.environment.tls.secure(below, request, new AbortController().signal))
        await body({ near, far, reset: () => socket.reset(), settle: () => world.sleep(SETTLE_MS) })
      }),
  }
}

function serveTls(world: SimWorld, port: number, kind: TlsServerKind): TlsServer {
  const { plain = false, ...rest } = kind
  const server = new SimTlsServer(world.clock, { certificateNames: [CONTRACT_NAME], ...rest })
  const accepted: SimStream[] = []
  world.network.listen(HOST, port, (stream) => {
    accepted.push(stream)
    if (!plain) return server.accept(stream, echo)
    const { heard } = record(stream)
    heard.onBytes = () => stream.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    // As an HTTP server would: gone when the client is.
    void heard.untilGone().then(() => stream.close())
  })
  return { connect: () => dial(world, port), open: () => accepted.filter((stream) => stream.isOpen).length }
}

/** Sends back what it gets, and ends when the client does. */
function echo(stream: SimStream | SimTlsStream): void {
  stream.sink = {
    bytes: (view) => stream.write(view.slice()),
    ended: () => stream.end(),
    failed: () => {},
    drained: () => {},
  }
}

function dial(world: SimWorld, port: number): Promise<SimStream> {
  return world.network.dial(addressOf(world, HOST, port), { noDelay: true }, new AbortController().signal)
}

function addressOf(world: SimWorld, host: string, port: number): SocketAddress {
  return { family: 4, address: world.network.addressesOf(host)[0]!, port }
}
