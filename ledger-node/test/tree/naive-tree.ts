import { createHash } from 'node:crypto'

/** Leaf hashes 0 to `size` - 1 of entries that say their own number. */
export function someLeaves(size: number, salt = ''): Buffer[] {
  return Array.from({ length: size }, (_, index) => sha256(0x00, Buffer.from(`${salt}${index}`)))
}

/** MTH as RFC 6962, section 2.1 writes it, out of leaf hashes; shares nothing with the code under test. */
export function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest()
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(0x01, naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

function sha256(prefix: number, ...parts: Buffer[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(prefix), ...parts]))
    .digest()
}

/** Numbers that look random and are the same in every run (mulberry32): from 0 to `below` - 1. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
