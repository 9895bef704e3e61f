/** What the server answers, and so how many bytes a client must have seen. */
export const SMALL_BODY = 'Thirty-five bytes, not one of them.'
export const LARGE_BYTES = 100_000_000

if (SMALL_BODY.length !== 35) throw new Error('the small body must be 35 bytes long')
