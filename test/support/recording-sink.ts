/**
 * A sink that keeps what it is told, in order, and lets a test wait for it.
 *
 * The rule: it only records; a test that needs more writes its own sink.
 */
import type { ByteSink, ByteStream } from '../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../packages/core/src/errors/transfer-error.ts'

export class RecordingSink implements ByteSink {
  /** `bytes 5`, `ended`, `failed RECV_ERROR`, `drained`: in the order told. */
  readonly calls: string[] = []
  failure: TransferError | undefined
  hasEnded = false
  drains = 0
  readonly #received: Buffer[] = []
  #waits: { readonly until: () => boolean; readonly go: () => void }[] = []

  get text(): string {
    return this.received.toString('latin1')
  }

  get received(): Buffer {
    return Buffer.concat(this.#received)
  }

  bytes(view: Uint8Array): void {
    this.#received.push(Buffer.from(view))
    this.#note(`bytes ${view.length}`)
  }

  ended(): void {
    this.hasEnded = true
    this.#note('ended')
  }

  failed(error: TransferError): void {
    this.failure = error
    this.#note(`failed ${error.code}`)
  }

  drained(): void {
    this.drains += 1
    this.#note('drained')
  }

  /** Resolves once the condition holds, which is looked at after each call. */
  until(condition: (sink: this) => boolean): Promise<void> {
    const until = (): boolean => condition(this)
    return new Promise((go) => {
      this.#waits.push({ until, go })
      this.#look()
    })
  }

  #note(call: string): void {
    this.calls.push(call)
    this.#look()
  }

  #look(): void {
    const met = this.#waits.filter((wait) => wait.until())
    this.#waits = this.#waits.filter((wait) => !met.includes(wait))
    for (const wait of met) wait.go()
  }
}

/** Makes a recording sink the sink of a stream. */
export function record(stream: ByteStream): RecordingSink {
  const sink = new RecordingSink()
  stream.sink = sink
  return sink
}
