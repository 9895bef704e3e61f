/** Trunkline: a large body sent piece by piece, or whole where it is said to be. */
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { overLanes } from '../lanes.ts'
import { pieces } from '../upload-pieces.ts'

export function start({ origin, path, bytes, options }: Terms): Client {
  const { isWhole, ...rest } = options
  const body = isWhole ? { body: Buffer.alloc(bytes) } : { body: () => pieces(bytes), inFileSize: bytes }
  const easy = new Easy({ url: `${origin}${path}`, upload: true, ...body, ...rest })
  return {
    run: (count) => overLanes(1, count, async () => Number((await easy.perform()).text())),
    close: () => easy.close(),
  }
}
