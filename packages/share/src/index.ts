/** The public names of @trunkline/share. */
export { Share } from './share.ts'
export type { ShareInit, SharePart } from './share.ts'
