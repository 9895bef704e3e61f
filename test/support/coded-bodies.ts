/** Bodies in the codings of HTTP, made by software that is not Trunkline's. */
import zlib from 'node:zlib'
import type { Coding } from '../../packages/core/src/env/environment.ts'

/** 300,000 bytes that become very few. */
export const DULL = Buffer.from('Trunkline over and over. '.repeat(12_000))

/** Some kilobytes of lines. */
export const LINES = Buffer.from(
  Array.from({ length: 300 }, (_, index) => `line ${(index * 7_919) % 1_000}\n`).join(''),
)

/** Bytes that do not become fewer: each depends on the ones before. */
export function noise(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  let state = 1
  for (let at = 0; at < count; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
    bytes[at] = state >>> 16
  }
  return bytes
}

/** What codes a body, by the name of the case. */
export const CODERS: Readonly<Record<string, readonly [Coding, (body: Buffer) => Buffer]>> = {
  gzip: ['gzip', (body) => zlib.gzipSync(body)],
  'gzip in two members': [
    'gzip',
    (body) => Buffer.concat([zlib.gzipSync(body.subarray(0, 100)), zlib.gzipSync(body.subarray(100))]),
  ],
  deflate: ['deflate', (body) => zlib.deflateSync(body)],
  'deflate without its frame': ['deflate', (body) => zlib.deflateRawSync(body)],
  br: [
    'br',
    (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  ],
}

/** By `zstd -19` with a checksum, as Node 20 cannot make them. */
export const ZSTD_DULL = Buffer.from(
  'KLUv/aTgkwQA/AAAoFRydW5rbGluZSBvdmVyIGFuZC4gAgDk/zwzRqGEAUQAAAABAP3/nE8gRQAAAAEA3RMdAAHLUVwV',
  'base64',
)
export const ZSTD_LINES = Buffer.from(
  'KLUv/WRpCW0OAMbpTxKwpZADjuCSgNqUaVekLohDBgFMAEgASQATgdKGDhFWnnskhLYFPirR1eGfBhEnjsITYWl9ZNxQKzbGpQ2PD/Ng' +
    'yUjFiCvmNROuLrhGkLeOb0IYyZuQjJCM1LX4/GgEYQAwECAQnDhhkdL6jEMV2xni0oa3h3mwZKRixBXzmlH4VC64CPK2dvwLI0/IkExt' +
    'OUcPQV8ZsUno3ccsSDNTgqKO7F04DFPYyzpCVv8N10y4uuAigrx1fBPCyBMyJFNbzpFD0FdGTBL6uXzETII0nU15UNSxL8OwUNjZCNkb' +
    '/HciUNrQIcLKc4+E0LTAL0qJ6MTh79RBrgJ9ZcQk9O5jFqSZKUFRx74Mw6iwsxEyN/jvRKC0oUOEleceCaEt8FGJLhz+aRBx4oRFSusz' +
    'DlVsZohLG54e5gumJEahYip25WaBK6ghCPDLAcHy0BgRJFQ/0JW3DiQLKqATF4J1rlD1GHDni5SgU1NogbHXkENAVtZUg3Uqt/mucgwq' +
    'eQnKAhxyAVdrg91TjIUr9JjFJsCrizi3DwTJfmz/9bRtwduPGe9vLOsNyEg6yG0pq20DghCGW85ah5P6pFwYJyqwbIGLO2C9alAOl7+A' +
    'Cvirtwy4EQ==',
  'base64',
)
