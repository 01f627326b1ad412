/** What differs from entry to entry. */
export interface EntryParts {
  type: string
  seq: number
  prev: string
  time: string
  commitment: string
}

/**
 * The canonical form of an entry, as one pattern: no member of it can hold what JSON would have to escape, so that
 * what fits is canonical, and what is canonical fits.
 */
const canonicalEntry =
  /^\{"commitment":"([0-9a-f]{64})","prev":"([0-9a-f]{64})","seq":(0|[1-9]\d{0,15}),"suite":"sha256-ed25519","time":"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)","type":"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"\}$/

/**
 * Reads the text of an entry; null for what is none, and for every other spelling of one.
 * @param text one character a byte
 */
export function readForm(text: string): EntryParts | null {
  const [, commitment, prev, digits, time, type] = canonicalEntry.exec(text) ?? []
  const seq = Number(digits)
  const fits = type !== undefined && type.length <= 64 && Number.isSafeInteger(seq) && isDate(time!)
  return fits ? { type, seq, prev: prev!, time: time!, commitment: commitment! } : null
}

/** A date that the calendar has: the 30th of February is read as a day of March and comes out differently. */
export function isDate(time: string): boolean {
  const milliseconds = Date.parse(time)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === time
}
