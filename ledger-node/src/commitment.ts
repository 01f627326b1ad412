import { hash, timingSafeEqual } from 'node:crypto'

/** Bytes that SHA-256 takes at a time: the length of the pads of HMAC (RFC 2104). */
const blockBytes = 64

/**
 * HMAC-SHA-256 of a content under its salt, 32 bytes. By way of two hashes: an object for each key costs several times
 * as much as they do.
 * @param canonical the canonical JSON of the content, taken as it is
 * @param salt 32 bytes in lower-case hex
 * @throws TypeError for another salt
 */
export function commitmentOf(canonical: string, salt: string): Buffer {
  if (!isSalt(salt)) throw new TypeError('a salt is 32 bytes in lower-case hex')
  const key = Buffer.from(salt, 'hex')
  const inner = hash('sha256', Buffer.concat([padOf(key, 0x36), Buffer.from(canonical)]), 'buffer')
  return hash('sha256', Buffer.concat([padOf(key, 0x5c), inner]), 'buffer')
}

function padOf(key: Uint8Array, byte: number): Buffer {
  const pad = Buffer.alloc(blockBytes, byte)
  for (let at = 0; at < key.length; at += 1) pad[at]! ^= key[at]!
  return pad
}

export function isSalt(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** Whether content and salt are the ones that a commitment stands for. `canonical` is taken as it is stored. */
export function opens(commitment: string, canonical: string, salt: string): boolean {
  if (!isSalt(salt)) return false
  const made = commitmentOf(canonical, salt)
  const given = Buffer.from(commitment, 'hex')
  return given.length === made.length && timingSafeEqual(given, made)
}
