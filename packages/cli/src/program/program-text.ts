/** `ProgramText`: a program as far as it is written: its lines, and what they import. */

/** Where the names come from that a program may use. */
const MODULES = {
  createWriteStream: 'node:fs',
  mkdirSync: 'node:fs',
  statSync: 'node:fs',
  devNull: 'node:os',
  dirname: 'node:path',
  pipeline: 'node:stream/promises',
  isTransferError: '@trunkline/core',
  Easy: '@trunkline/easy',
  Multi: '@trunkline/multi',
  Share: '@trunkline/share',
} as const

export type ImportedName = keyof typeof MODULES

export class ProgramText {
  readonly #lines: string[] = []
  readonly #used = new Set<ImportedName>()

  /** The names are imported; answers the first. */
  use(...names: readonly ImportedName[]): string {
    for (const name of names) this.#used.add(name)
    return names[0] ?? ''
  }

  add(...lines: readonly string[]): void {
    this.#lines.push(...lines)
  }

  /** The whole, behind `head`. */
  toText(head: readonly string[]): string {
    const names = Object.keys(MODULES) as ImportedName[]
    const imports = [...new Set(Object.values(MODULES))].flatMap((module) => {
      const its = names.filter((name) => MODULES[name] === module && this.#used.has(name))
      return its.length === 0 ? [] : [`import { ${its.join(', ')} } from '${module}'`]
    })
    return `${[...head, ...imports, '', ...this.#lines].join('\n')}\n`
  }
}
