/**
 * Commitment -> index of its entry: an open-addressing table of 16 bytes a slot (12 to 32 per entry), where a
 * Map of strings takes some 150. A slot keeps the first 64 bits of the commitment; as commitments are outputs
 * of HMAC these spread evenly, and the caller compares the rest with the entry itself.
 */
export class CommitmentIndex {
  #keys = new BigUint64Array(1024)
  /** Index of the entry plus 1; 0 is a free slot. */
  #values = new Float64Array(1024)
  #count = 0

  add(commitment: string, seq: number): void {
    if (this.#count * 2 >= this.#keys.length) this.#grow()
    this.#put(keyOf(commitment), seq)
    this.#count += 1
  }

  /** Indexes of the entries whose commitment begins like this one, in the order they were added: one, nearly always. */
  *candidates(commitment: string): Generator<number> {
    const key = keyOf(commitment)
    for (let slot = this.#slotOf(key); this.#values[slot] !== 0; slot = this.#next(slot)) {
      if (this.#keys[slot] === key) yield this.#values[slot]! - 1
    }
  }

  #put(key: bigint, seq: number): void {
    let slot = this.#slotOf(key)
    while (this.#values[slot] !== 0) slot = this.#next(slot)
    this.#keys[slot] = key
    this.#values[slot] = seq + 1
  }

  #grow(): void {
    const keys = this.#keys
    const values = this.#values
    this.#keys = new BigUint64Array(keys.length * 2)
    this.#values = new Float64Array(keys.length * 2)
    for (let slot = 0; slot < keys.length; slot += 1) {
      if (values[slot] !== 0) this.#put(keys[slot]!, values[slot]! - 1)
    }
  }

  #slotOf(key: bigint): number {
    return Number(key & 0xffff_ffffn) % this.#keys.length
  }

  #next(slot: number): number {
    return (slot + 1) % this.#keys.length
  }
}

function keyOf(commitment: string): bigint {
  return BigInt(`0x${commitment.slice(0, 16)}`)
}
