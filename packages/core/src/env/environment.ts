/**
 * The outside world on one page, as types only.
 *
 * The rule this file keeps: whatever the engine cannot compute from its arguments (time, chance, names,
 * sockets, cryptography, other threads) comes through one of these ports. Implementations stand in `node/`
 * and `sim/`; nothing else in core may touch the outside.
 */
import type { TransferError } from '../errors/transfer-error.ts'

/** A length of time, or a point on {@link Clock.now}'s scale. Fractions are allowed. */
export type Milliseconds = number

/** Something that was arranged and may be called off. Calling it off twice, or too late, does nothing. */
export interface Cancelable {
  /** Calls it off. */
  cancel(): void
}

/** Time, without a date unless asked. */
export interface Clock {
  /** Monotonic time. Never goes back; says nothing about the date. */
  now(): Milliseconds
  /** The date, for cookies, Expires and logs only. */
  date(): Date
  /** Calls `wake` once, at `due` or as soon after as can be. Does not by itself keep the process alive. */
  at(due: Milliseconds, wake: () => void): Cancelable
  /** Keeps the process alive until it is cancelled, for who waits for a time of its own while nothing is read. */
  stayAwake(): Cancelable
  /**
   * Calls `then` once every stream has reported whatever input was already waiting for it, and never from
   * inside this call. The cache uses it to learn of a peer's close before it hands out an idle connection.
   */
  afterPendingInput(then: () => void): void
}

/** Where a socket leads. */
export type SocketAddress =
  | { readonly family: 4 | 6; readonly address: string; readonly port: number }
  | { readonly family: 'unix'; readonly path: string; readonly abstract: boolean }

/** What a stream reports. Calls come one at a time, and never from inside a call made on the stream. */
export interface ByteSink {
  /** Received bytes. The view is valid during this call only; whoever keeps bytes copies them, or asks for them with `own`. */
  bytes(view: Uint8Array): void
  /** The peer has ended its direction. Comes at most once, after the last `bytes`. */
  ended(): void
  /** The stream broke, or was aborted by the peer. Comes at most once, and nothing comes after it. */
  failed(error: TransferError): void
  /** The stream takes more again after a `write` that answered false. */
  drained(): void
}

/** One hop's two directions. Every filter takes one of these and gives one back. Made open. */
export interface ByteStream {
  /** Who is told. Set it at once, in the turn in which the stream was handed over; input waits until then. */
  sink: ByteSink | undefined
  /**
   * Queues bytes. A string is written as Latin-1, one byte per character. False: take a rest until
   * `drained`. The stream does not copy: the bytes must stay unchanged until they are sent.
   */
  write(bytes: Uint8Array | string): boolean
  /** Stops reading until `resume`; nothing is reported meanwhile but, perhaps, `failed`. */
  pause(): void
  /** Goes on reading after `pause`. */
  resume(): void
  /** Ends our direction after what was written; input still comes. */
  end(): void
  /** Gives the stream up at once, silently: the sink hears nothing more. May be called twice. */
  abort(): void
  /** Whether this stream alone should keep the process alive. True when made; false while idle. */
  hold(awake: boolean): void
  /**
   * The bytes of a view for good, to be called while the sink is told of it: a copy, or the memory itself when the
   * stream reads elsewhere from then on. A stream that has no such method has nothing better than a copy.
   */
  own?(view: Uint8Array): Uint8Array
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
}

/** How to dial, besides where to. */
export interface DialSettings {
  /** Local address to bind to, in text. */
  readonly localAddress?: string
  /** Name of the network interface whose address to bind to, such as `eth0`. */
  readonly interfaceName?: string
  /** First local port to try. */
  readonly localPort?: number
  /** How many ports to try from `localPort` on. */
  readonly localPortRange?: number
  /** Send small segments at once (TCP_NODELAY). */
  readonly noDelay: boolean
  /** Time of silence before the first TCP keep-alive probe; undefined: no probes. */
  readonly keepAliveMs?: Milliseconds
  /**
   * The handshake that will be asked for right after, so that a dialer can begin it. What it hands over is then
   * for `TlsProvider.secure` with an equal request and nothing else: not for a SOCKS or CONNECT hop before it.
   */
  readonly thenTls?: TlsRequest
}

/** Opens sockets. */
export interface Dialer {
  /**
   * Opens a socket. Rejects with COULDNT_CONNECT (INTERFACE_FAILED when the local end cannot be had), or
   * with the signal's reason once it aborts; then nothing is left open.
   */
  dial(to: SocketAddress, settings: DialSettings, signal: AbortSignal): Promise<ByteStream>
}

/** One address of a name. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
  /** How long it holds, where the answer said so. */
  readonly ttlMs?: Milliseconds
}

/** Name servers to ask directly, rather than as the system does. */
export interface NameServers {
  /** `address` or `address:port`, IPv6 with a port in brackets; none: those of the system. */
  readonly servers: readonly string[]
  /** Where to ask IPv4 servers from. */
  readonly localIp4?: string
  /** Where to ask IPv6 servers from. */
  readonly localIp6?: string
  /** The network interface whose addresses to ask from. */
  readonly interfaceName?: string
}

/** Looks names up. */
export interface Resolver {
  /**
   * Looks a name up, all addresses in the order preferred by the system. Rejects with COULDNT_RESOLVE_HOST, or
   * INTERFACE_FAILED. Lookups cannot be aborted; who lost interest ignores the answer. `servers`: whom to ask
   * instead of the system, about addresses only: no hosts file, no search domains.
   */
  lookup(name: string, family: 4 | 6 | 'any', servers?: NameServers): Promise<readonly ResolvedAddress[]>
}

/** A version of TLS. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** One TLS configuration: everything about a handshake that does not depend on the peer's name. */
export interface TlsSettings {
  /** Equal for equal settings; what secure contexts are cached by. May hold secrets: never printed. */
  readonly key: string
  readonly caFile?: string
  readonly caPath?: string
  readonly caBytes?: Uint8Array
  readonly crlFile?: string
  readonly certFile?: string
  readonly certBytes?: Uint8Array
  readonly keyFile?: string
  readonly keyBytes?: Uint8Array
  readonly keyPassword?: string
  readonly minVersion: TlsVersion
  readonly maxVersion?: TlsVersion
  /** OpenSSL cipher list for TLS 1.2 and older. */
  readonly ciphers?: string
  /** Colon-separated TLS 1.3 suites. */
  readonly tls13Ciphers?: string
  readonly curves?: string
  readonly signatureAlgorithms?: string
  /** Whether the certificate chain must lead to a trusted root. */
  readonly verifyPeer: boolean
  /** Whether the certificate must name the host. */
  readonly verifyHost: boolean
  /** `sha256//BASE64` of public keys, any of which must match. */
  readonly pinnedPublicKeys?: readonly string[]
  /** File that holds the one allowed public key, PEM or DER. */
  readonly pinnedPublicKeyFile?: string
}

/** One wanted handshake. */
export interface TlsRequest {
  readonly settings: TlsSettings
  /** The name or address the certificate must carry; a name is also sent as SNI. */
  readonly serverName: string
  /** Protocols offered, most wanted first; none: the extension is left out. */
  readonly alpn: readonly string[]
  /** A session of an earlier handshake with the same peer and settings, to resume. */
  readonly session?: Uint8Array
  /** Called with each new session the peer issues, during the handshake or any time after. */
  readonly onSession?: (session: Uint8Array) => void
}

/** What a handshake settled. */
export interface TlsFacts {
  readonly version: string
  readonly cipher: string
  /** The protocol chosen by ALPN, if the peer chose one. */
  readonly alpn: string | undefined
  /** Whether a session was resumed, which saves a round trip or the certificate exchange. */
  readonly resumed: boolean
  /** Why verification failed, when it failed and was not required; undefined when it passed. */
  readonly verifyProblem: string | undefined
  /** Whether the peer's certificate names this host too. */
  covers(host: string): boolean
  /** The peer's certificate chain, leaf first, each in DER. Read on demand. */
  certificates(): readonly Uint8Array[]
}

/** A stream inside TLS. */
export interface SecureStream extends ByteStream {
  readonly tls: TlsFacts
}

/** Makes streams secure. */
export interface TlsProvider {
  /**
   * Makes a secure stream over an open one, and owns the one below from the call on. Rejects with
   * SSL_CONNECT_ERROR, PEER_FAILED_VERIFICATION, SSL_PINNEDPUBKEYNOTMATCH, or, for settings that cannot be
   * used, SSL_CERTPROBLEM, SSL_CACERT_BADFILE, SSL_CRL_BADFILE or SSL_CIPHER; or with the signal's reason.
   * The stream below is aborted in each of these cases.
   */
  secure(below: ByteStream, request: TlsRequest, signal: AbortSignal): Promise<SecureStream>
}

/** Chance. */
export interface RandomSource {
  /** Unpredictable bytes, fit for secrets (predictable in a simulation, by its seed). */
  bytes(count: number): Uint8Array
  /** At least 0 and less than 1. */
  fraction(): number
}

/** Hash functions. Synchronous: the inputs are heads, names and passwords. */
export interface Hashes {
  /** The hash of `bytes`; `sha512-256` is SHA-512/256 (FIPS 180-4 5.3.6.2), not a cut SHA-512. */
  digest(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512-256', bytes: Uint8Array): Uint8Array
  /** HMAC (RFC 2104) of `bytes`. */
  hmac(algorithm: 'md5' | 'sha256', key: Uint8Array, bytes: Uint8Array): Uint8Array
}

/** A coding of bodies that can be undone, by the name it has in Content-Encoding; deflate in either of its forms. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** Who hears of what a decoder does. Calls may come from inside `write` and `end`, or later. */
export interface DecoderSink {
  /** Decoded bytes, at least one, valid during the call only. */
  decoded(bytes: Uint8Array): void
  /** The decoder takes more again after a `write` that answered false. */
  drained(): void
  /** After `end`: all is decoded. The last call. */
  ended(): void
  /** BAD_CONTENT_ENCODING: the data is broken, cut short, or followed by what is none. The last call. */
  failed(error: TransferError): void
}

/** One coding of one body, being undone. What it holds is bounded, whatever the data turns into. */
export interface Decoder {
  /** Takes the next bytes; what is needed for longer than the call is copied. False: take a rest until `drained`. */
  write(bytes: Uint8Array): boolean
  /** Nothing more comes. Of no bytes at all nothing is made, and that is no failure. */
  end(): void
  /** Nothing more is decoded than what is on its way; `decoded` and `ended` wait until `resume`. */
  pause(): void
  /** Goes on after `pause`, perhaps inside the call. */
  resume(): void
  /** Gives up and lets go of memory; the sink hears nothing more. May be called twice. */
  abort(): void
}

/** Undoes codings of bodies. */
export interface Decoders {
  /** The codings that can be undone here, in the order in which servers are told of them. */
  readonly codings: readonly Coding[]
  /**
   * A whole body, at once and on this thread: for small ones that is several times cheaper than a decoder.
   * Undefined: it is more than `maxBytes`, or something is wrong with it, and a decoder can tell what.
   */
  decodeWhole(coding: Coding, bytes: Uint8Array, maxBytes: number): Uint8Array | undefined
  /** Begins to undo one of the `codings`. */
  open(coding: Coding, sink: DecoderSink): Decoder
}

/** Files that outlive the process: cookies, HSTS, Alt-Svc, TLS sessions. Text is Latin-1, one character per byte. */
export interface StateFiles {
  /** The whole file; undefined: there is none. Rejects with FILE_COULDNT_READ_FILE. */
  read(path: string): Promise<string | undefined>
  /**
   * Makes the file what `merge` makes of what it is, as one step: other processes that do the same wait, and whoever
   * reads sees the old file or the new one. `merge` may be called more than once; the last call counts. A new file
   * is for its owner's eyes only, an old one keeps its mode; a symbolic link is followed. What is no plain file,
   * such as /dev/null, is written to as it stands. Rejects with WRITE_ERROR, or with what `merge` throws; then the
   * old file is as it was.
   */
  update(path: string, merge: (old: string | undefined) => string): Promise<void>
}

/** What is known of a file before it is read. */
export interface FileFacts {
  /** Bytes; undefined: only its end will show it, as with a pipe. */
  readonly size: number | undefined
  /** When it was last changed, since 1970. */
  readonly changedMs: Milliseconds
  readonly isFolder: boolean
}

/** A file that is open to be written. Both methods reject with WRITE_ERROR, which names the file. */
export interface FileWriter {
  /** Writes all of them, behind what was written before. */
  write(bytes: Uint8Array): Promise<void>
  /** Ends it: what was written is in the file. */
  close(): Promise<void>
}

/** Files that are sent, read and written, and where the user's own are. */
export interface Files {
  /** Of a file or a folder. Rejects as `sizeOf` does. */
  factsOf(path: string): Promise<FileFacts>
  /** The names of what is in a folder. Rejects with READ_ERROR, which names it. */
  namesIn(path: string): Promise<readonly string[]>
  /**
   * Opens a file, emptied unless `appends`; one that is not there is made with `mode`. Rejects with WRITE_ERROR, which
   * names the file.
   */
  openToWrite(path: string, how: { readonly appends: boolean; readonly mode: number }): Promise<FileWriter>
  /**
   * The size of a file, which can be read as far as can be told before it is; undefined: only its end will show
   * it, as with a pipe. Rejects with READ_ERROR, which names the file; for a folder with `EISDIR`.
   */
  sizeOf(path: string): Promise<number | undefined>
  /**
   * The content of a file from byte `from` on, in pieces that stay as they are. It is open from the first piece
   * that is asked for until the end or `return`. READ_ERROR, which names the file.
   */
  read(path: string, from: number): AsyncIterable<Uint8Array>
  /** The path of a file in the user's home; undefined when he has none. */
  homePath(name: string): string | undefined
}

/** The whole outside world. */
export interface Environment {
  readonly clock: Clock
  readonly dialer: Dialer
  readonly resolver: Resolver
  readonly tls: TlsProvider
  readonly random: RandomSource
  readonly hashes: Hashes
  readonly decoders: Decoders
  readonly stateFiles: StateFiles
  readonly files: Files
  /** Runs work that leaves the event loop (threads, files). The simulator holds time still meanwhile. */
  offload<T>(job: () => Promise<T>): Promise<T>
}
