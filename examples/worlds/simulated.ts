/** Runs an example in the simulator: its servers become simulated origins, and time is virtual. */
import { simulate, type SimExchange } from '@trunkline/core/sim'
import type { Answer, Example } from './servers.ts'

/** The lines that the example printed. */
export async function runSimulated(example: Example): Promise<string[]> {
  const { value: printed } = await simulate(1, async (world) => {
    const lines: string[] = []
    for (const [origin, answer] of Object.entries(example.servers ?? {})) {
      // Large bodies come in pieces, as they do from a socket.
      world.network.link(new URL(origin).hostname, { chunkBytes: 16_384 })
      world.origin(
        origin,
        async (exchange) => {
          const { method, target, fields } = exchange.request
          if (fields.first('expect') === '100-continue') exchange.informational(100)
          const { afterMs = 0, ...response } = answer({
            method,
            path: target,
            headers: Object.fromEntries([...fields].map(([name, value]) => [name.toLowerCase(), value])),
            body: await exchange.body(),
          })
          if (afterMs > 0) await exchange.sleep(afterMs)
          respond(exchange, response)
        },
        { http2: example.speaksHttp2 ?? false },
      )
    }
    await example.main(world.environment, (line) => lines.push(line))
    return lines
  })
  return printed
}

function respond(exchange: SimExchange, { trailers, ...response }: Answer): void {
  if (trailers === undefined) {
    exchange.respond(response)
    return
  }
  const { body = '', ...head } = response
  exchange.head({ ...head, headers: { ...head.headers, 'transfer-encoding': 'chunked' } })
  exchange.chunk(body)
  exchange.end(trailers)
}
