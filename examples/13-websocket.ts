/** WebSockets: messages either way, and a connection with nothing but bytes on it. */
import type { Environment } from '@trunkline/core'
import { simulate, type SimWebSocket, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import type { Print } from './worlds/servers.ts'

export const title = 'WebSockets, and connections without HTTP'

// #region body
async function departures(environment: Environment, print: Print): Promise<void> {
  await using easy = new Easy({ url: 'ws://board.test/departures', environment })
  const board = await easy.webSocket()
  board.send('Basel')
  // What is not taken is not received. With `onMessage` there is no promise for each message.
  for await (const message of board) print(String(message))
  const { code, reason } = await board.closed
  print(`closed with ${code}: ${reason}`)
}

async function everything(environment: Environment, print: Print): Promise<void> {
  // As libcurl does: perform() hands payload to the write function as it comes, until the server closes.
  let bytes = 0
  await using easy = new Easy({
    url: 'ws://board.test/departures',
    environment,
    timeoutMs: 60_000,
    writeFunction: (piece) => void (bytes += piece.length),
  })
  const code = await easy.perform().catch((error: { code: string }) => error.code)
  print(`without a word from us: ${code}, ${bytes} bytes`)
}

async function clock(environment: Environment, print: Print): Promise<void> {
  // TCP, and TLS where the URL says so, with all options that open connections; what is said on it is ours.
  await using easy = new Easy({ url: 'http://clock.test:13', environment })
  await using socket = await easy.connect()
  for await (const piece of socket) print(`the clock says ${Buffer.from(piece).toString()}`)
}
// #endregion body

/** The servers are scripts of the simulator, so the example makes a world of its own. */
export async function main(_environment: Environment, print: Print): Promise<void> {
  await simulate(1, async (world) => {
    serve(world)
    await departures(world.environment, print)
    await everything(world.environment, print)
    await clock(world.environment, print)
  })
}

function serve(world: SimWorld): void {
  world.origin('ws://board.test', (exchange) => {
    const socket: SimWebSocket = exchange.webSocket({
      onMessage: (place) => {
        socket.ping('still there?')
        for (const time of ['06:12', '07:12']) socket.send(`${time} ${String(place)}`)
        socket.close(1001, 'no more today')
      },
    })
  })
  world.network.listen('clock.test', 13, (stream) => {
    stream.sink = { bytes: () => {}, ended: () => {}, failed: () => {}, drained: () => {} }
    stream.write('half past six')
    stream.end()
  })
}

export const expected = [
  '06:12 Basel',
  '07:12 Basel',
  'closed with 1001: no more today',
  'without a word from us: OPERATION_TIMEDOUT, 0 bytes',
  'the clock says half past six',
]
