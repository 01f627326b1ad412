/** Seeded pseudo-random numbers (mulberry32): what a seed did once it does again. */
export interface Random {
  next(): number
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  pick<T>(all: readonly T[]): T
  chance(share: number): boolean
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return { next, below, pick: (all) => all[below(all.length)]!, chance: (share) => next() < share }
}
