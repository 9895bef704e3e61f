/** What a command line asks for that no program of `--libcurl` does: it belongs to the command, not to a transfer. */
import type { Command, Operation } from '../command.ts'

/** The flags, by name. */
export function leftOut(command: Command, operations: readonly Operation[]): string[] {
  const some = (is: (operation: Operation) => boolean): boolean => operations.some(is)
  const told: readonly (readonly [string, boolean])[] = [
    ['--cookie-jar -', some(({ options }) => options.cookieJar === '-')],
    ['--etag-save', some(({ etagSave }) => etagSave !== undefined)],
    ['--explain', command.explains],
    ['--fail-early', command.failsEarly],
    ['--json-lines', command.printsJsonLines],
    ['--rate', command.msPerTransfer > 0],
    ['--remote-header-name', some(({ namesByHeader }) => namesByHeader)],
    ['--remote-time', some(({ keepsRemoteTime }) => keepsRemoteTime)],
    ['--remove-on-error', some(({ removesOnError }) => removesOnError)],
    ['--retry-connrefused', some(({ retriesRefused }) => retriesRefused)],
    ['--skip-existing', some(({ skipsExisting }) => skipsExisting)],
    ['--summary', command.summarizes],
    ['--trace', command.trace !== undefined],
    ['--verbose', command.isVerbose],
    ['--write-out', some(({ writeOut }) => writeOut !== undefined)],
  ]
  return told.filter(([, isAsked]) => isAsked).map(([flag]) => flag)
}
