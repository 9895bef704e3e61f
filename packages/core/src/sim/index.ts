/** The names of `@trunkline/core/sim`: a deterministic world to test network code in. */
export { simulate, SimWorld, type Simulated, type SimulateOptions } from './sim-environment.ts'
export { OpenWaits } from './open-waits.ts'
export { SeededRandom } from './seeded-random.ts'
export { SimFiles, type SimFileOptions } from './sim-files.ts'
export { ClientHost } from './sim-client-host.ts'
export type {
  SimExchange,
  SimH2Settings,
  SimHandler,
  SimHeaders,
  SimRequestRecord,
  SimResponse,
  SimResponseHead,
  SimServerConnection,
} from './sim-exchange.ts'
export type { LinkSettings } from './sim-link.ts'
export { SimNetwork, type SimAccept, type SimDial } from './sim-network.ts'
export { SimOrigin, type SimOriginOptions } from './sim-origin.ts'
export type { SimH2Options, SimKeepAlive } from './sim-speaker.ts'
export { SimProxy, type SimProxyOptions } from './sim-proxy.ts'
export { SimSocks, type SimSocksOptions, type SimSocksParts, type SimSocksRequest } from './sim-socks.ts'
export { SimDisk, type DiskFault } from './sim-state-files.ts'
export { SIM_WINDOW_BYTES, SimStream } from './sim-stream.ts'
export { SimTls } from './sim-tls.ts'
export { SimTlsServer, type SimTlsServerOptions } from './sim-tls-server.ts'
export { SimTlsStream } from './sim-tls-stream.ts'
export { SimWebSocket, type SimWebSocketOptions } from './sim-web-socket.ts'
export { SimTrace } from './sim-trace.ts'
export { DEFAULT_START_DATE, VirtualClock } from './virtual-clock.ts'
