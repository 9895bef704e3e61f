import { describe, expect, test } from 'vitest'
import type { TransferInfo } from '@trunkline/core'
import { OpeningEstimate } from '../../../packages/cli/src/progress/opening-estimate.ts'
import { Summary } from '../../../packages/cli/src/progress/report-text.ts'

/** Times in milliseconds: when the name was known, the socket connected, TLS done; and how long the answer took. */
function transfer(
  given: {
    at?: string
    times?: readonly [number, number, number]
    answer?: number
    tls?: string
  } & Partial<TransferInfo>,
): TransferInfo {
  const { at = 'http://a.test', times, answer = 100, tls = '', ...more } = given
  const [lookup, connect, secure] = times ?? [0, 0, 0]
  const sent = Math.max(connect, secure)
  return {
    effectiveUrl: `${at}/x`,
    connId: 0,
    connReused: times === undefined,
    redirectCount: 0,
    usedProxy: false,
    queueTimeUs: 0,
    nameLookupTimeUs: lookup * 1_000,
    connectTimeUs: connect * 1_000,
    appConnectTimeUs: secure * 1_000,
    preTransferTimeUs: sent * 1_000,
    postTransferTimeUs: sent * 1_000,
    startTransferTimeUs: (sent + answer) * 1_000,
    tlsVersion: tls,
    tlsResumed: false,
    sizeDownload: 10,
    verdict: undefined,
    ...more,
  } as unknown as TransferInfo
}

function savedMs(...infos: readonly TransferInfo[]): number {
  const estimate = new OpeningEstimate()
  for (const info of infos) estimate.add(info)
  return estimate.savedUs / 1_000
}

const reused = (given: Parameters<typeof transfer>[0] = {}): TransferInfo => transfer(given)

describe('what reuse has saved', () => {
  test.each<readonly [string, readonly TransferInfo[], number]>([
    ['is nothing without reuse', [transfer({ times: [0, 5, 0] })], 0],
    ['is an opening for each reuse', [transfer({ times: [0, 5, 0] }), reused(), reused()], 10],
    ['leaves the lookup out', [transfer({ times: [20, 25, 0] }), reused()], 5],
    ['leaves waiting out', [transfer({ times: [20, 25, 0], queueTimeUs: 22_000 }), reused()], 3],
    [
      'takes the least of several openings',
      [transfer({ times: [0, 90, 0] }), transfer({ times: [0, 4, 0] }), reused()],
      4,
    ],
    [
      'takes no opening for longer than an answer',
      [transfer({ times: [0, 90, 0] }), reused({ answer: 2 })],
      2,
    ],
    [
      'knows the round trip of TLS 1.3',
      [transfer({ times: [0, 90, 95], tls: 'TLSv1.3' }), reused({ tls: 'TLSv1.3', answer: 2 })],
      4,
    ],
    [
      'takes a round trip for no longer than the handshake that has one',
      [transfer({ times: [0, 90, 95], tls: 'TLSv1.3' }), reused({ tls: 'TLSv1.3' })],
      10,
    ],
    [
      'knows the two round trips of TLS 1.2',
      [transfer({ times: [0, 90, 96], tls: 'TLSv1.2' }), reused({ tls: 'TLSv1.2' })],
      9,
    ],
    [
      'knows that a resumed session saves one of them',
      [transfer({ times: [0, 90, 96], tls: 'TLSv1.2', tlsResumed: true }), reused({ answer: 2 })],
      4,
    ],
    ['is never more than an opening took', [transfer({ times: [0, 2, 3], tls: 'TLSv1.2' }), reused()], 1.5],
    [
      'takes an opening by a proxy as it was',
      [transfer({ times: [0, 30, 0], usedProxy: true }), reused({ answer: 2, usedProxy: true })],
      30,
    ],
    [
      'tells origins apart',
      [
        transfer({ times: [0, 5, 0] }),
        reused(),
        transfer({ at: 'http://b.test', times: [0, 50, 0] }),
        reused({ at: 'http://b.test' }),
      ],
      55,
    ],
    ['knows nothing of an origin where nothing was opened', [reused(), reused()], 0],
    [
      'measures nothing by a transfer that was redirected',
      [transfer({ times: [0, 5, 0], redirectCount: 1 }), reused()],
      0,
    ],
  ])('%s', (_case, infos, ms) => expect(savedMs(...infos)).toBeCloseTo(ms, 6))
})

describe('--summary', () => {
  test('adds up what happened', () => {
    const summary = new Summary()
    const report = (info: TransferInfo | undefined, failed = false): void =>
      summary.add({
        url: 'u',
        info,
        failure: failed ? { exitCode: 7, message: 'no' } : undefined,
        path: undefined,
        retries: 0,
      })
    const candidate = (...codes: string[]) => ({ reasons: codes.map((code) => ({ code })) })
    summary.opened({ route: 'socket a.test:443 > tls a.test' } as never)
    summary.opened({ route: 'socket a.test:443 > tls a.test' } as never)
    report(transfer({ times: [0, 5, 7], tls: 'TLSv1.3' }))
    report(
      transfer({
        times: [0, 5, 7],
        tls: 'TLSv1.3',
        verdict: { candidates: [candidate('connecting'), candidate('connecting', 'busy')] } as never,
      }),
    )
    report(reused({ tls: 'TLSv1.3' }))
    report(undefined, true)
    expect(summary.text(20)).toBe(
      [
        'Transfers: 4, 1 failed, 30 bytes in 20 ms',
        'Connections: 2 opened, reused by 1 of 3 transfers (33.3%)',
        'Handshakes: 2 with TLS, 1 saved; about 4.0 ms of opening saved',
        'Transfers that reused none: 2, because (one may have several reasons):',
        '       1  none: there was no connection to the host',
        '       1  connecting: it is still being opened',
        '       1  busy: its previous transfer is not finished, and it cannot be shared',
        '',
      ].join('\n'),
    )
  })
})
