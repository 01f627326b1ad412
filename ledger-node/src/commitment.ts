import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * HMAC-SHA-256 of a content under its salt, 32 bytes.
 * @param canonical the canonical JSON of the content, taken as it is
 * @param salt 32 bytes in lower-case hex
 * @throws TypeError for another salt
 */
export function commitmentOf(canonical: string, salt: string): Buffer {
  if (!isSalt(salt)) throw new TypeError('a salt is 32 bytes in lower-case hex')
  return createHmac('sha256', Buffer.from(salt, 'hex')).update(canonical).digest()
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
