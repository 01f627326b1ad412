/** Parts that grow by themselves: a table that doubled at once would keep everybody waiting. */
const shards = 256

/**
 * Commitment -> index of its entry: open-addressing tables of 16 bytes a slot (24 to 48 per entry), where a Map of
 * strings takes some 150. A slot keeps the first 64 bits of the commitment; as commitments are outputs of HMAC these
 * spread evenly, and the caller compares the rest with the entry itself.
 */
export class CommitmentIndex {
  readonly #shards = Array.from({ length: shards }, () => new Shard())

  add(commitment: string, seq: number): void {
    this.#shardOf(commitment).add(upperOf(commitment), lowerOf(commitment), seq)
  }

  /**
   * Indexes of the entries whose commitment begins like this one, in the order they were added: one, nearly always.
   * Null in place of none.
   */
  candidates(commitment: string): number[] | null {
    return this.#shardOf(commitment).find(upperOf(commitment), lowerOf(commitment))
  }

  #shardOf(commitment: string): Shard {
    return this.#shards[Number.parseInt(commitment.slice(0, 2), 16)]!
  }
}

const upperOf = (commitment: string) => Number.parseInt(commitment.slice(0, 8), 16)
const lowerOf = (commitment: string) => Number.parseInt(commitment.slice(8, 16), 16)

class Shard {
  #upper = new Uint32Array(32)
  #lower = new Uint32Array(32)
  /** Index of the entry plus 1; 0 is a free slot. */
  #values = new Float64Array(32)
  #count = 0

  add(upper: number, lower: number, seq: number): void {
    // At most two thirds full: the chains of slots that follow each other stay short.
    if (this.#count * 3 >= this.#values.length * 2) this.#grow()
    this.#put(upper, lower, seq + 1)
    this.#count += 1
  }

  find(upper: number, lower: number): number[] | null {
    let found: number[] | null = null
    for (let slot = this.#slotOf(lower); this.#values[slot] !== 0; slot = this.#next(slot)) {
      if (this.#upper[slot] !== upper || this.#lower[slot] !== lower) continue
      found ??= []
      found.push(this.#values[slot]! - 1)
    }
    return found
  }

  #put(upper: number, lower: number, value: number): void {
    let slot = this.#slotOf(lower)
    while (this.#values[slot] !== 0) slot = this.#next(slot)
    this.#upper[slot] = upper
    this.#lower[slot] = lower
    this.#values[slot] = value
  }

  #grow(): void {
    const [upper, lower, values] = [this.#upper, this.#lower, this.#values]
    this.#upper = new Uint32Array(values.length * 2)
    this.#lower = new Uint32Array(values.length * 2)
    this.#values = new Float64Array(values.length * 2)
    // From behind a free slot, so that equal keys keep their order across the end of the table.
    const start = values.indexOf(0)
    for (let step = 0; step < values.length; step += 1) {
      const slot = (start + step) & (values.length - 1)
      if (values[slot] !== 0) this.#put(upper[slot]!, lower[slot]!, values[slot]!)
    }
  }

  /** The length is a power of two. */
  #slotOf(lower: number): number {
    return lower & (this.#values.length - 1)
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#values.length - 1)
  }
}
