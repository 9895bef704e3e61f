/** The public names of @trunkline/core. */
export type {
  ByteSink,
  ByteStream,
  Cancelable,
  Clock,
  Coding,
  Decoder,
  Decoders,
  DecoderSink,
  Dialer,
  DialSettings,
  Environment,
  FileFacts,
  Files,
  FileWriter,
  Milliseconds,
  Hashes,
  NameServers,
  RandomSource,
  ResolvedAddress,
  Resolver,
  SecureStream,
  SocketAddress,
  StateFiles,
  TlsFacts,
  TlsProvider,
  TlsRequest,
  TlsSettings,
  TlsVersion,
} from './env/environment.ts'
// Structures that the other packages use as well; not for use by hand.
export { Fifo } from './base/fifo.ts'
export { Heap } from './base/heap.ts'
export { LinkedList, ListNode } from './base/linked-list.ts'
export type { NegotiateFunction, NegotiateRequest } from './auth/negotiate.ts'
export { isTransferError, TransferError } from './errors/transfer-error.ts'
export type { ErrorContext, ErrorDetails, Phase } from './errors/transfer-error.ts'
export { parseDate } from './cookie/cookie-date.ts'
export { CurlUrl } from './url/curl-url.ts'
export type { UrlGetFlags, UrlPart, UrlSetFlags } from './url/url-parts.ts'
export { entityTag, isEntityTag, sameEntityTag } from './http/entity-tag.ts'
export { Fields } from './http/fields.ts'
export type { HttpVersion, RequestHead, ResponseHead } from './http/message.ts'
export { formUrlEncode, type FormPairs } from './form/form-url-encode.ts'
export type { FileBody } from './form/given-body.ts'
export type { BodyPiece, BodyStream, MimePart } from './form/mime-part.ts'
export type { PartEncoder } from './form/part-encoders.ts'
export { OptionSet } from './options/option-set.ts'
export type {
  BodyInput,
  CacheOptions,
  CacheSettings,
  EasyOptions,
  EasySettings,
  HeaderFunction,
  HeaderLine,
  HeadersInput,
  HstsReadFunction,
  JsonValue,
  MultiOptions,
  MultiSettings,
  PostFieldsInput,
  Progress,
  ProgressFunction,
  Settled,
  TrailerFunction,
  TrailersInput,
  WriteFunction,
} from './options/option-types.ts'
export { ReuseVerdict } from './pool/verdict.ts'
export type { Candidate, CandidateReason, Outcome, Wait } from './pool/verdict.ts'
export type { WaitReason } from './pool/records.ts'
export { CLOSE_REASONS } from './tables/close-reasons.ts'
export type { CloseReason, CloseReasonRow } from './tables/close-reasons.ts'
export { ERROR_CODES } from './tables/error-codes.ts'
export type { ErrorRow, TransferErrorCode } from './tables/error-codes.ts'
export { INFO_VALUES } from './tables/info-table.ts'
export type { InfoRow } from './tables/info-table.ts'
export { LIMITS } from './tables/limits.ts'
export { CACHE_OPTIONS, EASY_OPTIONS, MULTI_OPTIONS } from './tables/option-table.ts'
export type { IdentityPart, OptionKind, OptionRow, TextUse } from './tables/option-table.ts'
export { REUSE_REASONS } from './tables/reuse-reasons.ts'
export type { ReuseReason, ReuseReasonRow } from './tables/reuse-reasons.ts'
export { DnsCache } from './cache/dns-cache.ts'
export type { SpecialLookup } from './connect/filter.ts'
export { TlsSessionCache } from './cache/tls-session-cache.ts'
export { ResponseBody } from './transfer/body-stream.ts'
export { RawConnection } from './socket/raw-connection.ts'
export { WebSocketConnection } from './socket/web-socket-connection.ts'
export type { WebSocketEnding, WebSocketInit } from './socket/web-socket-connection.ts'
export type { WebSocketClose } from './socket/web-socket-end.ts'
export type { FrameMeta } from './websocket/frame-meta.ts'
export type { MessageData } from './websocket/message-gatherer.ts'
export { Handle } from './transfer/handle.ts'
export { HandleMemory, makeCookieJar, makeHstsCache, makeAltSvcCache } from './transfer/handle-memory.ts'
export type { SharedMemory } from './transfer/handle-memory.ts'
export { StreamedResult } from './transfer/streamed-result.ts'
export type { InfoName, InfoValues, TransferInfo } from './transfer/transfer-info.ts'
export type { Accountant } from './transfer/collector.ts'
export { TransferResult } from './transfer/transfer-result.ts'
export type { AdmissionGate } from './transfer/transfer.ts'
export { ConnectionCache } from './engine/connection-cache.ts'
export type { SharedParts } from './engine/connection-cache.ts'
export { Engine } from './engine/engine.ts'
export { EngineEmitter } from './engine/events.ts'
export type { ConnectAnswer, ConnectionSnapshot, EngineEvents } from './engine/events.ts'
export type { SharedCaches, TransferHandle } from './engine/share-parts.ts'
