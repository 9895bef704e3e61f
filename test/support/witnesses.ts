/**
 * A simulated world of several origins that all write down what they are asked: for tests of what goes to whom.
 *
 * The rule: what is asserted is what servers saw, never what the client says of itself.
 */
import type { EasyOptions, TransferError } from '@trunkline/core'
import {
  simulate,
  type SimExchange,
  type SimOriginOptions,
  type SimResponse,
  type SimWorld,
} from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

/** Both versions of HTTP, as the option httpVersion has them; over TLS they are settled by ALPN. */
export const VERSIONS = ['1.1', '2-prior-knowledge'] as const

/** One request, as the origin that got it saw it. */
export interface Seen {
  /** `http://a.test/path`, by the origin that was reached, not by what Host said. */
  readonly url: string
  /** `http://a.test#1`: the first connection that this origin accepted. */
  readonly connection: string
  readonly method: string
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  /** Field names in lower case; of several of one name, joined. */
  readonly fields: Readonly<Record<string, string | string[]>>
  /** Names and values in the order in which they came. */
  readonly lines: readonly (readonly [string, string])[]
  readonly body: string
}

/** How an origin answers; undefined: it has done so itself. */
export type Answer = (
  seen: Seen,
  exchange: SimExchange,
) => SimResponse | undefined | Promise<SimResponse | undefined>

export interface Scene {
  readonly world: SimWorld
  /** In the order in which requests came. */
  readonly seen: readonly Seen[]
  /** One connection cache for all that is asked through `ask`. */
  readonly multi: Multi
  make(options?: EasyOptions): Easy
  /** Runs a handle (or one of its own, with these options) in the multi: the body, or the error's code. */
  ask(handle: Easy | EasyOptions): Promise<string>
  /** Connections in the order in which they were used. */
  connections(): readonly string[]
  /** The values of Authorization in the order in which they came. */
  authorizations(): readonly (string | undefined)[]
}

/** The origins there are unless said otherwise. */
export const ORIGINS = [
  'http://a.test',
  'http://a.test:8080',
  'https://a.test',
  'https://a.test:8443',
  'http://b.test',
  'https://b.test',
] as const

export interface WitnessOptions {
  readonly origins?: readonly string[]
  /** Of each origin, beside that it speaks both versions of HTTP. */
  readonly server?: SimOriginOptions
  readonly seed?: number
}

/** Runs a test in a world whose origins answer by `answer`; default: `hello` and their own name. */
export async function witness<T>(
  answer: Answer | undefined,
  run: (scene: Scene) => Promise<T>,
  { origins = ORIGINS, server, seed = 1 }: WitnessOptions = {},
): Promise<T> {
  const { value } = await simulate(seed, async (world) => {
    const { environment } = world
    const seen: Seen[] = []
    for (const origin of origins)
      world.origin(
        origin,
        async (exchange) => {
          const one = await sight(origin, exchange)
          seen.push(one)
          const response =
            answer === undefined ? { body: `hello from ${origin}` } : await answer(one, exchange)
          if (response !== undefined) exchange.respond(response)
        },
        { http2: true, ...server },
      )
    await using multi = new Multi({ environment })
    const make = (options: EasyOptions = {}): Easy =>
      new Easy({ environment, url: 'http://a.test/', ...options })
    return await run({
      world,
      seen,
      multi,
      make,
      // What an option may not hold is refused when it is set.
      ask: async (handle) => {
        try {
          return (await multi.add(handle instanceof Easy ? handle : make(handle))).text()
        } catch (error) {
          return (error as TransferError).code
        }
      },
      connections: () => seen.map(({ connection }) => connection),
      authorizations: () => seen.map(({ authorization }) => authorization),
    })
  })
  return value
}

/** `Basic` of a user and a password. */
export function basic(user: string, password: string): string {
  return `Basic ${btoa(`${user}:${password}`)}`
}

/** A redirect to another place. */
export function redirect(to: string, status = 302): SimResponse {
  return { status, headers: { Location: to }, body: 'moved' }
}

async function sight(origin: string, exchange: SimExchange): Promise<Seen> {
  const { method, target, fields } = exchange.request
  return {
    url: `${origin}${target}`,
    connection: `${origin}#${exchange.connection.id}`,
    method,
    authorization: fields.get('authorization'),
    cookie: fields.get('cookie'),
    fields: fields.toObject(),
    lines: [...fields],
    body: new TextDecoder('latin1').decode(await exchange.body()),
  }
}
