/**
 * What tests know about an HTTP/2 server that nobody here wrote, and about a kind of them.
 *
 * The rule: only what is true of a running server stands here; how one is started stands in the file of its kind.
 */
import type { App } from './app.ts'

/** Where a server answers: origins such as `https://127.0.0.1:8443`, with no slash at the end. */
export interface Origins {
  /** HTTP/2 by ALPN. */
  readonly https: string | undefined
  /** HTTP/2 over clear text by prior knowledge, RFC 9113 section 3.3. */
  readonly http2Clear: string | undefined
  /** HTTP/1.1 over clear text that is upgraded to `h2c` when asked to, RFC 7540 section 3.2. */
  readonly h2cUpgrade: string | undefined
  /** HTTP/1.1 over clear text. */
  readonly http1Clear: string | undefined
}

/** A server that runs. Which paths it has is told in documents.ts and app.ts. */
export interface H2Server extends Origins {
  readonly name: string
  /** Whether POST and PUT to `/app/echo` read the whole body and send it back. */
  readonly takesUploads: boolean
  /** What answers below `/app/`; undefined when the server does that by itself, as nghttpd does. */
  readonly app: App | undefined
  /**
   * Goes on with new processes or sessions, and tells open connections so with GOAWAY; streams that are open go
   * on to their end. Resolves when the server has been asked, which may be before it has done so. Undefined when
   * the server cannot.
   */
  readonly reload: (() => Promise<void>) | undefined
  /** Ends at once, with all connections, and serves at the same ports again. Resolves when it does. */
  restart(): Promise<void>
  /** Ends what was started, and only that, and removes its folder. */
  stop(): Promise<void>
}

export interface H2ServerSettings {
  /** PEM. */
  readonly cert: string
  /** PEM. */
  readonly key: string
  /** Puts more files into the document root, which holds those of documents.ts already. */
  readonly fill?: (root: string) => void
  /** SETTINGS_MAX_CONCURRENT_STREAMS, for kinds whose `limits` say that it can be set. */
  readonly maxConcurrentStreams?: number
  /** After so many requests the server says GOAWAY, for kinds whose `limits` say that it can. */
  readonly requestsPerConnection?: number
}

/** Settings that a kind of server obeys; of others it takes no notice. */
export interface H2ServerLimits {
  readonly maxConcurrentStreams: boolean
  readonly requestsPerConnection: boolean
}

/** What a kind of server hands on from the application behind it. */
export interface H2ServerPasses {
  /** The trailer fields of `/app/trailers`. */
  readonly trailers: boolean
  /** The 103 before the answer of `/app/early`. */
  readonly earlyHints: boolean
  /** The fields of `/app/fields` and of `/app/large-head`. */
  readonly manyFields: boolean
  /** What `/app/duplex` sends back, while the request still goes on. */
  readonly duplex: boolean
}

export interface H2ServerKind {
  readonly name: string
  /** The Debian package that holds it; undefined when Node does. */
  readonly package: string | undefined
  readonly limits: H2ServerLimits
  readonly passes: H2ServerPasses
  /** What those that run have. */
  readonly origins: readonly (keyof Origins)[]
  readonly canReload: boolean
  /** Whether a connection that was upgraded to HTTP/2 can be relied upon. */
  readonly goesOnAfterUpgrade: boolean
  isInstalled(): boolean
  /** Starts one on free ports of loopback. The server must be stopped. */
  start(settings: H2ServerSettings): Promise<H2Server>
}
