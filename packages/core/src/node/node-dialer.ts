/**
 * The {@link Dialer} of Node: `net.connect` to addresses and unix sockets.
 *
 * The rule: one address for each call, no lookup, no race; a dial that fails or is aborted leaves no socket.
 */
import { connect as netConnect, type Socket, type TcpNetConnectOpts } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as tlsConnect } from 'node:tls'
import type { ByteStream, Dialer, DialSettings, SocketAddress, TlsRequest } from '../env/environment.ts'
import { isTransferError, type TransferError } from '../errors/transfer-error.ts'
import { connectError, isLocalEndFailure } from './classify-error.ts'
import { DialledTls } from './dialled-tls.ts'
import { handshake, planHandshake, type TlsConnectOptions } from './handshake.ts'
import { Inlet, type ReadBuffer } from './inlet.ts'
import { localEndText, planLocalEnd, type LocalEnd } from './local-end.ts'
import type { InputCount } from './node-clock.ts'
import { NodeStream } from './node-stream.ts'
import type { SecureContexts } from './secure-contexts.ts'
import { localAddressOf } from './socket-address.ts'
import type { TlsMaterial } from './tls-material.ts'

export class NodeDialer implements Dialer {
  readonly #buffer: ReadBuffer
  readonly #input: InputCount
  readonly #contexts: SecureContexts

  constructor(buffer: ReadBuffer, input: InputCount, contexts: SecureContexts) {
    this.#buffer = buffer
    this.#input = input
    this.#contexts = contexts
  }

  async dial(to: SocketAddress, settings: DialSettings, signal: AbortSignal): Promise<ByteStream> {
    signal.throwIfAborted()
    checkPort(to)
    const end = planLocalEnd(to, settings, networkInterfaces)
    const tls = settings.thenTls && (await this.#prepareTls(settings.thenTls))
    const lastPort = end?.lastPort ?? 0
    for (let port = end?.firstPort ?? 0; ; port += 1) {
      try {
        return await connected(this.#open(to, connectOptions(to, end, port), tls), settings, signal)
      } catch (error) {
        if (signal.aborted || isTransferError(error)) throw error
        if (port < lastPort && isLocalEndFailure(error, true)) continue
        throw dialError(error, to, end)
      }
    }
  }

  /** Settings that cannot be used are left to `TlsProvider.secure`, whose place it is to say so. */
  async #prepareTls(request: TlsRequest): Promise<AnnouncedTls | undefined> {
    try {
      return { request, material: await this.#contexts.material(request.settings) }
    } catch {
      return undefined
    }
  }

  #open(to: SocketAddress, options: TcpNetConnectOpts, tls: AnnouncedTls | undefined): Opening {
    const inlet = new Inlet(this.#buffer)
    const input = this.#input
    if (tls === undefined) {
      const socket = netConnect({ ...options, allowHalfOpen: true, onread: inlet })
      const stream = (): ByteStream =>
        new NodeStream(socket, input, {
          inlet,
          below: undefined,
          local: localAddressOf(socket),
          remote: to,
          tls: undefined,
        })
      return { socket, stream }
    }
    const plan = planHandshake(tls.request, tls.material)
    const all: TlsConnectOptions = { ...options, ...plan.options, onread: inlet }
    const socket = tlsConnect(all)
    const origin = { input, inlet, below: undefined, local: undefined, remote: to }
    const secured = handshake(socket, plan, origin)
    secured.catch(() => undefined)
    const stream = (): ByteStream =>
      new DialledTls(socket, tls.request, secured, { local: localAddressOf(socket), remote: to })
    return { socket, stream }
  }
}

/** Node would refuse it too, but only after making a handle that it then forgets. */
function checkPort(to: SocketAddress): void {
  if (to.family === 'unix' || (Number.isInteger(to.port) && to.port >= 0 && to.port <= 65_535)) return
  throw connectError({ message: `there is no port ${to.port}` }, to)
}

interface AnnouncedTls {
  readonly request: TlsRequest
  readonly material: TlsMaterial
}

/** A socket on its way, and what it becomes when it is there. */
interface Opening {
  readonly socket: Socket
  stream(): ByteStream
}

function connected(
  { socket, stream }: Opening,
  settings: DialSettings,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('connect', onConnect)
      socket.off('error', onError)
      signal.removeEventListener('abort', onAbort)
    }
    const onConnect = (): void => {
      settle()
      socket.setNoDelay(settings.noDelay)
      if (settings.keepAliveMs !== undefined) {
        socket.setKeepAlive(true, Math.max(settings.keepAliveMs, SHORTEST_KEEP_ALIVE_MS))
      }
      resolve(stream())
    }
    const onError = (error: Error): void => {
      settle()
      reject(error)
    }
    const onAbort = (): void => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(signal.reason)
    }
    socket.on('connect', onConnect)
    socket.on('error', onError)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function connectOptions(to: SocketAddress, end: LocalEnd | undefined, localPort: number): TcpNetConnectOpts {
  if (to.family === 'unix') {
    // Linux: a leading NUL puts the name into the abstract namespace (unix(7)).
    return { path: to.abstract ? `\0${to.path}` : to.path } as unknown as TcpNetConnectOpts
  }
  return {
    host: to.address,
    port: to.port,
    ...(end?.address !== undefined && { localAddress: end.address }),
    ...(localPort > 0 && { localPort }),
  }
}

function dialError(error: unknown, to: SocketAddress, end: LocalEnd | undefined): TransferError {
  return connectError(error, to, end && localEndText(end))
}

/** The system counts in seconds. */
const SHORTEST_KEEP_ALIVE_MS = 1000
