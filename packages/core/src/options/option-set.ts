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
  /** Values as the engine wants them; only what was set. */
  readonly #values: Record<string, unknown>
  readonly #defaults: object
  #snapshot: Settled<T> | undefined

  constructor(table: T, options: Readonly<Record<string, unknown>> = {}) {
    this.#table = table
    this.#defaults = defaultsOf(table)
    this.#values = Object.create(null)
    this.assign(options)
  }

  /** Sets one option by Trunkline's name. UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT. Undefined unsets it. */
  set(name: string, value: unknown): void {
    const checked = checkOption(name, this.#row(name), value)
    if (checked === undefined) delete this.#values[name]
    else this.#values[name] = checked
    this.#snapshot = undefined
  }

  /** Sets several; none is set when one is refused. */
  assign(options: Readonly<Record<string, unknown>>): void {
    const checked = Object.entries(options).map(
      ([name, value]) => [name, checkOption(name, this.#row(name), value)] as const,
    )
    for (const [name, value] of checked) {
      if (value === undefined) delete this.#values[name]
      else this.#values[name] = value
    }
    this.#snapshot = undefined
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
    for (const name of Object.keys(this.#values)) delete this.#values[name]
    this.#snapshot = undefined
  }

  /** A set of its own with the same options. */
  copy(): OptionSet<T> {
    const copy = new OptionSet(this.#table)
    copy.adopt(this)
    return copy
  }

  /**
   * All options as they stand, frozen; the same object until one changes. What was set are its own
   * properties, the defaults are those of its prototype: copying sixty options into each snapshot cost
   * 20 us, this costs 0.7.
   */
  snapshot(): Settled<T> {
    this.#snapshot ??= Object.freeze(Object.assign(Object.create(this.#defaults), this.#values)) as Settled<T>
    return this.#snapshot
  }

  #row(name: string): OptionRow {
    const row = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined
    if (row === undefined) throw unknownOption(name, this.#table)
    return row
  }
}

/** Defaults by table, worked out once. */
const DEFAULTS = new WeakMap<Table, object>()

function defaultsOf(table: Table): object {
  let defaults = DEFAULTS.get(table)
  if (defaults === undefined) {
    defaults = Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.default]))
    DEFAULTS.set(table, defaults)
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
