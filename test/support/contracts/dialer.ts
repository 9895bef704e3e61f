/**
 * What every `Dialer` does. The listeners that the tests dial are the harness's.
 *
 * The rule: whatever comes of a dial, nothing is left open that nobody owns.
 */
import { describe, expect, test } from 'vitest'
import type {
  ByteStream,
  Dialer,
  DialSettings,
  SocketAddress,
} from '../../../packages/core/src/env/environment.ts'
import { record } from './stream-recorder.ts'

export interface DialerWorld {
  readonly dialer: Dialer
  /** Starts a listener whose connections send back what they get, and end when they hear the end. */
  listen(): Promise<EchoListener>
  /** An address at which nobody listens. */
  refusing(): Promise<SocketAddress>
  /** Resolves when whatever is under way has had every chance to arrive. */
  settle(): Promise<void>
}

export interface EchoListener {
  readonly address: SocketAddress
  /** How many accepted connections are open. */
  open(): number
}

export interface DialerHarness {
  /** A local address that can be bound to for dials to the listeners. */
  readonly localAddress: string
  /** Runs `body` and frees everything whatever comes of it. */
  run(body: (world: DialerWorld) => Promise<void>): Promise<void>
}

const SETTINGS: DialSettings = { noDelay: true }
/** Of TEST-NET-1 (RFC 5737), which no machine has. */
const FOREIGN_ADDRESS = '192.0.2.1'

export function dialerContract(name: string, harness: DialerHarness): void {
  const dials = (title: string, body: (world: DialerWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))
  const never = (): AbortSignal => new AbortController().signal

  describe(`${name} is a Dialer`, () => {
    dials('opens a stream to a listener', async ({ dialer, listen }) => {
      const { address } = await listen()
      const { stream, heard } = record(await dialer.dial(address, SETTINGS, never()))
      stream.write('hello')
      await heard.untilText('hello')
      expect(stream.remote).toEqual(address)
      stream.abort()
    })

    dials('opens streams that know nothing of each other', async ({ dialer, listen }) => {
      const { address } = await listen()
      const streams = await Promise.all(
        ['one', 'two', 'three'].map(async (word) => ({
          word,
          ...record(await dialer.dial(address, SETTINGS, never())),
        })),
      )
      for (const { word, stream } of streams) stream.write(word)
      for (const { word, heard } of streams) await heard.untilText(word)
      for (const { stream } of streams) stream.abort()
    })

    dials('rejects with COULDNT_CONNECT where nobody listens', async ({ dialer, refusing }) => {
      await expect(dialer.dial(await refusing(), SETTINGS, never())).rejects.toMatchObject({
        code: 'COULDNT_CONNECT',
      })
    })

    dials(
      'rejects with the reason of a signal that has aborted before',
      async ({ dialer, listen, settle }) => {
        const listener = await listen()
        const reason = new Error('changed my mind')
        await expect(dialer.dial(listener.address, SETTINGS, AbortSignal.abort(reason))).rejects.toBe(reason)
        await settle()
        expect(listener.open()).toBe(0)
      },
    )

    dials(
      'rejects with the reason of a signal that aborts meanwhile, and leaves nothing open',
      async (world) => {
        const listener = await world.listen()
        const abort = new AbortController()
        const reason = new Error('changed my mind')
        const dialling = world.dialer.dial(listener.address, SETTINGS, abort.signal)
        abort.abort(reason)
        await expect(dialling).rejects.toBe(reason)
        await world.settle()
        expect(listener.open()).toBe(0)
      },
    )

    dials(
      'leaves a stream alone whose signal aborts after it was opened',
      async ({ dialer, listen, settle }) => {
        const { address } = await listen()
        const abort = new AbortController()
        const { stream, heard } = record(await dialer.dial(address, SETTINGS, abort.signal))
        abort.abort()
        await settle()
        stream.write('still here')
        await heard.untilText('still here')
        stream.abort()
      },
    )

    dials('binds to a local address', async ({ dialer, listen }) => {
      const { address } = await listen()
      const { localAddress } = harness
      const stream: ByteStream = await dialer.dial(address, { ...SETTINGS, localAddress }, never())
      expect(stream.local).toMatchObject({ address: localAddress })
      stream.abort()
    })

    dials('rejects with INTERFACE_FAILED when the local address is not here', async ({ dialer, listen }) => {
      const { address } = await listen()
      const dialling = dialer.dial(address, { ...SETTINGS, localAddress: FOREIGN_ADDRESS }, never())
      await expect(dialling).rejects.toMatchObject({ code: 'INTERFACE_FAILED' })
    })

    dials('rejects with INTERFACE_FAILED when there is no such interface', async ({ dialer, listen }) => {
      const { address } = await listen()
      const dialling = dialer.dial(address, { ...SETTINGS, interfaceName: 'no-such-interface' }, never())
      await expect(dialling).rejects.toMatchObject({ code: 'INTERFACE_FAILED' })
    })
  })
}
