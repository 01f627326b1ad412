/** The model servers that write for one box: read together, or not at all. */
import type { Upstream } from '../providers/provider.ts'

export interface Upstreams {
  readonly paused: boolean
  /** Bytes that have arrived and were not looked at. */
  readonly waitingBytes: number
  /**
   * The same where only the one that writes for `owner` is asked, of the others what they said last: what waits at one
   * changes when it has been read from, and then it writes.
   */
  waitingNow(owner: object): number
  /** The returned function lets go of it; calling it again changes nothing. */
  add(upstream: Upstream, owner: object): () => void
  pause(): void
  resume(): void
}

export function createUpstreams(): Upstreams {
  let all: Upstream[] = []
  /** By owner, the newest of each. */
  const known = new Map<object, { upstream: Upstream; bytes: number }>()
  let knownBytes = 0
  let paused = false
  return {
    get paused() {
      return paused
    },
    get waitingBytes() {
      let bytes = 0
      for (const { waitingBytes } of all) bytes += waitingBytes
      return bytes
    },
    waitingNow(owner) {
      const one = known.get(owner)
      if (one) {
        const { waitingBytes } = one.upstream
        knownBytes += waitingBytes - one.bytes
        one.bytes = waitingBytes
      }
      return knownBytes
    },
    add(upstream, owner) {
      all.push(upstream)
      knownBytes -= known.get(owner)?.bytes ?? 0
      known.set(owner, { upstream, bytes: 0 })
      if (paused) upstream.pause()
      return () => {
        all = all.filter((each) => each !== upstream)
        const one = known.get(owner)
        if (one?.upstream !== upstream) return
        known.delete(owner)
        knownBytes -= one.bytes
      }
    },
    pause() {
      if (paused) return
      paused = true
      for (const upstream of all) upstream.pause()
    },
    resume() {
      if (!paused) return
      paused = false
      // A copy: what was held back may come at once and end an answer.
      for (const upstream of [...all]) {
        if (paused) return
        upstream.resume()
      }
    },
  }
}
