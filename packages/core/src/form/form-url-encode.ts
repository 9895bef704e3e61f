/** `application/x-www-form-urlencoded` (WHATWG URL 5.2) of names and values. Pure. */

/** What is encoded: pairs in order, or an object. */
export type FormPairs = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>

/** `name=value&name=value`, as a form of a page is sent: a blank is "+", other bytes of UTF-8 are `%XX`. */
export function formUrlEncode(pairs: FormPairs): string {
  return new URLSearchParams(pairs as Iterable<[string, string]>).toString()
}
