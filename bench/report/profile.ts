/**
 * The dearest functions of a profile, by what they take themselves, in microseconds of an exchange. For people who are
 * about to make something quicker; the file opens in the browser's tools as well. Pure.
 */

/** As V8 writes it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

/** One line each: microseconds of an exchange, share of the time not idle, name and place. */
export function dearestFunctions(profile: CpuProfile, exchanges: number, most = 40): readonly string[] {
  const places = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'}${url === '' ? '' : `  ${shortUrl(url)}:${lineNumber + 1}`}`,
    ]),
  )
  const times = new Map<string, number>()
  const { samples = [], timeDeltas = [] } = profile
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? ''
    // A delta is the time up to its sample; what was sampled before it ran until then.
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index + 1] ?? 0))
  }
  times.delete('(idle)')
  const total = [...times.values()].reduce((sum, us) => sum + us, 0)
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([place, us]) => {
      const each = (us / exchanges).toFixed(2).padStart(8)
      return `${each} us ${((us * 100) / total).toFixed(1).padStart(5)} %  ${place}`
    })
}

function shortUrl(url: string): string {
  return url.replace(/^.*\/(?:packages|node_modules|bench\/dist)\//, '')
}
