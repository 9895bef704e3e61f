/** Where to read on, for whoever wrote a command line that cannot be run. */
export function hintOf(name: string): string {
  return `${name}: try '${name} --help' or '${name} --manual' for more information`
}
