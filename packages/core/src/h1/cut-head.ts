/**
 * The part of a whole head that stands before the field for which it is refused.
 *
 * The rule: it is worked out only when there is a refusal. Which field is to blame follows from asking again with fewer
 * of them, so that the rules of framing need not know of places.
 */
import type { ResponseHead } from '../http/message.ts'

/** `judge` throws for `head`, and for every head with more fields than one it throws for. */
export function headBeforeRefusal(head: ResponseHead, judge: (head: ResponseHead) => unknown): ResponseHead {
  const { fields } = head
  let sound = 0
  let refused = fields.count
  while (refused - sound > 1) {
    const middle = (sound + refused) >> 1
    if (isRefused({ ...head, fields: fields.before(middle) }, judge)) refused = middle
    else sound = middle
  }
  const raw = head.raw?.slice(0, fields.startOf(sound))
  return { ...head, fields: fields.before(sound), ...(raw === undefined ? {} : { raw }), isCut: true }
}

function isRefused(head: ResponseHead, judge: (head: ResponseHead) => unknown): boolean {
  try {
    judge(head)
    return false
  } catch {
    return true
  }
}
