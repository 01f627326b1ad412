import { createHash, randomInt } from 'node:crypto'

/**
 * Codes to enrol with: 20 characters of Crockford's base 32 (no I, L, O, U), 100 bits from the system's source of
 * randomness, written in four groups. Nobody guesses one of 2^100, so a plain hash is enough to store it by; what is
 * looked up is the hash, so nothing secret is ever compared byte by byte.
 */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 4
const perGroup = 5

export function newEnrolmentCode(): string {
  const group = () => Array.from({ length: perGroup }, () => alphabet[randomInt(alphabet.length)]).join('')
  return Array.from({ length: groups }, group).join('-')
}

/** What stands for the code in the store: SHA-256 over "tanbox.ask.v1 code", a zero byte and the code as it is meant. */
export function codeHashOf(code: string): Uint8Array {
  return createHash('sha256').update('tanbox.ask.v1 code\0').update(meant(code)).digest()
}

/** People type small letters, forget hyphens and take 0 for O and 1 for I or L; all of it means the same code. */
function meant(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
}
