/** CONNECT and the answers to it as data, for both versions of HTTP. */
import { TransferError } from '../errors/transfer-error.ts'
import { writeRequestHead } from '../h1/head-writer.ts'
import { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'

/** Hears of each round: the head that was sent, without the words of its login, and a head that came. */
export type ConnectObserver = (sent: string, head: ResponseHead) => void

/** The head with a Proxy-Authorization behind Host, as in curl; the user's own goes before it. */
export function withAuthorization(head: RequestHead, authorization: string | undefined): RequestHead {
  if (authorization === undefined || head.fields.has('proxy-authorization')) return head
  const fields = Fields.of()
  let isDue = true
  for (const [name, value] of head.fields) {
    fields.append(name, value)
    if (name.toLowerCase() !== 'host' || !isDue) continue
    fields.append('Proxy-Authorization', authorization)
    isDue = false
  }
  if (isDue) fields.append('Proxy-Authorization', authorization)
  return { ...head, fields }
}

/** The head as text without the words of logins: what is told may be logged. */
export function sentText(head: RequestHead): string {
  return writeRequestHead(head).replace(/^((?:proxy-)?authorization: )(\S+ )?.*$/gim, '$1$2...')
}

/** What a refusal ends with, in libcurl's words and with its code. */
export function connectRefused({ status, reason }: ResponseHead): TransferError {
  return new TransferError(
    'COULDNT_CONNECT',
    `CONNECT tunnel failed, response ${status}`,
    { status, reason },
    { phase: 'proxy' },
  )
}
