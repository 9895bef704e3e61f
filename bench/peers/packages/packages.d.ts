/**
 * The peers' packages, as far as they are used here. They stand apart from the workspaces, so that `npm ci` at the root
 * does not bring them, and the types are checked without them.
 */

declare module 'undici' {
  import type { Readable, Writable } from 'node:stream'

  export interface RequestOptions {
    path: string
    method: string
    headers?: Record<string, string>
    body?: Uint8Array | AsyncIterable<Uint8Array> | null
  }

  export interface DispatchHandler {
    onRequestStart?(controller: unknown, context: unknown): void
    onResponseStart?(controller: unknown, status: number, headers: unknown, message?: string): void
    onResponseData?(controller: unknown, chunk: Buffer): void
    onResponseEnd?(controller: unknown, trailers: unknown): void
    onResponseError?(controller: unknown, error: Error): void
  }

  export interface Connecting {
    ca?: string
    lookup?: (
      host: string,
      options: { all?: boolean },
      done: (error: null, address: unknown, family?: number) => void,
    ) => void
  }

  export interface Limits {
    connections?: number | null
    pipelining?: number
    maxConcurrentStreams?: number
    keepAliveTimeout?: number
    keepAliveMaxTimeout?: number
    allowH2?: boolean
    connect?: Connecting
    maxOrigins?: number
  }

  export interface Body extends Readable {
    arrayBuffer(): Promise<ArrayBuffer>
    text(): Promise<string>
  }

  export class Dispatcher {
    request(options: RequestOptions & { origin?: string }): Promise<{ statusCode: number; body: Body }>
    stream(options: RequestOptions, sink: () => Writable): Promise<unknown>
    dispatch(options: RequestOptions, handler: DispatchHandler): boolean
    close(): Promise<void>
    destroy(): Promise<void>
  }
  export class Client extends Dispatcher {
    constructor(origin: string, limits?: Limits)
  }
  export class H2CClient extends Dispatcher {
    constructor(origin: string, limits?: Limits)
  }
  export class Pool extends Dispatcher {
    constructor(origin: string, limits?: Limits)
  }
  export class Agent extends Dispatcher {
    constructor(limits?: Limits)
  }

  export function fetch(
    url: string,
    init: { dispatcher: Dispatcher },
  ): Promise<{ body: ReadableStream<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer> }>
}

declare module 'got' {
  import type { Agent as HttpAgent } from 'node:http'
  import type { Agent as HttpsAgent } from 'node:https'

  export interface Options {
    agent: { http: HttpAgent; https: HttpsAgent }
    https: { certificateAuthority: string }
    responseType: 'buffer'
    retry: { limit: number }
  }
  export const got: {
    extend(options: Options): (url: string) => Promise<{ body: Uint8Array }>
  }
}

declare module 'axios' {
  import type { Agent as HttpAgent } from 'node:http'
  import type { Agent as HttpsAgent } from 'node:https'

  export interface Options {
    httpAgent: HttpAgent
    httpsAgent: HttpsAgent
    responseType: 'arraybuffer'
    proxy: false
  }
  export function create(options: Options): { get(url: string): Promise<{ data: Buffer }> }
}
