/**
 * Which 32 bytes are accepted as an Ed25519 public key (RFC 8032, section 5.1.3). OpenSSL verifies against
 * points of small order and non-canonical encodings as well; with a small-order key one signature fits many
 * messages, so such keys must not be enrolled.
 */
import { createHash } from 'node:crypto'

const p = 2n ** 255n - 19n
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** y of the points whose order divides 8; the sign bit does not matter. */
const smallOrder = new Set([
  0n,
  1n,
  p - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
])

export type KeyProblem = 'length' | 'not-canonical' | 'not-a-point' | 'small-order'

/** What is wrong with the key, or null. */
export function publicKeyProblem(key: Uint8Array): KeyProblem | null {
  if (key.length !== 32) return 'length'
  const y = littleEndian(key) & (2n ** 255n - 1n)
  if (y >= p) return 'not-canonical'
  if (smallOrder.has(y)) return 'small-order'
  // x² = (y² - 1) / (d y² + 1) must be a square.
  const y2 = (y * y) % p
  const x2 = ((y2 - 1n + p) * power(d * y2 + 1n, p - 2n)) % p
  return power(x2, (p - 1n) / 2n) === 1n ? null : 'not-a-point'
}

/** First 16 hex digits of SHA-256 over the raw key. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base % p
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}
