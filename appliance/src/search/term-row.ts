/** Changes with the bytes below: rows of another form are made anew with their passages. */
export const termRowVersion = 'hashes-1'

/**
 * The terms of one passage as they are stored with it (table `words`). Terms stand as 32-bit hashes: among a million
 * different terms, another one falls on a given term once in 4,000 times, and then adds to its frequency.
 *
 * Bytes, little endian: u32 number of terms with repetitions, u32 number n of different terms, u32[n] their hashes,
 * ascending, u8[n] how often each occurs (255: as often or more).
 */
export interface TermRow {
  length: number
  hashes: Uint32Array
  counts: Uint8Array
}

export function packTerms(terms: readonly string[]): Uint8Array {
  const counts = new Map<number, number>()
  for (const term of terms) {
    const hash = termHash(term)
    counts.set(hash, (counts.get(hash) ?? 0) + 1)
  }
  const hashes = Uint32Array.from(counts.keys()).sort()
  const row = new DataView(new ArrayBuffer(8 + 5 * hashes.length))
  row.setUint32(0, terms.length, true)
  row.setUint32(4, hashes.length, true)
  hashes.forEach((hash, i) => {
    row.setUint32(8 + 4 * i, hash, true)
    row.setUint8(8 + 4 * hashes.length + i, Math.min(counts.get(hash)!, 255))
  })
  return new Uint8Array(row.buffer)
}

/** @throws RangeError for bytes that packTerms did not make */
export function unpackTerms(bytes: Uint8Array): TermRow {
  const row = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = row.getUint32(0, true)
  const different = row.getUint32(4, true)
  if (bytes.byteLength !== 8 + 5 * different) throw new RangeError('not a row of terms')
  const end = 8 + 4 * different
  // The copy aligns it; little endian as all machines are that onnxruntime ships for.
  const hashes = new Uint32Array(new Uint8Array(bytes.subarray(8, end)).buffer)
  return { length, hashes, counts: new Uint8Array(bytes.subarray(end)) }
}

/** FNV-1a over UTF-16 code units, then the finaliser of MurmurHash3 for an even spread. */
export function termHash(term: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
