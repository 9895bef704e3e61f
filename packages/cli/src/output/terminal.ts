/** What a terminal can bear, and how wide it is. Pure. */

/** Whether bytes are no text: curl's rule, a NUL among them. */
export function looksBinary(bytes: Uint8Array): boolean {
  return bytes.includes(0)
}

/** curl's rule: COLUMNS when it makes sense, else what the terminal says, else 79. */
export function terminalColumns(columns: string | undefined, terminal: number | undefined): number {
  const told = /^\d+$/.test(columns ?? '') ? Number(columns) : 0
  if (told > 20 && told < 10_000) return told
  return terminal !== undefined && terminal > 20 && terminal < 10_000 ? terminal : 79
}
