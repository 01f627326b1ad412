import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { PageBuffer } from './buffer.ts'

/**
 * What the verifier uses of node:crypto, in plain JavaScript: a page at a plain http: address has no crypto.subtle.
 */

export function hash(_algorithm: 'sha256', bytes: Uint8Array, encoding: 'buffer' | 'hex' | 'binary') {
  const digest = PageBuffer.from(sha256(bytes))
  return encoding === 'buffer' ? digest : digest.toString(encoding)
}

/** Nothing in the page is secret from who reads it. */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at])
}

interface PublicKey {
  bytes: Uint8Array
}

/** @param key in DER, whose last 32 bytes are those of the key; they were found sound before */
export function createPublicKey({ key }: { key: Uint8Array }): PublicKey {
  return { bytes: key.slice(-32) }
}

/**
 * As OpenSSL verifies (RFC 8032, section 5.1.7, without multiplying by the cofactor): S below the order, and R is, byte
 * for byte, [S]B - [k]A. The verifier of noble multiplies by the cofactor and would take a few signatures more.
 */
export function verify(
  _algorithm: null,
  message: Uint8Array,
  { bytes }: PublicKey,
  signature: Uint8Array,
): boolean {
  const { Point } = ed25519
  const s = littleEndian(signature.subarray(32))
  if (s >= Point.Fn.ORDER) return false
  const r = signature.slice(0, 32)
  const k = littleEndian(sha512(concat(r, bytes, message))) % Point.Fn.ORDER
  const a = Point.fromBytes(bytes)
  const expected = timesBase(s).subtract(k === 0n ? Point.ZERO : a.multiplyUnsafe(k))
  return expected.toBytes().every((byte, at) => byte === r[at])
}

function timesBase(s: bigint) {
  return s === 0n ? ed25519.Point.ZERO : ed25519.Point.BASE.multiplyUnsafe(s)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(PageBuffer.concat(parts))
}

export function createPrivateKey(): never {
  throw new Error('the page signs nothing')
}

export const sign = createPrivateKey
