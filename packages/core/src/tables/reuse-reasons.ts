/**
 * Why a connection was not taken for a transfer, one row each; stable codes of verdicts.
 * `field` says that the reason names the option or part that differs.
 */
export interface ReuseReasonRow {
  readonly field: boolean
  readonly summary: string
}

/** Every reason for which a connection is not taken, with its meaning. */
export const REUSE_REASONS = {
  scheme: { field: false, summary: 'the scheme differs' },
  port: { field: false, summary: 'the port differs' },
  route: { field: true, summary: 'the way to the host differs' },
  proxy: { field: true, summary: 'the proxy, or what is sent to it, differs' },
  bind: { field: true, summary: 'the local end or socket options differ' },
  tls: { field: true, summary: 'the TLS configuration differs' },
  protocol: { field: true, summary: 'the wanted protocol differs' },
  login: { field: true, summary: 'it is, or may be, authenticated for another user' },
  'fresh-requested': { field: false, summary: 'the transfer asked for a new connection' },
  'retry-needs-new': { field: false, summary: 'a retry always opens a new connection' },
  misdirected: { field: false, summary: 'the server said that a shared connection is not for this name (421)' },
  connecting: { field: false, summary: 'it is still being opened' },
  busy: { field: false, summary: 'its previous transfer is not finished, and it cannot be shared' },
  'not-pipelinable': { field: false, summary: 'it is busy, and this request or this server cannot be pipelined' },
  'pipeline-full': { field: false, summary: 'as many requests as allowed are waiting on it' },
  'streams-full': { field: false, summary: 'as many transfers as allowed are on it' },
  draining: { field: true, summary: 'it takes no more transfers' },
  promised: { field: false, summary: 'it is promised to a transfer that asked before' },
  'idle-too-long': { field: false, summary: 'it was idle longer than the transfer allows' },
  'too-old': { field: false, summary: 'it is older than the transfer allows' },
  closed: { field: true, summary: 'it was closed' },
  'another-was-picked': { field: false, summary: 'another connection was picked' },
} as const satisfies Record<string, ReuseReasonRow>

/** Why a connection was not taken; stable. */
export type ReuseReason = keyof typeof REUSE_REASONS
