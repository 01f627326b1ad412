import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Blobs } from '../store/blobs.ts'
import type { Waste } from '../store/waste.ts'

/** Clears away what no source stands for any more, in small slices and with a moment's delay. */
export interface Sweeper {
  /** At start, before anything is taken in: what a crash left behind. Returns blobs that should be there and are not. */
  begin(): Promise<string[]>
  /** Something was dropped. */
  call(): void
  close(): Promise<void>
}

const rowsPerTurn = 100

export function createSweeper(house: {
  waste: Waste
  blobs: Pick<Blobs, 'remove' | 'sweep'>
  /** From a call to the clearing away; calls meanwhile are one. */
  delayMs: number
  onProblem: (cause: unknown) => void
}): Sweeper {
  const { waste, blobs, delayMs, onProblem } = house
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()
  let closed = false

  async function clear(): Promise<void> {
    try {
      while (!closed && waste.sweepDocuments(rowsPerTurn)) await nextTurn()
      if (closed) return
      // Asked once more in the turn in which it is removed: bytes that come again while the ones before go.
      for (const sha256 of waste.sweepContents()) if (!waste.isKept(sha256)) await blobs.remove(sha256)
    } catch (cause) {
      // Nothing depends on it: what stays is swept at the next call or start.
      onProblem(cause)
    }
  }

  function sweep(): Promise<void> {
    running = running.then(clear)
    return running
  }

  return {
    async begin() {
      waste.dropDrafts()
      const { missing } = await blobs.sweep(waste.contents())
      // In the background: after a change of pipeline it is everything there was.
      void sweep()
      return missing
    },
    call() {
      timer ??= setTimeout(() => {
        timer = null
        void sweep()
      }, delayMs)
    },
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      await running
    },
  }
}
