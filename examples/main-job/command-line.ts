/** What the main job can be asked for. */
import { parseArgs } from 'node:util'

export interface Settings {
  /** Empty: the embedded site. */
  readonly urls: readonly string[]
  readonly isQuick: boolean
  readonly isInsecure: boolean
  readonly caFile: string | undefined
  readonly manifestFile: string | undefined
}

export const USAGE = `npm start                      all jobs on an embedded site, without a network
npm start -- --quick           the same with a small site
npm start -- URL...            the three jobs on these URLs and the pages they link to, up to 500
    --cacert FILE              roots to trust, PEM
    --insecure                 trust any certificate
    --manifest FILE            lines of sha256sum: every body is checked by its hash`

/** Throws an error with a sentence for the user. */
export function parseCommandLine(args: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      insecure: { type: 'boolean', default: false },
      cacert: { type: 'string' },
      manifest: { type: 'string' },
    },
  })
  return {
    urls: positionals.map(normalUrl),
    isQuick: values.quick,
    isInsecure: values.insecure,
    caFile: values.cacert,
    manifestFile: values.manifest,
  }
}

function normalUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error(`not an http or https URL: ${text}`)
  const url = new URL(text)
  url.hash = ''
  return url.href
}
