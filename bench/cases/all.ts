/** Every case, in the order in which they are run and told of. */
import { BODY_CASES } from './bodies.ts'
import type { Case } from './case.ts'
import { FEATURE_CASES } from './features.ts'
import { GROWTH_CASES } from './growth.ts'
import { HTTP2_CASES } from './http2.ts'
import { SMALL_CASES } from './small.ts'
import { START_CASES } from './start.ts'

export const CASES: readonly Case[] = [
  ...SMALL_CASES,
  ...HTTP2_CASES,
  ...BODY_CASES,
  ...GROWTH_CASES,
  ...FEATURE_CASES,
  ...START_CASES,
]
