/** What `--help` and `--version` print. */
import { FLAGS, type FlagRow } from './flags.ts'
import { VERSION } from './version.ts'

/** All flags with their values and meanings, one a line. */
export function helpText(): string {
  const shown = FLAGS.map(flagText)
  const width = Math.max(...shown.map((text) => text.length))
  const lines = FLAGS.map((flag, index) => ` ${shown[index]!.padEnd(width)}  ${flag.summary}`)
  return ['Usage: trunkline [options...] <url>...', ...lines, ''].join('\n')
}

/** The version and what it can do. */
export function versionText(): string {
  return `trunkline ${VERSION}\nProtocols: http https\nFeatures: HTTP/1.1 HTTP2 TLS UnixSockets IPv6 parallel\n`
}

function flagText({ short, long, value }: FlagRow): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value}`}`
}
