/** How many each address has, and which has the most; every step takes constant time, however many there are. */
export interface Ranking {
  /** The greatest number that any has; 0: nobody has one. */
  readonly most: number
  /** One of those that have it. */
  readonly first: string
  of(address: string): number
  more(address: string): void
  less(address: string): void
  clear(): void
}

export function createRanking(): Ranking {
  const counts = new Map<string, number>()
  const byCount = new Map<number, Set<string>>()
  let most = 0

  function change(address: string, by: 1 | -1): void {
    const before = counts.get(address) ?? 0
    const count = before + by
    const left = byCount.get(before)
    left?.delete(address)
    if (left?.size === 0) byCount.delete(before)
    if (count === 0) counts.delete(address)
    else {
      counts.set(address, count)
      byCount.set(count, (byCount.get(count) ?? new Set()).add(address))
    }
    if (count > most || !byCount.has(most)) most = count
  }

  return {
    get most() {
      return most
    },
    get first() {
      return byCount.get(most)?.values().next().value ?? ''
    },
    of: (address) => counts.get(address) ?? 0,
    more: (address) => change(address, 1),
    less: (address) => change(address, -1),
    clear() {
      counts.clear()
      byCount.clear()
      most = 0
    },
  }
}
