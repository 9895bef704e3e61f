/**
 * `--trace-config`: the parts of the engine that tell more, by curl's names. Pure.
 *
 * The rule: a name that is not known is ignored, as curl does: names come and go with versions.
 */

/** A part that can tell more. */
export type TraceComponent = 'dns' | 'tcp' | 'ssl' | 'http/2' | 'http-proxy' | 'multi' | 'read' | 'write'

const COMPONENTS: readonly TraceComponent[] = [
  'dns',
  'tcp',
  'ssl',
  'http/2',
  'http-proxy',
  'multi',
  'read',
  'write',
]

/** Names for several. */
const GROUPS: ReadonlyMap<string, readonly TraceComponent[]> = new Map([
  ['all', COMPONENTS],
  ['network', ['dns', 'tcp', 'ssl']],
  ['protocol', ['http/2']],
  ['proxy', ['http-proxy']],
])

/** What is traced: the components, and what stands before each line. */
export interface TraceSettings {
  readonly components: Set<TraceComponent>
  /** Turns `--trace-ids` or `--trace-time` on or off. */
  turn(what: 'ids' | 'time', isOn: boolean): void
}

/** Does what a list says: `ids,http/2,-ssl`. "all" is ids and time, too. */
export function configureTrace(list: string, settings: TraceSettings): void {
  for (const [, sign, word = ''] of list.matchAll(/([+-]?)([^\s,]+)/g)) {
    const name = word.toLowerCase()
    const isOn = sign !== '-'
    if (name === 'ids' || name === 'all') settings.turn('ids', isOn)
    if (name === 'time' || name === 'all') settings.turn('time', isOn)
    for (const component of GROUPS.get(name) ?? COMPONENTS.filter((one) => one === name)) {
      if (isOn) settings.components.add(component)
      else settings.components.delete(component)
    }
  }
}
