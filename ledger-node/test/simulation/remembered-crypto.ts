import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign as signNow,
  verify as verifyNow,
} from 'node:crypto'

/**
 * What `note/ed25519.ts` takes from node:crypto, with a memory: in a simulation all nodes verify the same
 * signatures again and again. Verifying is a pure function, and what a key has just signed is good under it.
 */
export { createPrivateKey, createPublicKey }

const verified = new Map<string, boolean>()
const mostVerified = 100_000
const publicBytes = new WeakMap<KeyObject, string>()

export function sign(algorithm: null, message: Uint8Array, key: KeyObject): Buffer {
  const signature = signNow(algorithm, message, key)
  remember(nameOf(key, message, signature), true)
  return signature
}

export function verify(algorithm: null, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const name = nameOf(key, message, signature)
  const known = verified.get(name)
  if (known !== undefined) return known
  return remember(name, verifyNow(algorithm, message, key, signature))
}

function remember(name: string, good: boolean): boolean {
  if (verified.size >= mostVerified) verified.clear()
  verified.set(name, good)
  return good
}

function nameOf(key: KeyObject, message: Uint8Array, signature: Uint8Array): string {
  return publicBytesOf(key) + Buffer.from(signature).toString('latin1') + hash('sha256', message, 'base64')
}

function publicBytesOf(key: KeyObject): string {
  const known = publicBytes.get(key)
  if (known !== undefined) return known
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const bytes = publicKey.export({ format: 'der', type: 'spki' }).toString('latin1')
  publicBytes.set(key, bytes)
  return bytes
}
