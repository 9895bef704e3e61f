/** Opens what `-v`, `--trace` and `--trace-ascii` write to. */
import type { Command } from '../command.ts'
import type { JobWorld } from '../run/job-world.ts'
import { TraceLog, type TraceStyle } from './trace-log.ts'

/** A log, and how it is closed. */
export interface OpenTrace {
  readonly log: TraceLog
  close(): Promise<void>
}

/** Undefined: nothing is traced. A file that cannot be opened is told of, and nothing is traced. */
export async function openTrace(
  { trace, isVerbose, tracesTime, tracesIds, traceComponents }: Command,
  { stdout, stderr, files, messages, clock }: JobWorld,
): Promise<OpenTrace | undefined> {
  const now = (): Date => clock.date()
  const style: TraceStyle = {
    as: trace === undefined ? 'lines' : trace.is,
    hasTime: tracesTime,
    hasIds: tracesIds,
    components: traceComponents,
  }
  if (trace === undefined || trace.path === '-' || trace.path === '%') {
    if (trace === undefined && !isVerbose) return undefined
    const stream = trace?.path === '-' ? stdout : stderr
    return {
      log: new TraceLog(style, (text) => void stream.write(text), now),
      close: () => Promise.resolve(),
    }
  }
  const file = files.create(trace.path)
  const closed = new Promise<void>((resolve) => file.once('close', resolve))
  let isBroken = false
  file.on('error', (error: Error) => {
    if (!isBroken) messages.warning(`Failed to create/open output: ${error.message}`)
    isBroken = true
  })
  // What fails to open fails the first write.
  await new Promise<void>((resolve) => file.write('', () => resolve()))
  return {
    log: new TraceLog(style, (text) => void (isBroken || file.write(text)), now),
    async close() {
      if (isBroken) return
      file.end()
      await closed
    },
  }
}
