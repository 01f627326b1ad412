/** Seeded pseudo-random numbers (mulberry32): what a seed did once it does again. */
export interface Random {
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
  return { below, pick: (all) => all[below(all.length)]!, chance: (share) => next() < share }
}

const words = [
  '碳排放',
  '核算',
  '能源',
  '光伏',
  '锅炉',
  '天然气',
  '用电量',
  '供应商',
  'Scope 3',
  '差旅',
  '绿证',
  '年度目标',
]

/** A text of 1 to 80 paragraphs, some of them the same in every text. */
export function randomText(random: Random): string {
  const paragraphs = random.chance(0.35) ? 40 + random.below(40) : 1 + random.below(6)
  const lines = Array.from({ length: paragraphs }, (_, number) => {
    const sentence = Array.from({ length: 30 }, () => random.pick(words)).join('')
    return random.chance(0.1)
      ? '本制度自发布之日起施行。'
      : `第${number}段，${sentence}，${random.below(1e9)}。`
  })
  return lines.join('\n\n')
}
