import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares hashes: of equal length always, and in a time that does not depend on where they differ. */
export function holdsToken(header: string | undefined, token: string): boolean {
  return timingSafeEqual(sha256(header ?? ''), sha256(`Bearer ${token}`))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
