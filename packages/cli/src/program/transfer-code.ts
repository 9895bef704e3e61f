/**
 * The part of a program that runs one transfer: what is set for it, where its body goes, what becomes of a failure.
 *
 * The rule: a file is opened when the head is there, so that a failure leaves what was there before; earlier only where
 * the heads go to it, too.
 */
import type { Operation } from '../command.ts'
import { Code, literal, memberLines, quoted } from './literal.ts'
import type { ProgramText } from './program-text.ts'

/** One transfer as its program has it. */
export interface Transfer {
  readonly url: string
  /** Undefined: standard output. */
  readonly file: string | Code | undefined
  /** What is uploaded. */
  readonly sent: Code | { readonly file: string } | undefined
}

/** Where the transfers of an operation go, and whether something goes with them. */
export interface Shape {
  readonly hasFiles: boolean
  readonly areAllFiles: boolean
  readonly hasUploads: boolean
}

export function shapeOf(transfers: readonly Transfer[]): Shape {
  return {
    hasFiles: transfers.some(({ file }) => file !== undefined),
    areAllFiles: transfers.length > 0 && transfers.every(({ file }) => file !== undefined),
    hasUploads: transfers.some(({ sent }) => sent !== undefined),
  }
}

/** How a transfer is run. */
export interface TransferTerms {
  readonly operation: Operation
  readonly shape: Shape
  /** The expression of its file. */
  readonly file: string
  /** What is set anew for it. */
  readonly target: Readonly<Record<string, unknown>>
  /** What gets the heads, beside the output. */
  readonly heads: string | undefined
  /** The expression that streams it, of the handle's expression. */
  readonly run: (handle: string) => string
  readonly easy: string
  /** One after the other, of which the last one's exit code counts. */
  readonly isOneOfMany: boolean
  readonly indent: string
}

export function writeTransfer(text: ProgramText, terms: TransferTerms): void {
  const { operation, shape, target, easy, indent } = terms
  const { hasFiles, areAllFiles } = shape
  const deep = `${indent}  `
  const output = hasFiles ? 'output' : 'process.stdout'
  const heads = [
    ...(operation.showsHead ? [output] : []),
    ...(terms.heads === undefined ? [] : [terms.heads]),
  ]
  text.add(`${indent}try {`)
  if (hasFiles && operation.createsDirs) text.add(`${deep}${folderCode(text, terms)}`)
  const resumed = resumption(text, terms)
  if (resumed !== undefined) text.add(`${deep}const resumeFrom = ${resumed}`)
  const opening = hasFiles ? [`${deep}const output = ${fileCode(text, terms)}`] : []
  if (operation.showsHead) text.add(...opening)
  const set = { ...target, ...(resumed === undefined ? {} : { resumeFrom: new Code('resumeFrom') }) }
  const status = operation.failsWithBody ? 'status, ' : ''
  text.add(`${deep}const { ${status}body } = await ${terms.run(`${easy}${setting(set, heads, deep)}`)}`)
  if (!operation.showsHead) text.add(...opening)
  const ends = areAllFiles ? '' : hasFiles ? ', { end: file !== undefined }' : ', { end: false }'
  text.add(`${deep}await ${text.use('pipeline')}(body, ${output}${ends})`)
  if (operation.failsWithBody) text.add(`${deep}if (status >= 400) process.exitCode = 22`)
  if (terms.isOneOfMany) text.add(`${deep}${operation.failsWithBody ? 'else ' : ''}process.exitCode = 0`)
  text.add(
    `${indent}} catch (error) {`,
    `${deep}if (!${text.use('isTransferError')}(error)) throw error`,
    `${deep}console.error(\`(\${error.curlNumber}) \${error.message}\`)`,
    `${deep}process.exitCode = error.curlNumber`,
    `${indent}}`,
  )
}

/** `createWriteStream(...)` for the file of `-D`; undefined: there is none. */
export function headsCode(text: ProgramText, { settings }: Operation): string | undefined {
  const { dumpHeader } = settings
  return dumpHeader === undefined || dumpHeader === '-' || dumpHeader === '%'
    ? undefined
    : `${text.use('createWriteStream')}(${quoted(dumpHeader)})`
}

function setting(set: Readonly<Record<string, unknown>>, heads: readonly string[], indent: string): string {
  const hasMembers = Object.keys(set).length > 0
  if (heads.length === 0) return hasMembers ? `.set(${literal(set, indent)})` : ''
  const deep = `${indent}  `
  const lines = [
    ...memberLines(set, deep),
    `${deep}headerFunction(head) {`,
    `${deep}  const lines = [...head.fields].map(([name, value]) => \`\${name}: \${value}\\r\\n\`).join('')`,
    `${deep}  const text = head.raw ?? \`HTTP/\${head.version} \${head.status} \${head.reason}\\r\\n\${lines}\\r\\n\``,
    ...heads.map((target) => `${deep}  ${target}.write(text, 'latin1')`),
    `${deep}},`,
  ]
  return `.set({\n${lines.join('\n')}\n${indent}})`
}

function folderCode(text: ProgramText, { file, shape }: TransferTerms): string {
  text.use('mkdirSync', 'dirname')
  return `${shape.areAllFiles ? '' : 'if (file !== undefined) '}mkdirSync(dirname(${file}), { recursive: true })`
}

function fileCode(text: ProgramText, { operation, shape, file }: TransferTerms): string {
  const { resume, clobber } = operation
  const flags = resume !== undefined ? 'a' : clobber === 'never' ? 'wx' : undefined
  const rest = flags === undefined ? '' : `, ${literal({ flags })}`
  const opened = `${text.use('createWriteStream')}(${file}${rest})`
  return shape.areAllFiles ? opened : `file === undefined ? process.stdout : ${opened}`
}

/** Where `-C -` goes on; a number is an option like any other. */
function resumption(text: ProgramText, { operation, shape, file }: TransferTerms): string | undefined {
  if (operation.resume !== '-') return undefined
  if (shape.hasUploads) return '-1'
  if (!shape.hasFiles) return '0'
  const size = `${text.use('statSync')}(${file}, { throwIfNoEntry: false })?.size ?? 0`
  return shape.areAllFiles ? size : `file === undefined ? 0 : (${size})`
}
