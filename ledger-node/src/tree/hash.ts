import { hash } from 'node:crypto'

/** Bytes of every hash of the tree: SHA-256, whatever `suite` an entry names. */
export const hashBytes = 32

/** The root of a tree of no leaves: SHA-256 of nothing (RFC 6962, section 2.1). */
export const emptyRoot: Buffer = sha256(new Uint8Array(0))

// Room for 0x00 and an entry, and for 0x01 and two hashes. One is enough: nothing waits between filling and hashing.
const leafRoom = Buffer.alloc(1 + 65_535)
const childrenRoom = Buffer.alloc(1 + 2 * hashBytes)
childrenRoom[0] = 0x01

/** Leaf hash of an entry: SHA-256(0x00 || bytes) (RFC 6962, section 2.1). */
export function hashLeaf(bytes: Uint8Array): Buffer {
  const input = bytes.length < leafRoom.length ? leafRoom.subarray(0, bytes.length + 1) : roomFor(bytes)
  input.set(bytes, 1)
  return sha256(input)
}

function roomFor(bytes: Uint8Array): Buffer {
  return Buffer.alloc(bytes.length + 1)
}

/**
 * Hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, section 2.1).
 * @throws RangeError when a child is not 32 bytes: other lengths would make two trees of the same bytes
 */
export function hashChildren(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== hashBytes || right.length !== hashBytes) throw new RangeError('a hash has 32 bytes')
  childrenRoom.set(left, 1)
  childrenRoom.set(right, 1 + hashBytes)
  return sha256(childrenRoom)
}

/** The hashes one level up from a row of hashes; a last one without a sibling makes nothing. */
export function hashRow(row: Buffer): Buffer {
  const pairs = Math.floor(row.length / (2 * hashBytes))
  const parents = Buffer.allocUnsafeSlow(pairs * hashBytes)
  for (let pair = 0; pair < pairs; pair++) {
    row.copy(childrenRoom, 1, pair * 2 * hashBytes, (pair + 1) * 2 * hashBytes)
    parents.write(hash('sha256', childrenRoom, 'binary'), pair * hashBytes, hashBytes, 'latin1')
  }
  return parents
}

/** By way of a string of 32 characters: half the time of a digest that makes a buffer of its own each time. */
function sha256(bytes: Uint8Array): Buffer {
  const digest = Buffer.allocUnsafe(hashBytes)
  digest.write(hash('sha256', bytes, 'binary'), 0, hashBytes, 'latin1')
  return digest
}
