import { hash, verify } from '@node-rs/argon2'
import { TanboxError } from '../errors.ts'

/** Argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet, 2025); the library's default algorithm. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Throws `password-weak` outside 8 to 256 characters (NIST SP 800-63B-4: length, no composition rules). */
export async function hashPassword(password: string): Promise<string> {
  const length = [...password].length
  if (length < 8 || length > 256) throw new TanboxError('password-weak')
  return hash(password.normalize('NFKC'), cost)
}

export async function passwordMatches(password: string, stored: string): Promise<boolean> {
  if (password.length > 1024) return false
  return verify(stored, password.normalize('NFKC'))
}
