import type { SeenFile } from './listing.ts'

/**
 * Tells files that rest from those still being copied: a file is taken when its last change lies a while back, or,
 * where its clock cannot be compared with ours (network shares), when it looked the same for that long.
 */
export interface Rest {
  /** Those of `files` that rest; remembers the others until the next call. `now` in milliseconds, monotonic. */
  settled(files: readonly SeenFile[], now: number): SeenFile[]
  /** Whether any file of the last call is being waited for. */
  readonly waiting: boolean
}

export function createRest(quietMs: number): Rest {
  let pending = new Map<string, { fingerprint: string; since: number }>()
  return {
    settled(files, now) {
      const next: typeof pending = new Map()
      const rested = files.filter((file) => {
        if (file.age >= quietMs) return true
        const before = pending.get(file.key)
        const since = before?.fingerprint === file.fingerprint ? before.since : now
        if (now - since >= quietMs) return true
        next.set(file.key, { fingerprint: file.fingerprint, since })
        return false
      })
      pending = next
      return rested
    },
    get waiting() {
      return pending.size > 0
    },
  }
}
