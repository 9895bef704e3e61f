/** The public names of @trunkline/multi. */
export { Multi } from './multi.ts'
export type { MultiInit, MultiSurroundings, TransferMessage } from './multi.ts'
