import { describe, expect, test } from 'vitest'
import { configureTrace, type TraceComponent } from '../../../packages/cli/src/trace/trace-config.ts'
import { commandOf } from '../../support/parse-line.ts'

function configured(...lists: string[]): string {
  const components = new Set<TraceComponent>()
  const turned: Record<string, boolean> = {}
  for (const list of lists)
    configureTrace(list, { components, turn: (what, isOn) => void (turned[what] = isOn) })
  const words = Object.entries(turned).map(([what, isOn]) => `${isOn ? '+' : '-'}${what}`)
  return [...words.toSorted(), ...[...components].toSorted()].join(' ')
}

describe('--trace-config', () => {
  test.each([
    ['ids,time', '+ids +time'],
    ['HTTP/2, tcp', 'http/2 tcp'],
    ['all', '+ids +time dns http-proxy http/2 multi read ssl tcp write'],
    ['all,-ssl,-ids,-network', '+time -ids http-proxy http/2 multi read write'],
    ['network', 'dns ssl tcp'],
    ['proxy,protocol', 'http-proxy http/2'],
    ['+dns,-dns', ''],
    ['nobody knows,this', ''],
    ['constructor', ''],
  ])('%s', (list, settings) => expect(configured(list)).toBe(settings))

  test('several add up', () => expect(configured('dns', 'tcp,-dns', 'ssl')).toBe('ssl tcp'))
})

describe('-v, said several times', () => {
  test.each([
    ['-v', '', undefined],
    ['-vv', 'ids time http/2', undefined],
    ['-vvv', 'ids time http/2 ssl read write', 'ascii'],
    ['-vvvv', 'ids time http/2 ssl read write dns tcp', 'ascii'],
    ['-vvvvvv', 'ids time http/2 ssl read write dns tcp', 'ascii'],
  ])('%s', (flag, told, dump) => {
    const { tracesIds, tracesTime, traceComponents, trace } = commandOf([flag, 'u'])
    const words = [...(tracesIds ? ['ids'] : []), ...(tracesTime ? ['time'] : []), ...traceComponents]
    expect([words.join(' '), trace?.is]).toEqual([told, dump])
  })
})
