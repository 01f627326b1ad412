import { hash } from 'node:crypto'

/** What a log is called in paths and file names (C2SP tlog-witness): SHA-256 of its origin, lower-case hex. */
export function originHash(origin: string): string {
  return hash('sha256', origin, 'hex')
}

/** Whether a text from outside has that form. */
export function isOriginHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
