import { describe, expect, test } from 'vitest'
import {
  Fields,
  INFO_VALUES,
  type ResponseHead,
  type TransferInfo,
} from '../../../packages/core/src/index.ts'
import type { TransferFacts } from '../../../packages/cli/src/output/write-out-values.ts'
import { writeOut } from '../../../packages/cli/src/output/write-out.ts'

const head: ResponseHead = {
  version: '1.1',
  status: 204,
  reason: 'No Content',
  fields: Fields.of([
    ['Server', 'x'],
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]),
}

const facts: TransferFacts = {
  info: {
    responseCode: 204,
    effectiveUrl: 'http://a/',
    totalTimeUs: 1_234_567,
    connectTimeUs: 89,
    sizeDownload: 12,
    connId: 3,
    connReused: true,
    certInfo: [],
    sslVerifyResult: '',
    verdict: { text: 'reused #3' },
  } as unknown as TransferInfo,
  head,
  failure: undefined,
  url: 'a',
  urlIndex: 1,
  path: 'f',
}

describe('-w', () => {
  test.each([
    ['text', 'done', 'done'],
    ['escapes', 'a\\n\\t\\r\\x\\', 'a\n\t\r\\x\\'],
    ['percent signs', '%% 5% %x %', '% 5% %x %'],
    ['a variable that does not end', '%{url', '%{url'],
    ['the status, by both names', '%{http_code} %{response_code}', '204 204'],
    ['times in seconds', '%{time_total} %{time_connect}', '1.234567 0.000089'],
    ['counts', '%{size_download}/%{num_headers}', '12/3'],
    ['URLs and files', '%{url} %{url_effective} %{urlnum} %{filename_effective}', 'a http://a/ 1 f'],
    ['the connection and why', '%{conn_id} %{conn_reused} %{verdict}', '3 true reused #3'],
    ['a field', '%header{server}|%header{none}', 'x|'],
    ['all fields', '%{header_json}', '{"server":["x"],\n"set-cookie":["a=1","b=2"]\n}'],
    ['all values of a field', '%header{set-cookie:all: \\}\\n}|', 'a=1 }\nb=2|'],
    ['the time', '%time{%F %T.%f}', '1970-01-01 00:00:00.000000'],
    ['parts of the URLs', '%{url.host} %{urle.scheme} %{urle.port} %{url.query}.', 'a http 80 .'],
    ['success', '%{exitcode}%{errormsg}', '0'],
    ['nothing after %{onerror}', 'a%{onerror}b', 'a'],
  ])('prints %s', (_case, format, text) => {
    expect(writeOut(format, facts)).toEqual([{ to: 'stdout', text }])
  })

  test('tells of an unknown variable and goes on', () => {
    expect(writeOut('a%{nope}b', facts)).toEqual([
      { to: 'stderr', text: "trunkline: unknown --write-out variable: 'nope'\n" },
      { to: 'stdout', text: 'ab' },
    ])
  })

  test('turns to stderr and back', () => {
    expect(writeOut('a%{stderr}b%{stdout}c', facts)).toEqual([
      { to: 'stdout', text: 'a' },
      { to: 'stderr', text: 'b' },
      { to: 'stdout', text: 'c' },
    ])
  })

  test('prints nothing of a name that every object has', () => {
    expect(writeOut('%{constructor}', facts)).toMatchObject([{ to: 'stderr' }])
  })

  test('prints all variables as JSON, with numbers as numbers', () => {
    const all = JSON.parse(writeOut('%{json}', facts)[0]!.text) as Record<string, unknown>
    expect(all).toMatchObject({
      http_code: 204,
      time_total: 1.234567,
      url: 'a',
      content_type: null,
      conn_reused: true,
    })
  })

  test('prints zeros for a transfer that did not begin, and its failure', () => {
    const failure = { exitCode: 3, message: 'URL rejected' }
    const unbegun = { ...facts, info: undefined, head: undefined, failure }
    const format =
      '%{onerror}%{http_code} %{time_total} %{conn_id} %{http_version} %{exitcode} %{errormsg} %{url_effective}'
    expect(writeOut(format, unbegun)).toEqual([{ to: 'stdout', text: '000 0.000000 -1 0 3 URL rejected a' }])
  })

  test('knows every count and time of the info table that libcurl has', () => {
    const all = JSON.parse(writeOut('%{json}', facts)[0]!.text) as Record<string, unknown>
    const times = Object.values(INFO_VALUES).filter((row) => row.unit === 'us')
    const printed = Object.keys(all).filter((name) => name.startsWith('time_') && name !== 'time_wait_conn')
    expect(printed).toHaveLength(times.length)
  })

  test('turns to files, whose beginning is told of even when nothing follows', () => {
    expect(writeOut('a%output{f}b%output{>>g}%{stdout}c', facts)).toEqual([
      { to: 'stdout', text: 'a' },
      { to: { file: 'f', appends: false }, text: '' },
      { to: { file: 'f', appends: false }, text: 'b' },
      { to: { file: 'g', appends: true }, text: '' },
      { to: 'stdout', text: 'c' },
    ])
  })
})
