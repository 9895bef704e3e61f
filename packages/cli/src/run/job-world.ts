/** `JobWorld`: what a job of the command uses of the run that it belongs to. */
import type { Readable, Writable } from 'node:stream'
import type { Clock, Milliseconds, TransferResult } from '@trunkline/core'
import type { Easy } from '@trunkline/easy'
import type { EngineWatch } from './engine-watch.ts'
import type { Messages } from '../trace/messages.ts'
import type { Printer } from '../output/printer.ts'
import type { Files } from '../surroundings.ts'
import type { TraceLog } from '../trace/trace-log.ts'

export interface JobWorld {
  readonly clock: Clock
  readonly files: Files
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly stdoutIsTerminal: boolean
  /** Whether heads may be styled on a terminal. */
  readonly isStyled: boolean
  readonly messages: Messages
  readonly printer: Printer
  /** Undefined: nothing is traced. */
  readonly trace: TraceLog | undefined
  readonly watch: EngineWatch | undefined
  /** Nothing more is to be done. */
  readonly isStopped: boolean
  /** Runs the handle over the connections of the run. */
  perform(easy: Easy): Promise<TransferResult>
  /** Resolves after a while, or when everything stops. */
  wait(ms: Milliseconds): Promise<void>
  /** Nothing can be written to standard output any more. */
  lostStdout(): void
  /** A field of the request that the handle has sent last. */
  sentField(easy: Easy, name: string): string | undefined
}
