/** The model servers that write for one box: read together, or not at all. */
import type { Upstream } from '../providers/provider.ts'

export interface Upstreams {
  readonly paused: boolean
  /** Bytes that have arrived and were not looked at. */
  readonly waitingBytes: number
  /** The returned function lets go of it; calling it again changes nothing. */
  add(upstream: Upstream): () => void
  pause(): void
  resume(): void
}

export function createUpstreams(): Upstreams {
  /** Few, and gone through for every token: a list. */
  let all: Upstream[] = []
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
    add(upstream) {
      all.push(upstream)
      if (paused) upstream.pause()
      return () => {
        all = all.filter((each) => each !== upstream)
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
