/**
 * What `--manual` prints: the manual as plain text, laid out as `man` does it.
 *
 * The rule: the words are those of man/trunkline.1, which is written from the same sections.
 */
import { manualSections, type ManualBlock } from './manual.ts'

/** The manual, in lines of at most 79 characters where words allow it. */
export function manualText(): string {
  return manualSections()
    .map(({ title, blocks }) => `${title}\n${blocks.map(blockText).join('\n')}`)
    .join('\n')
}

const WIDTH = 79
const INDENT = ' '.repeat(7)
const DEEP = ' '.repeat(14)

function blockText(block: ManualBlock): string {
  switch (block.is) {
    case 'text':
      return wrapped(block.text, INDENT)
    case 'item':
      return `${INDENT}${plain(block.term)}\n${wrapped(block.text, DEEP)}`
    case 'code':
      return block.lines.map((line) => `${INDENT}    ${line}\n`).join('')
  }
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = []
  let line = indent
  for (const word of plain(text).split(' ')) {
    if (line !== indent && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = indent
    }
    line += line === indent ? word : ` ${word}`
  }
  return [...lines, line, ''].join('\n')
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}
