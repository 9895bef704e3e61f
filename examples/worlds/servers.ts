/**
 * What the examples talk to, as data: for each origin a function from what was asked to what is answered.
 *
 * The rule: said once and meant for both worlds, so it names no socket, no timer and no simulator.
 */
import type { Environment } from '@trunkline/core'

/** A request as a server of an example sees it. */
export interface Asked {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export interface Answer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Fields that come behind the body. */
  readonly trailers?: Readonly<Record<string, string>>
  /** How long the server thinks before it answers. Default 0. */
  readonly afterMs?: number
}

/** By origin, such as `http://news.test`; names that are not listed do not exist. */
export type Servers = Readonly<Record<string, (asked: Asked) => Answer>>

/** Where an example's lines go. */
export type Print = (line: string) => void

/** What each example exports. */
export interface Example {
  readonly title: string
  /** Left out by an example that makes a world of its own. */
  readonly servers?: Servers
  /** Its servers speak HTTP/2, and are expected to be known for it; otherwise HTTP/1.1. */
  readonly speaksHttp2?: boolean
  main(environment: Environment, print: Print): Promise<void>
  /** The lines it prints. */
  readonly expected: readonly string[]
}
