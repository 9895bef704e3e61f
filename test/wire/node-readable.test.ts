/** A response body as a Node stream: at the pipe's pace, and given up with it. */
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { nodeReadable } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'
import { serveHttp } from '../support/loopback.ts'

const SIZE = 5 * 1024 * 1024

describe('nodeReadable', () => {
  test('pipes 5 MB to a slow writer, never far ahead of it', async () => {
    const sent = Buffer.alloc(SIZE, 'the quick brown fox ')
    const { url } = await serveHttp((_, response) => response.end(sent))
    await using easy = new Easy({ url })
    const { body, info } = await easy.stream()
    const pieces: Buffer[] = []
    let taken = 0
    let mostAhead = 0
    const slow = new Writable({
      highWaterMark: 16 * 1024,
      write(piece: Buffer, _, done) {
        pieces.push(piece)
        taken += piece.length
        mostAhead = Math.max(mostAhead, info.sizeDownload - taken)
        // Ten turns of the loop, in which all of the body could have come.
        let turns = 10
        const wait = (): void => void (turns-- > 0 ? setImmediate(wait) : done())
        wait()
      },
    })
    await pipeline(nodeReadable(body), slow)
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
    expect(mostAhead).toBeLessThan(SIZE / 8)
  })

  test('gives the transfer up when it is destroyed', async () => {
    let gone: Promise<unknown> | undefined
    const { url } = await serveHttp((request, response) => {
      gone = new Promise((resolve) => request.socket.on('close', resolve))
      response.write(Buffer.alloc(100_000))
    })
    await using easy = new Easy({ url })
    const { body, finished } = await easy.stream()
    const readable = nodeReadable(body)
    await once(readable, 'readable')
    readable.destroy()
    await expect(finished).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
    await gone
    expect(easy.handle.isRunning).toBe(false)
  })

  test('fails with what ended the transfer', async () => {
    const { url } = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('short', () => response.destroy())
    })
    await using easy = new Easy({ url })
    const { body } = await easy.stream()
    await expect(nodeReadable(body).toArray()).rejects.toMatchObject({ code: 'PARTIAL_FILE' })
  })
})
