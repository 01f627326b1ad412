import { suite } from '../entry.ts'

/** What a caller gives; number, chain and time are added by the one writer when it commits. */
export interface NewEntry {
  type: string
  commitment: string
}

const typePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const digest = /^[0-9a-f]{64}$/

/** @throws TypeError for what is no entry */
export function checkNew({ type, commitment }: NewEntry): void {
  const fits =
    typeof type === 'string' &&
    type.length <= 64 &&
    typePattern.test(type) &&
    typeof commitment === 'string' &&
    digest.test(commitment)
  if (!fits) throw new TypeError('not an entry of this format')
}

/**
 * The bytes of an entry, as `encodeEntry` writes them and faster: members have a fixed order, and none can hold
 * anything that JSON escapes. Nothing is checked here: `entry` went through `checkNew`, the rest is the writer's own.
 */
export function encodeNext(entry: NewEntry, seq: number, prev: string, time: string): Buffer {
  const text = `{"commitment":"${entry.commitment}","prev":"${prev}","seq":${seq},"suite":"${suite}","time":"${time}","type":"${entry.type}"}`
  return Buffer.from(text, 'latin1')
}
