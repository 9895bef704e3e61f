/** What clients are told and what they answer: the one page that the runner and all clients agree on. */

/** Figures that a client knows by itself, beside those that are taken of its process. */
export type OwnFigure =
  | 'connections'
  | 'firstMs'
  | 'spread'
  | 'heapBytesPerHandle'
  | 'heapBytesPerWait'
  | 'residentBytesPerConnection'
  | 'openUs'
  | 'pickUs'
  | 'insertUs'
  | 'evictUs'
  | 'expireUs'

export type OwnFigures = Readonly<Partial<Record<OwnFigure, number>>>

/** What a client does, and where. */
export interface Terms {
  /** Scheme, host and port of the server. */
  readonly origin: string
  /** The certificate to trust: a file, PEM. */
  readonly caFile: string
  /** A file as long as an upload's body. */
  readonly uploadFile: string
  readonly path: string
  /** Bytes of each exchange's body: received, or sent to the sink. */
  readonly bytes: number
  readonly http: '1.1' | '2'
  readonly connections: number
  /** Exchanges at once on each connection: streams of HTTP/2, or requests in a pipeline. */
  readonly streams: number
  /** How many handles are added at once, or how many origins there are. */
  readonly size: number
  /** Options of Trunkline's handles beside the necessary ones. */
  readonly options: Readonly<Record<string, unknown>>
  /** Exchanges before and within the measured part. */
  readonly warmUp: number
  readonly exchanges: number
}

/** One round of one client. */
export interface Measure {
  /** Elapsed and processor time of the measured part. */
  readonly ms: number
  readonly userUs: number
  readonly systemUs: number
  /** The most memory that the process ever had resident, up to the end of the measured part. */
  readonly peakBytes: number
  /** Bytes of bodies; undefined when the client cannot tell. */
  readonly bytes?: number
  readonly figures?: OwnFigures
}

/** What a run of exchanges saw. */
export interface Seen {
  /** Bytes of bodies. */
  readonly bytes: number
  readonly figures?: OwnFigures
}

/** A client in a process of Node. */
export interface Client {
  /** Performs so many exchanges, all lanes at once. */
  run(count: number): Promise<Seen>
  /** What is found out after the measured part, and costs nothing in it. */
  examine?(): Promise<OwnFigures>
  close(): unknown
}

/** What a file in peers/ exports. */
export type Start = (terms: Terms) => Client | Promise<Client>
