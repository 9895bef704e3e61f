/** `Manner`: what all handles of a run are told beside what they fetch; a job is done in several, to compare them. */
import type { EasyOptions } from '@trunkline/core'

export interface Manner {
  readonly name: string
  readonly options: EasyOptions
}

export const WITH_REUSE: Manner = { name: 'with reuse', options: {} }

export const WITHOUT: Manner = { name: 'without', options: { freshConnect: true, forbidReuse: true } }
