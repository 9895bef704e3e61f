/** What `--help` prints. */
import { FLAGS, type FlagRow } from './flags.ts'

/** All flags with their values and meanings, one a line. */
export function helpText(): string {
  const shown = FLAGS.map(flagText)
  const width = Math.max(...shown.map((text) => text.length))
  const lines = FLAGS.map((flag, index) => ` ${shown[index]!.padEnd(width)}  ${flag.summary}`)
  return ['Usage: trunkline [options...] <url>...', ...lines, ''].join('\n')
}

function flagText({ short, long, value }: FlagRow): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value}`}`
}
