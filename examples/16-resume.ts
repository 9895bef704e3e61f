/** Downloads that go on where they broke off, parts of documents, and tries again. */
import { entityTag, isTransferError, type Environment } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Print, Servers } from './worlds/servers.ts'

export const title = 'Downloads that go on'

// #region body
export async function main(environment: Environment, print: Print): Promise<void> {
  // Whatever will pass is tried again: statuses such as 503, failures to connect, deadlines of a try. A Retry-After
  // of the server wins when it is longer than `retryDelayMs`.
  using easy = new Easy({ environment, url: 'http://archive.test/log', retry: 3, retryDelayMs: 10 })

  // The first 400 bytes, as if a download had broken off there; and of which edition they are.
  const begin = await easy.set({ range: '0-399' }).perform()
  print(`${begin.status} at try ${begin.info.retryCount + 1}: ${begin.headers.first('content-range')}`)
  const tag = entityTag(begin.headers)

  // The rest. If-Range asks for it only if the document is still the same (RFC 9110 13.1.5).
  easy.set({ range: undefined, resumeFrom: 400, headers: { 'If-Range': tag } })
  const rest = await easy.perform()
  print(
    `${rest.status}: ${begin.body.length} and ${rest.body.length} bytes, ${judged(begin.body, rest.body)}`,
  )
  easy.set({ resumeFrom: 1_000 })
  print(`nothing is left: ${(await easy.perform()).body.length} bytes`)

  // It has changed: the pieces would not fit, so the transfer fails before it delivers a byte.
  edition = 2
  const goOn = easy.set({ resumeFrom: 400 }).perform()
  print(await goOn.then(() => 'it went on', describe))
  const whole = await easy.set({ resumeFrom: 0, headers: undefined }).perform()
  print(`once more from the start: ${whole.body.length} bytes of edition ${whole.headers.first('etag')}`)

  // Only if it is newer than ours.
  const modified = Date.parse(whole.headers.first('last-modified') ?? '') / 1_000
  easy.set({ timeCondition: 'if-modified-since', timeValueS: modified })
  const { body, info } = await easy.perform()
  print(`${body.length} bytes: ${info.conditionUnmet ? 'ours is the newest' : 'there is a newer one'}`)
}

function describe(error: unknown): string {
  if (isTransferError(error)) return `${error.code}: ${error.message}`
  throw error
}
// #endregion body

let edition = 1
let requests = 0

function documentOf(number: number): Uint8Array {
  return new Uint8Array(number * 1_000).map((_, at) => at * number)
}

function judged(...parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).equals(documentOf(1)) ? 'the whole document' : 'something else'
}

export const servers: Servers = {
  'http://archive.test': ({ headers }) => {
    requests += 1
    if (requests === 1) return { status: 503, body: 'come back soon' }
    const body = documentOf(edition)
    const answer = {
      etag: `"${edition}"`,
      'last-modified': `Thu, 0${edition} Jan 2026 00:00:00 GMT`,
      'accept-ranges': 'bytes',
    }
    const since = headers['if-modified-since']
    if (since === answer['last-modified']) return { status: 304, headers: answer }
    const [, from, to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? []
    const isStale = headers['if-range'] !== undefined && headers['if-range'] !== answer.etag
    if (from === undefined || isStale) return { headers: answer, body }
    const part = body.slice(Number(from), to === '' ? undefined : Number(to) + 1)
    if (part.length === 0) return { status: 416, headers: { 'content-range': `bytes */${body.length}` } }
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${body.length}`
    return { status: 206, headers: { ...answer, 'content-range': range }, body: part }
  },
}

export const expected = [
  '206 at try 2: bytes 0-399/1000',
  '206: 400 and 600 bytes, the whole document',
  'nothing is left: 0 bytes',
  'RANGE_ERROR: the download cannot go on at byte 400: the server sent the whole',
  'once more from the start: 2000 bytes of edition "2"',
  '0 bytes: ours is the newest',
]
