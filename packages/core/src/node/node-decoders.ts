/**
 * Decoders over node:zlib, and for zstd on Node before 22.15 over the package fzstd, when that is installed.
 *
 * The rule: what a body turns into is bounded wherever it is held: whole bodies by a number of bytes, streams by
 * pieces that stop when nobody takes them.
 */
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import type { Coding, Decoder, Decoders, DecoderSink } from '../env/environment.ts'
import { isZlibHeader } from '../http/codings.ts'
import { LIMITS } from '../tables/limits.ts'
import { ScriptedZstdDecoder, type ZstdScript } from './scripted-zstd-decoder.ts'
import { ZlibDecoder, type ZlibTransform } from './zlib-decoder.ts'

/** What zlib has of zstd, from Node 22.15 on; its types are those of Node 20. */
interface NativeZstd {
  readonly createZstdDecompress?: (options: object) => ZlibTransform
  readonly zstdDecompressSync?: WholeDecoder
}

type WholeDecoder = (
  bytes: Uint8Array,
  options: object,
) => { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }

export const NODE_DECODERS: Decoders = {
  get codings() {
    return (known ??= hasZstd() ? ['deflate', 'gzip', 'br', 'zstd'] : ['deflate', 'gzip', 'br'])
  },
  decodeWhole,
  open,
}

let known: readonly Coding[] | undefined

function open(coding: Coding, sink: DecoderSink): Decoder {
  if (coding === 'zstd' && native.createZstdDecompress === undefined)
    return new ScriptedZstdDecoder(zstdScript()!, sink)
  return new ZlibDecoder(coding, (head) => transformFor(coding, head), sink)
}

function transformFor(coding: Coding, head: Uint8Array): ZlibTransform {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip(STREAMED)
    case 'deflate':
      return isBare(head) ? zlib.createInflateRaw(STREAMED) : zlib.createInflate(STREAMED)
    case 'br':
      return zlib.createBrotliDecompress(STREAMED)
    case 'zstd':
      return native.createZstdDecompress!({ ...STREAMED, params: ZSTD_PARAMS })
  }
}

function decodeWhole(coding: Coding, bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const decode = wholeDecoderFor(coding, bytes)
  if (decode === undefined) return undefined
  try {
    const params = coding === 'zstd' ? { params: ZSTD_PARAMS } : {}
    const { buffer, engine } = decode(bytes, { maxOutputLength: maxBytes, info: true, ...params })
    // Behind gzip data zeros may stand; behind others nothing.
    return engine.bytesWritten === bytes.length || coding === 'gzip' ? buffer : undefined
  } catch {
    return undefined
  }
}

function wholeDecoderFor(coding: Coding, bytes: Uint8Array): WholeDecoder | undefined {
  switch (coding) {
    case 'gzip':
      return zlib.gunzipSync as unknown as WholeDecoder
    case 'deflate':
      return (isBare(bytes) ? zlib.inflateRawSync : zlib.inflateSync) as unknown as WholeDecoder
    case 'br':
      return zlib.brotliDecompressSync as unknown as WholeDecoder
    case 'zstd':
      return native.zstdDecompressSync
  }
}

function isBare(head: Uint8Array): boolean {
  return head.length > 1 && !isZlibHeader(head[0]!, head[1]!)
}

function hasZstd(): boolean {
  return native.createZstdDecompress !== undefined || zstdScript() !== undefined
}

/** The package, read when zstd is first asked for: it is optional, and most programs never need it. */
function zstdScript(): ZstdScript | undefined {
  if (script === undefined) {
    try {
      script = createRequire(import.meta.url)('fzstd') as ZstdScript
    } catch {
      script = 'missing'
    }
  }
  return script === 'missing' ? undefined : script
}

let script: ZstdScript | 'missing' | undefined

const native: NativeZstd = zlib as unknown as NativeZstd
const STREAMED = {
  chunkSize: LIMITS.decodedPieceBytes,
  writableHighWaterMark: LIMITS.decoderInputBytes,
  readableHighWaterMark: LIMITS.decodedPieceBytes,
}
/** ZSTD_d_windowLogMax (100) of zstd.h. */
const ZSTD_PARAMS = { 100: Math.log2(LIMITS.zstdWindowBytes) }
