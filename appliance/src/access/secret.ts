import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

/** 256 random bits as base64url: session tokens and the command line's token. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored in place of a token: SHA-256, hex. The token itself has 256 bits, so no slow hash is needed. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Equality without a timing signal, also for different lengths. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Letters and digits that cannot be taken for one another when read aloud or copied from a screen. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A one-time claim code of 12 characters in three groups, 58 bits: `7KQM-2XVA-9TBD`. */
export function newClaimCode(): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return [group(), group(), group()].join('-')
}

/** As a person types it: lower case, spaces and missing dashes do not matter. */
export function normaliseClaimCode(code: string): string {
  return code
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
}
