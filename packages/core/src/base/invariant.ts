/**
 * Statements that must hold. A failure here is a bug in Trunkline, so it throws a plain Error that users
 * cannot mistake for something to handle.
 */
export function invariant(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`This is a bug in Trunkline: ${what}`)
}

/** Closes a switch over a union: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new Error(`This is a bug in Trunkline: unexpected ${JSON.stringify(value)}`)
}
