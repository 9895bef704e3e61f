/** The order in which the addresses of a name are tried: as found, at random, or each connection one further. */

/** Any order, all equally likely. `fraction`: at least 0 and less than 1, anew at each call. */
export function shuffled<A>(addresses: readonly A[], fraction: () => number): A[] {
  const mixed = [...addresses]
  for (let left = mixed.length; left > 1; left -= 1) {
    const pick = Math.floor(fraction() * left)
    ;[mixed[pick], mixed[left - 1]] = [mixed[left - 1]!, mixed[pick]!]
  }
  return mixed
}

/** Those of each family moved on by `turn` places; which family goes first stays as it is. */
export function rotated<A extends { readonly family: 4 | 6 }>(addresses: readonly A[], turn: number): A[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family)
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family)
  return [...moved(first, turn), ...moved(second, turn)]
}

function moved<A>(addresses: readonly A[], turn: number): A[] {
  const by = addresses.length === 0 ? 0 : turn % addresses.length
  return [...addresses.slice(by), ...addresses.slice(0, by)]
}
