import type { OffsetRun, TextItem } from '../model.ts'

/**
 * Packed forms of the two long lists of numbers: a page has hundreds of text items and a passage dozens of runs,
 * and JSON would be five times as large. All integers are unsigned 32 bit, all shares float32, little endian.
 */

const itemBytes = 24
const runBytes = 20

/** start, end, then the rectangle as four float32. */
export function packItems(items: readonly TextItem[]): Buffer {
  const packed = Buffer.allocUnsafe(items.length * itemBytes)
  let at = 0
  for (const { start, end, rect } of items) {
    at = packed.writeUInt32LE(start, at)
    at = packed.writeUInt32LE(end, at)
    for (const share of rect) at = packed.writeFloatLE(share, at)
  }
  return packed
}

export function unpackItems(packed: Buffer): TextItem[] {
  const items: TextItem[] = []
  for (let at = 0; at < packed.length; at += itemBytes)
    items.push({
      start: packed.readUInt32LE(at),
      end: packed.readUInt32LE(at + 4),
      rect: [
        packed.readFloatLE(at + 8),
        packed.readFloatLE(at + 12),
        packed.readFloatLE(at + 16),
        packed.readFloatLE(at + 20),
      ],
    })
  return items
}

export function packRuns(runs: readonly OffsetRun[]): Buffer {
  const packed = Buffer.allocUnsafe(runs.length * runBytes)
  let at = 0
  for (const run of runs) for (const number of run) at = packed.writeUInt32LE(number, at)
  return packed
}

export function unpackRuns(packed: Buffer): OffsetRun[] {
  const runs: OffsetRun[] = []
  for (let at = 0; at < packed.length; at += runBytes)
    runs.push([
      packed.readUInt32LE(at),
      packed.readUInt32LE(at + 4),
      packed.readUInt32LE(at + 8),
      packed.readUInt32LE(at + 12),
      packed.readUInt32LE(at + 16),
    ])
  return runs
}

/** A vector as it is stored: float32, little endian, whatever the machine. */
export function packVector(vector: Float32Array): Buffer {
  const packed = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return littleEndian ? packed : Buffer.from(packed).swap32()
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
