/**
 * What is taken out of a run before it is compared: what no two runs share.
 *
 * The rule: nothing is left out that says what a program does; only numbers and names that chance or the clock chose.
 */

/** Ports and folders of a run, by the words that stand for them. */
export type Places = Readonly<Record<string, string>>

/** Fills the places into a text of a row. */
export function filled(text: string, { PORT, OTHER, CLOSED, DIR }: Places): string {
  return text
    .replaceAll('URL', `http://127.0.0.1:${PORT}`)
    .replaceAll('PORT', PORT!)
    .replaceAll('OTHER', OTHER!)
    .replaceAll('CLOSED', CLOSED!)
    .replaceAll('DIR', DIR!)
}

/** Puts the words back. */
export function unfilled(text: string, { PORT, OTHER, CLOSED, DIR }: Places): string {
  return text
    .replaceAll(DIR!, 'DIR')
    .replaceAll(PORT!, 'PORT')
    .replaceAll(OTHER!, 'OTHER')
    .replaceAll(CLOSED!, 'CLOSED')
}

/** A recorded connection. */
export function likeRequest(text: string): string {
  const like = withoutBoundary(text)
    .replaceAll(/curl\/\d+\.\d+\.\d+/g, 'curl/VERSION')
    .replaceAll(/cnonce="[^"]*"/g, 'cnonce="CHANCE"')
    .replaceAll(/(cnonce="CHANCE".*?), response="[^"]*"/g, '$1, response="HASH"')
    .replaceAll(/(Authorization: NTLM TlRMTVNTUAAD)\S*/g, '$1...')
    .replaceAll(/^(PROXY .*) \d+ PORT/gm, '$1 CHANCE PORT')
    .replaceAll(/\b20\d{6}T\d{6}Z\b/g, 'DATE')
    .replaceAll(/\b20\d{6}\//g, 'DAY/')
    .replaceAll(/Signature=[0-9a-f]{64}/g, 'Signature=HASH')
  return like
}

/** Boundaries have no fixed length: the lengths of bodies with them are not told. */
function withoutBoundary(text: string): string {
  if (!/boundary=-{8,}/.test(text)) return text
  return text
    .replaceAll(/Content-Length: \d+/g, 'Content-Length: N')
    .replaceAll(/-{24,}[0-9A-Za-z]{16,24}/g, 'BOUNDARY')
}

/** What a program has printed or written. */
export function likeText(text: string): string {
  return (
    text
      .replaceAll(/^(?:\* |== Info: ).*\n/gm, '')
      .replaceAll(/curl\/\d+\.\d+\.\d+/g, 'curl/VERSION')
      .replaceAll(/after \d+ (ms|milliseconds)/g, 'after N $1')
      .replaceAll(/-{24,}[0-9A-Za-z]{16,24}/g, 'BOUNDARY')
      .replaceAll(/\b\d+\.\d{6}\b/g, 'N.NNNNNN')
      // Cookies last no longer than 400 days from now.
      .replaceAll(/\t1\d{9}\t/g, '\tTIME\t')
  )
}

/** Our sentence about a failure may go on where curl's ends. */
export function withoutMore(ours: string, theirs: string): string {
  const lines = theirs.split('\n')
  return ours
    .split('\n')
    .map((line, at) =>
      /^curl: \(\d+\) ./.test(lines[at] ?? '') && line.startsWith(lines[at]!) ? lines[at]! : line,
    )
    .join('\n')
}
