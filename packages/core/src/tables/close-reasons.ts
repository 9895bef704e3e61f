/**
 * Why a connection left the cache, one row each. The keys are stable: they stand in events, verdicts and
 * `-v` lines. `dead` marks those that the peer or the network decided, not Trunkline.
 */
export interface CloseReasonRow {
  readonly dead: boolean
  readonly summary: string
}

/** Every reason for which a connection leaves the cache, with its meaning. */
export const CLOSE_REASONS = {
  'server-close': { dead: false, summary: 'the server said Connection: close' },
  goaway: { dead: false, summary: 'the server takes no more streams on it (GOAWAY)' },
  'no-more-streams': { dead: false, summary: 'its stream ids are used up, or the server allows none' },
  'http-1.1-required': { dead: false, summary: 'the server wants HTTP/1.1' },
  'client-close': { dead: false, summary: 'the request said Connection: close' },
  'http-1.0': { dead: false, summary: 'HTTP/1.0 without keep-alive on both sides' },
  'body-until-close': { dead: false, summary: 'only the end of the connection ends the body' },
  'suspicious-framing': { dead: false, summary: 'the framing of the response is ambiguous' },
  'excess-bytes': { dead: false, summary: 'bytes came after the end of the response' },
  'request-unfinished': { dead: false, summary: 'the response ended before the request was sent' },
  upgraded: { dead: false, summary: 'the connection speaks another protocol now' },
  'handed-over': { dead: false, summary: 'it was handed over (connectOnly), and is done with' },
  'forbid-reuse': { dead: false, summary: 'the transfer forbade reuse' },
  'transfer-aborted': { dead: false, summary: 'the transfer ended before its response did' },
  'protocol-error': { dead: false, summary: 'the server broke the protocol' },
  'receive-error': { dead: true, summary: 'receiving failed' },
  'send-error': { dead: true, summary: 'sending failed' },
  'peer-closed': { dead: true, summary: 'closed by the server' },
  'peer-reset': { dead: true, summary: 'reset by the server or the network' },
  'ping-timeout': { dead: true, summary: 'the server gave no sign of life' },
  'unexpected-bytes': { dead: true, summary: 'bytes came while it was idle' },
  'idle-too-long': { dead: false, summary: 'idle longer than its limit' },
  'keep-alive-hint': { dead: false, summary: 'idle nearly as long as the server said it would keep it' },
  'too-old': { dead: false, summary: 'older than the maximum lifetime' },
  'cache-full': { dead: false, summary: 'the cache was full and it was the longest unused' },
  'made-room': { dead: false, summary: 'closed to make room for a waiting transfer' },
  'limit-lowered': { dead: false, summary: 'there were more connections than a lowered limit allows' },
  'network-changed': { dead: false, summary: 'the network changed' },
  'cache-closed': { dead: false, summary: 'the cache was closed' },
} as const satisfies Record<string, CloseReasonRow>

/** Why a connection left the cache; stable. */
export type CloseReason = keyof typeof CLOSE_REASONS
