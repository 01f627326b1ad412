/** Byte offset of every entry, 8 bytes each. */
export class Offsets {
  #values = new Float64Array(1024)
  #count = 0

  get count(): number {
    return this.#count
  }

  push(offset: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#count] = offset
    this.#count += 1
  }

  at(seq: number): number {
    if (seq < 0 || seq >= this.#count) throw new RangeError(`no entry ${seq}`)
    return this.#values[seq]!
  }
}
