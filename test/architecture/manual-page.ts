/** packages/cli/man/trunkline.1: the manual in the language of man(7). Pure. */
import type { ManualBlock, ManualSection } from '../../packages/cli/src/help/manual.ts'

/** The page. Lines are short and sentences begin lines, as those who read the source expect it. */
export function manualPage(sections: readonly ManualSection[], version: string): string {
  return [
    `.\\" Written by \`npm run reference\` from packages/cli/src/help/manual.ts. Do not edit.`,
    `.TH TRUNKLINE 1 "${DATE}" "trunkline ${version}" "User Commands"`,
    ...sections.flatMap(({ title, blocks }) => [`.SH ${escaped(title)}`, ...blocks.flatMap(blockLines)]),
    '',
  ].join('\n')
}

/** When the manual last changed in more than its tables. */
const DATE = '2026-11-21'

function blockLines(block: ManualBlock, index: number): string[] {
  switch (block.is) {
    case 'text':
      return [...(index === 0 ? [] : ['.PP']), ...folded(block.text)]
    case 'item':
      return ['.TP', ...folded(block.term, Infinity), ...folded(block.text)]
    case 'code':
      return ['.RS 4', '.nf', ...block.lines.map((line) => guarded(escaped(line))), '.fi', '.RE']
  }
}

/** Source lines are not to be longer than this. */
const WIDEST = 78

function folded(text: string, widest = WIDEST): string[] {
  const lines: string[] = []
  for (const sentence of text.split(/(?<=[.:;]) (?=[A-Z`])/)) {
    let line = ''
    for (const word of words(sentence)) {
      if (line !== '' && line.length + 1 + word.length > widest) {
        lines.push(guarded(line))
        line = ''
      }
      line += line === '' ? word : ` ${word}`
    }
    lines.push(guarded(line))
  }
  return lines
}

/** Words as they are written, with fonts; one that began before a blank goes on after it. */
function words(text: string): string[] {
  const marked = text.split('`').map((piece, index) =>
    index % 2 === 0
      ? escaped(piece)
      : piece
          .split(' ')
          .map((word) => `\\fB${escaped(word)}\\fR`)
          .join(' '),
  )
  return marked.join('').split(' ')
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
}

/** A line that begins with a dot or a quote would be a command. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}
