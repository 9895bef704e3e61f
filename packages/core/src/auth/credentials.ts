/**
 * `Credentials`, and what may not stand in them.
 *
 * The rule: a refusal names the kind of text and the character, and never repeats the text.
 */
import { TransferError } from '../errors/transfer-error.ts'

/** Who asks, and the proof. Text as people write it: it becomes UTF-8 on the wire, as curl sends what it was given. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/**
 * Refuses control characters (U+0000 to U+001F, U+007F) in what a transfer is to log in with, wherever it comes from:
 * options, the URL, the escapes of a netrc file. BAD_FUNCTION_ARGUMENT. `whose` goes before "user name", "password".
 */
export function checkLogin({ user, password }: Credentials, whose = 'the'): void {
  checkText(user, `${whose} user name`)
  checkText(password, `${whose} password`)
}

function checkText(text: string, what: string): void {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) throw refusal(what, code)
  }
}

/**
 * What the schemes themselves refuse: U+0000, in which C programs on the other side end a text. Whatever else they are
 * given they write so that it cannot end a line. BAD_FUNCTION_ARGUMENT.
 */
export function checkCredentials({ user, password }: Credentials): void {
  if (user.includes('\0')) throw refusal('the user name', 0)
  if (password.includes('\0')) throw refusal('the password', 0)
}

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function refusal(what: string, code: number): TransferError {
  const character = `U+${code.toString(16).padStart(4, '0').toUpperCase()}`
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `${what} contains the character ${character}`,
    {},
    { phase: 'setup' },
  )
}
