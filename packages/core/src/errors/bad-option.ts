/** What is said of an option that cannot be had as it was given. */
import { TransferError } from './transfer-error.ts'

/**
 * BAD_FUNCTION_ARGUMENT: "option NAME RULE", where the rule begins with "must". `option`: its name, or the place in it,
 * such as `mimePost[1]`. Whoever calls repeats nothing that may be secret.
 */
export function badOption(option: string, rule: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option ${option} ${rule}`,
    { option },
    { phase: 'setup' },
  )
}
