/**
 * What a request for a `file:` URL does with its file. Pure.
 *
 * The rule: only who was given the URL by its user writes; a redirect may lead to a file where the options allow it, and
 * then reads.
 */
import { badOption } from '../errors/bad-option.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { FileWish } from '../file/file-reading.ts'
import { filePath } from '../file/file-request.ts'
import type { WritingWish } from '../file/file-writing.ts'
import type { RequestPlan } from './request-plan.ts'

/** What is done with a file. */
export type FileAsk = ({ readonly is: 'read' } & FileWish) | ({ readonly is: 'write' } & WritingWish)

/** As in libcurl, `upload` alone writes: whatever else makes a body is nothing to a file. URL_MALFORMAT, UNSUPPORTED_PROTOCOL. */
export function planFile({ settings, url, step }: RequestPlan): FileAsk {
  const path = filePath(url.target)
  const { range, resumeFrom, noBody, upload, newFilePerms } = settings
  if (settings.connectOnly)
    throw badOption('connectOnly', 'cannot be had with a file: there is no connection')
  if (!upload || noBody) return { is: 'read', path, range, resumeFrom, headOnly: noBody }
  if (step !== undefined)
    throw new TransferError(
      'UNSUPPORTED_PROTOCOL',
      'an upload was redirected to a file, which it does not write',
      { scheme: 'file' },
      { phase: 'receive' },
    )
  return { is: 'write', path, appends: resumeFrom > 0, goesOn: resumeFrom < 0, mode: newFilePerms }
}
