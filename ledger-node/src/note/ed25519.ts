import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/**
 * Ed25519 (RFC 8032) with the public keys that node:crypto would let pass left out: it imports any 32 bytes, and with
 * a key of low order one signature fits many messages.
 */

const keyBytes = 32
const signatureBytes = 64

const p = 2n ** 255n - 19n
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** y of the points of order 8: d y^4 + 2 y^2 = 1, as doubling them leads to y = 0. The other two are p minus it. */
const eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022n

/** y of the eight points whose order divides 8. Either sign bit belongs to them, or to no point at all. */
const lowOrder: ReadonlySet<bigint> = new Set([0n, 1n, p - 1n, eighth, p - eighth])

/**
 * Whether a public key may be trusted at all: 32 bytes, y below p, a point of the curve, and not one of low order in
 * any encoding.
 */
export function isSoundPublicKey(bytes: Uint8Array): boolean {
  return soundKey(bytes) !== null
}

function isSoundPoint(bytes: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % 2n ** 255n
  return y < p && !lowOrder.has(y) && isOnCurve(y)
}

/** x^2 = (y^2 - 1) / (d y^2 + 1) has a root where the product of both is a square (Euler's criterion). */
function isOnCurve(y: bigint): boolean {
  const square = (y * y) % p
  return power((square - 1n) * (d * square + 1n), (p - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = base % p
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = (result * factor) % p
    factor = (factor * factor) % p
  }
  return result
}

/** False for a key that is not sound, for other lengths, for S not below the order, and for a wrong signature. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = signature.length === signatureBytes ? soundKey(publicKey) : null
  return key !== null && verify(null, message, key, signature)
}

/** The 64 bytes of the signature by a seed (RFC 8032: the private key) of 32 bytes. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Buffer {
  return sign(null, message, privateKeyOf(seed))
}

/** The 32 bytes of the public key that belongs to a seed. */
export function publicKeyOf(seed: Uint8Array): Buffer {
  const spki = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' })
  return spki.subarray(spki.length - keyBytes)
}

// What stands before the 32 bytes in DER (RFC 8410, sections 4 and 7).
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

function soundKey(publicKey: Uint8Array): KeyObject | null {
  if (publicKey.length !== keyBytes) return null
  return remembered(publicKeys, publicKey, () => (isSoundPoint(publicKey) ? importPublic(publicKey) : null))
}

function importPublic(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' })
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== keyBytes) throw new RangeError('a seed has 32 bytes')
  return remembered(privateKeys, seed, () =>
    createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' }),
  )
}

/** Looking at a key and importing it costs more than verifying. Enough for every log and witness of a large network; the oldest goes first. */
const maxRemembered = 1024
const publicKeys = new Map<string, KeyObject | null>()
const privateKeys = new Map<string, KeyObject>()

function remembered<K>(cache: Map<string, K>, bytes: Uint8Array, make: () => K): K {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const known = cache.get(name)
  if (known !== undefined) return known
  const made = make()
  const oldest = cache.keys().next()
  if (cache.size >= maxRemembered && !oldest.done) cache.delete(oldest.value)
  cache.set(name, made)
  return made
}
