/**
 * `OptionSet`: the options of one owner (a handle, a cache, a multi): set, read, reset, copied, and frozen
 * into settings for a run.
 *
 * The rule: a snapshot never changes after it was taken, and the same one is given out until an option
 * changes, so that whatever was computed from it can be kept with it.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { OptionRow } from '../tables/option-table.ts'
import { checkOption } from './check-option.ts'
import type { Settled } from './option-types.ts'

type Table = Readonly<Record<string, OptionRow>>

/** The options of one owner: set, read, reset, copied, and frozen into settings for a run. */
export class OptionSet<T extends Table> {
  readonly #table: T
  /** Values as the engine wants them: what was set, over the defaults. Frozen when it is the snapshot. */
  #values: Record<string, unknown>
  #isTaken = false

  constructor(table: T, options: Readonly<Record<string, unknown>> = {}) {
    this.#table = table
    this.#values = Object.create(defaultsOf(table))
    this.assign(options)
  }

  /** Sets one option by Trunkline's name. UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT. Undefined unsets it. */
  set(name: string, value: unknown): void {
    const checked = checkOption(name, this.#row(name), value)
    this.#change()
    this.#put(name, checked)
  }

  /** Sets several; none is set when one is refused. */
  assign(options: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(options)
    const checked = names.map((name) => checkOption(name, this.#row(name), options[name]))
    this.#change()
    for (const [index, name] of names.entries()) this.#put(name, checked[index])
  }

  /** Sets one by libcurl's name, in libcurl's unit: `CURLOPT_MAXAGE_CONN` takes seconds. */
  setByCurlName(curl: string, value: unknown): void {
    const name = Object.keys(this.#table).find((key) => this.#table[key]!.curl === curl)
    if (name === undefined) throw unknownOption(curl, this.#table)
    const factor = this.#table[name]!.perCurlUnit
    this.set(name, factor !== undefined && typeof value === 'number' ? value * factor : value)
  }

  /** The value in force: what was set, else the default, else undefined. */
  value<Name extends keyof T & string>(name: Name): Settled<T>[Name] {
    return this.snapshot()[name]
  }

  /** Takes over exactly what is set in another set of the same table. */
  adopt(other: OptionSet<T>): void {
    this.reset()
    Object.assign(this.#values, other.#values)
  }

  /** Puts every option back to its default. */
  reset(): void {
    this.#values = Object.create(defaultsOf(this.#table))
    this.#isTaken = false
  }

  /** A set of its own with the same options. */
  copy(): OptionSet<T> {
    const copy = new OptionSet(this.#table)
    copy.adopt(this)
    return copy
  }

  /**
   * All options as they stand, frozen; the same object until one changes. What was set are its own
   * properties, the defaults are those of its prototype: copying sixty options into each snapshot cost 20 us.
   */
  snapshot(): Settled<T> {
    if (!this.#isTaken) Object.freeze(this.#values)
    this.#isTaken = true
    return this.#values as Settled<T>
  }

  /** What was given out stays as it is: the next values are a copy. */
  #change(): void {
    if (!this.#isTaken) return
    this.#values = Object.assign(Object.create(defaultsOf(this.#table)), this.#values)
    this.#isTaken = false
  }

  #put(name: string, value: unknown): void {
    if (value === undefined) delete this.#values[name]
    else this.#values[name] = value
  }

  #row(name: string): OptionRow {
    const row = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined
    if (row === undefined) throw unknownOption(name, this.#table)
    return row
  }
}

/** The names of the options that were set, whatever their values: those of a snapshot, and what stands over it. */
export function namesSet(settings: object): string[] {
  const names = Object.keys(settings)
  for (
    let below = Object.getPrototypeOf(settings);
    !DEFAULT_VALUES.has(below);
    below = Object.getPrototypeOf(below)
  )
    for (const name of Object.keys(below)) if (!names.includes(name)) names.push(name)
  return names
}

/** Defaults by table, worked out once. */
const DEFAULTS = new WeakMap<Table, object>()
const DEFAULT_VALUES = new WeakSet<object>()

function defaultsOf(table: Table): object {
  let defaults = DEFAULTS.get(table)
  if (defaults === undefined) {
    defaults = Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.default]))
    DEFAULTS.set(table, defaults)
    DEFAULT_VALUES.add(defaults)
  }
  return defaults
}

/** UNKNOWN_OPTION, with the names that look most like the one given. */
function unknownOption(name: string, table: Table): TransferError {
  const wanted = name.toLowerCase()
  const near = Object.entries(table)
    .flatMap(([ours, row]) => (name.startsWith('CURL') ? [row.curl ?? ours] : [ours]))
    .filter((known) => known.toLowerCase().includes(wanted) || wanted.includes(known.toLowerCase()))
    .slice(0, 3)
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
  return new TransferError(
    'UNKNOWN_OPTION',
    `there is no option "${name}"${hint}`,
    { option: name },
    { phase: 'setup' },
  )
}
