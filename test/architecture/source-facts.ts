/**
 * What the architecture tests need to know of a source file: what it imports, and which names of the outside
 * it uses. Read from the syntax tree, so that comments, strings and templates never count.
 *
 * The rule: facts only. What is allowed is said in `floors.ts` and `purity.ts`.
 */
import ts from 'typescript'

export interface SourceText {
  /** Path with slashes, from the folder under test on: `h1/codec.ts`. */
  readonly path: string
  readonly text: string
}

export interface ImportFact {
  readonly specifier: string
  /** The imported or re-exported names, when they are listed. */
  readonly names: readonly string[] | undefined
  readonly typeOnly: boolean
  readonly line: number
}

export interface UseFact {
  /** `setTimeout`, `Date.now`, `new Date`, `Date()`, `async`, `await`. */
  readonly what: string
  readonly line: number
}

export interface SourceFacts {
  readonly path: string
  readonly imports: readonly ImportFact[]
  readonly uses: readonly UseFact[]
  readonly hasDefaultExport: boolean
  readonly onlyReExports: boolean
  readonly opensWithComment: boolean
}

export function readFacts({ path, text }: SourceText): SourceFacts {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: ImportFact[] = []
  const uses: UseFact[] = []
  const lineOf = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1

  const visit = (node: ts.Node): void => {
    const found = importOf(node)
    if (found !== undefined) imports.push({ ...found, line: lineOf(node) })
    for (const what of usesOf(node)) uses.push({ what, line: lineOf(node) })
    ts.forEachChild(node, visit)
  }
  visit(tree)

  return {
    path,
    imports,
    uses,
    hasDefaultExport: tree.statements.some(isDefaultExport),
    onlyReExports: tree.statements.every(ts.isExportDeclaration),
    opensWithComment: (ts.getLeadingCommentRanges(text, 0) ?? []).length > 0,
  }
}

type ImportSyntax = Omit<ImportFact, 'line'>

function importOf(node: ts.Node): ImportSyntax | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const bindings = node.importClause?.namedBindings
    const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : undefined
    return importSyntax(node.moduleSpecifier.text, named, node.importClause?.phaseModifier === TYPE)
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    const clause = node.exportClause
    const named = clause !== undefined && ts.isNamedExports(clause) ? clause.elements : undefined
    return importSyntax(node.moduleSpecifier.text, named, node.isTypeOnly)
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument
    if (!ts.isStringLiteral(literal)) return undefined
    const names = node.qualifier === undefined ? undefined : [node.qualifier.getText()]
    return { specifier: literal.text, names, typeOnly: true }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [first] = node.arguments
    const specifier = first !== undefined && ts.isStringLiteralLike(first) ? first.text : '(computed)'
    return { specifier, names: undefined, typeOnly: false }
  }
  return undefined
}

function importSyntax(
  specifier: string,
  named: ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier> | undefined,
  wholeIsType: boolean,
): ImportSyntax {
  const names = named?.map((one) => (one.propertyName ?? one.name).text)
  const everyIsType = named !== undefined && named.length > 0 && named.every((one) => one.isTypeOnly)
  return { specifier, names, typeOnly: wholeIsType || everyIsType }
}

function usesOf(node: ts.Node): readonly string[] {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return ['async']
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return ['await']
  if (!ts.isIdentifier(node) || isMemberName(node)) return []
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return [node.text, `${node.text}.${parent.name.text}`]
  if (ts.isNewExpression(parent) && parent.expression === node) return [node.text, `new ${node.text}`]
  if (ts.isCallExpression(parent) && parent.expression === node) return [node.text, `${node.text}()`]
  return [node.text]
}

/** Whether the identifier only names a member of something: `x.process`, `{ process: 1 }`, `process(): void`. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isAccessor(parent)) &&
    parent.name === node
  )
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword) ?? false
}

const TYPE = ts.SyntaxKind.TypeKeyword
