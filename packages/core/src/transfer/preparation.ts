/**
 * What a transfer waits for before it looks for a connection: a body that has to ask the outside, and what the handle
 * remembers in files.
 *
 * The rule: nothing is opened for a file that is not there; where nothing is to be waited for, nothing is: then `go`
 * is called before this returns.
 */
import type { Environment } from '../env/environment.ts'
import type { BodySource } from './body-source.ts'
import { readError } from './body-source.ts'
import type { HandleMemory } from './handle-memory.ts'
import { planWithBody, type RequestPlan } from './request-plan.ts'

/** Who waits. */
export interface Preparing {
  readonly environment: Environment
  readonly memory: HandleMemory | undefined
  /** All is there; the plan is whole. */
  go(plan: RequestPlan): void
  /** What was thrown: mostly a TransferError. */
  fail(error: unknown): void
}

/** Whether there may be anything to wait for. Most transfers need nothing. */
export function needsPreparing({ body }: RequestPlan, memory: HandleMemory | undefined): boolean {
  return body.is === 'pending' || memory !== undefined
}

/** Calls either `go` or `fail`, once. */
export function prepare(plan: RequestPlan, waiting: Preparing): void {
  if (plan.body.is === 'pending') prepareBody(plan, plan.body, waiting)
  else recallFiles(plan, waiting)
}

function prepareBody(
  plan: RequestPlan,
  body: Extract<BodySource, { is: 'pending' }>,
  waiting: Preparing,
): void {
  const fail = (error: unknown): void => waiting.fail(readError(error))
  const begin = (ready: BodySource): void => {
    let whole: RequestPlan
    try {
      whole = planWithBody(plan, ready)
    } catch (error) {
      fail(error)
      return
    }
    recallFiles(whole, waiting)
  }
  let ready: BodySource | Promise<BodySource>
  try {
    ready = body.prepare(waiting.environment)
  } catch (error) {
    fail(error)
    return
  }
  if (ready instanceof Promise) void ready.then(begin, fail)
  else begin(ready)
}

function recallFiles(plan: RequestPlan, waiting: Preparing): void {
  let loading: Promise<void> | undefined
  try {
    loading = waiting.memory?.prepare(plan.settings)
  } catch (error) {
    waiting.fail(error)
    return
  }
  if (loading === undefined) waiting.go(plan)
  else
    loading.then(
      () => waiting.go(plan),
      (error: unknown) => waiting.fail(error),
    )
}
