/**
 * The command as users get it, in a folder of its own: bundled by the same script as for publishing, from the sources
 * as they are, with nothing installed beside it. For tests that need the process.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommand } from '../../scripts/bundle-command.mjs'

const BIN = fileURLToPath(new URL('../../packages/cli/bin', import.meta.url))

export interface BuiltCommand {
  /** Holds `bin` and `dist/command`, as the package does. */
  readonly folder: string
  /** `bin/trunkline.js`. */
  readonly program: string
  remove(): void
}

export async function buildCommand(): Promise<BuiltCommand> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-command-'))
  cpSync(BIN, join(folder, 'bin'), { recursive: true })
  await bundleCommand(join(folder, 'dist/command'))
  return {
    folder,
    program: join(folder, 'bin/trunkline.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
