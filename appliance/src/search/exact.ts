import { Best } from './best.ts'
import { createKernel, type Kernel } from './simd-kernel.ts'
import type { VectorIndex } from './vector-index.ts'

const pageBytes = 65_536
/** Rows compared in one call of the kernel. */
const batch = 4096
/** At the start of each memory: the query, a batch of slots, a batch of scores. */
const slotsAt = 32_768
const scoresAt = slotsAt + 4 * batch
const headBytes = scoresAt + 4 * batch
/** A WebAssembly memory holds 4 GiB; a quarter of it per block keeps all addresses well below. */
const blockBytes = 1024 * 1024 * 1024

interface Block {
  memory: WebAssembly.Memory
  kernel: Kernel
}

export interface ExactIndex extends VectorIndex {
  readonly backend: 'exact'
  /** A view, valid until the next call of `add`; null where there is none. */
  vector(slot: number): Float32Array | null
}

/** Compares with every vector of the set. Vectors lie once, in WebAssembly memory, which grows in place. */
export function createExactIndex(dimension: number): ExactIndex {
  const stride = Math.ceil((4 * dimension) / 64) * 64
  if (stride > slotsAt) throw new RangeError(`vectors of ${dimension} numbers are too long`)
  const rowsPerBlock = Math.floor(blockBytes / stride)
  const blocks: Block[] = []
  let present = new Uint8Array(1024)

  const blockFor = (slot: number): Block => {
    const number = Math.floor(slot / rowsPerBlock)
    while (blocks.length <= number) {
      const memory = new WebAssembly.Memory({
        initial: headBytes / pageBytes,
        maximum: headBytes / pageBytes + blockBytes / pageBytes,
      })
      blocks.push({ memory, kernel: createKernel(memory) })
    }
    const block = blocks[number]!
    const needed = headBytes + ((slot % rowsPerBlock) + 1) * stride
    const held = block.memory.buffer.byteLength
    if (needed > held) {
      // An eighth more than there was, so that growing is rare; untouched pages cost nothing.
      const wanted = Math.min(Math.max(needed, held + held / 8), headBytes + blockBytes)
      block.memory.grow(Math.ceil((wanted - held) / pageBytes))
    }
    return block
  }
  const view = ({ memory }: Block, slot: number) =>
    new Float32Array(memory.buffer, headBytes + (slot % rowsPerBlock) * stride, dimension)

  return {
    backend: 'exact',
    vector: (slot) => (present[slot] ? view(blocks[Math.floor(slot / rowsPerBlock)]!, slot) : null),
    add(slot, vector) {
      if (vector.length !== dimension)
        throw new RangeError(`a vector of ${vector.length} numbers, not ${dimension}`)
      view(blockFor(slot), slot).set(vector)
      if (slot >= present.length) {
        const larger = new Uint8Array(Math.max(slot + 1, present.length * 2))
        larger.set(present)
        present = larger
      }
      present[slot] = 1
    },
    remove: (first, count) => void present.fill(0, first, first + count),
    search(query, limit, within, tie) {
      if (query.length !== dimension)
        throw new RangeError(`a query of ${query.length} numbers, not ${dimension}`)
      const best = new Best(limit, tie)
      const { slots } = within
      for (let from = 0; from < slots.length; ) {
        const number = Math.floor(slots[from]! / rowsPerBlock)
        const block = blocks[number]
        if (!block) break
        from = scanBatch(block, number * rowsPerBlock, query, slots, from, best)
      }
      return best.take()
    },
    compact(renumbered) {
      renumbered.forEach((to, from) => {
        if (to < 0) return
        const vector = this.vector(from)
        present[from] = 0
        if (vector) this.add(to, vector)
      })
    },
  }

  /** Scores slots[from ...] as far as they lie in one block and fit one batch; returns where to go on. */
  function scanBatch(
    block: Block,
    first: number,
    query: Float32Array,
    slots: Uint32Array,
    from: number,
    best: Best,
  ) {
    const { buffer } = block.memory
    const list = new Uint32Array(buffer, slotsAt, batch)
    new Float32Array(buffer, 0, stride / 4).fill(0).set(query)
    let count = 0
    let at = from
    for (; at < slots.length && count < batch && slots[at]! < first + rowsPerBlock; at++)
      if (present[slots[at]!]) list[count++] = slots[at]! - first
    block.kernel.scan(0, slotsAt, count, headBytes, stride, scoresAt)
    const scores = new Float32Array(buffer, scoresAt, count)
    for (let i = 0; i < count; i++) best.offer(first + list[i]!, scores[i]!)
    return at
  }
}
