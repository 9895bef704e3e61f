/** The public names of @trunkline/easy. */
export { Easy } from './easy.ts'
export type { EasyInit, EasySurroundings } from './easy.ts'
export { CurlUrl, type UrlGetFlags, type UrlPart, type UrlSetFlags } from '@trunkline/core'
