import { hash } from 'node:crypto'

/**
 * Numbers that follow from a seed and nothing else (xoshiro128**, Blackman and Vigna 2018). Each concern draws
 * from a generator of its own (`fork`), so that one more draw in one of them changes nothing in the others.
 */
export class SeededRandom {
  private readonly name: string
  private readonly state: Uint32Array

  constructor(seed: number | string) {
    this.name = String(seed)
    const bytes = hash('sha256', this.name, 'buffer')
    this.state = Uint32Array.of(...[0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)))
  }

  /** The generator called `label` under this one: the same however much has been drawn from either. */
  fork(label: string | number): SeededRandom {
    return new SeededRandom(`${this.name}/${label}`)
  }

  /** A whole number of 32 bits. */
  word(): number {
    const s = this.state
    const [a, b, c, d] = [s[0]!, s[1]!, s[2]!, s[3]!]
    const answer = Math.imul(turn(Math.imul(b, 5), 7), 9) >>> 0
    const mixed = c ^ a
    const other = d ^ b
    s[0] = a ^ other
    s[1] = b ^ mixed
    s[2] = mixed ^ (b << 9)
    s[3] = turn(other, 11)
    return answer
  }

  /** From 0 up to, but without, 1. */
  fraction(): number {
    return this.word() / 0x1_0000_0000
  }

  /** A whole number from 0 up to, but without, `end`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  /** A whole number from `first` to `last`, both possible. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)]
    if (chosen === undefined) throw new RangeError('there is nothing to choose from')
    return chosen
  }

  shuffled<T>(list: readonly T[]): T[] {
    const answer = [...list]
    for (let at = answer.length - 1; at > 0; at--) {
      const other = this.below(at + 1)
      const kept = answer[at]!
      answer[at] = answer[other]!
      answer[other] = kept
    }
    return answer
  }

  bytes(count: number): Buffer {
    const answer = Buffer.alloc(count)
    for (let at = 0; at < count; at++) answer[at] = this.word() >>> 24
    return answer
  }
}

function turn(word: number, by: number): number {
  return ((word << by) | (word >>> (32 - by))) >>> 0
}
