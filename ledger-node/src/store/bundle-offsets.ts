import { fullWidth } from '../tree/tiles.ts'
import { lengthBytes } from './frames.ts'

/** Byte offset of every bundle of 256 entries: 8 bytes for each, where those of the entries would take 2,048. */
export class BundleOffsets {
  #values = new Float64Array(256)
  #count = 0

  /** Bundles that begin somewhere. */
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

  /** Forgets all but the first `count`. */
  cut(count: number): void {
    this.#count = Math.min(this.#count, count)
  }

  at(bundle: number): number {
    if (!(bundle >= 0 && bundle < this.#count)) throw new RangeError(`no bundle ${bundle}`)
    return this.#values[bundle]!
  }
}

/** Where bundles begin among `entries`, which follow `size` entries in `bytes` bytes. */
export function bundleStarts(size: number, bytes: number, entries: readonly Uint8Array[]): number[] {
  const starts: number[] = []
  let at = bytes
  for (const [index, entry] of entries.entries()) {
    if ((size + index) % fullWidth === 0) starts.push(at)
    at += lengthBytes + entry.length
  }
  return starts
}
