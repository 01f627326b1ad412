import type { DropFolder, Look } from './drop-folder.ts'
import { createExclusively } from './exclusively.ts'
import { createWatch } from './watch.ts'

export interface FollowSettings {
  /** Between two looks when no event calls for one, milliseconds. */
  lookMs: number
  /** Between two looks at least: events come in swarms. */
  leastMs: number
}

export const defaultFollowSettings: FollowSettings = { lookMs: 5000, leastMs: 300 }

/** A look may take this share of the time at most: a slow network share is looked at less often. */
const shareOfTime = 0.1

/** Looks at the drop folder again and again: soon after an event, and regularly because events may not come. */
export interface Follow {
  run(signal: AbortSignal): Promise<void>
  /** A look at once, at which what is missing is taken as deleted. Returns how many sources went. */
  confirm(signal: AbortSignal): Promise<number>
}

export function createFollow(
  dropFolder: DropFolder,
  /** After each look; with what went wrong, if anything did. */
  onLook: (cause: unknown) => void,
  settings: FollowSettings = defaultFollowSettings,
): Follow {
  const oneAtATime = createExclusively()
  const look = (signal: AbortSignal, confirmed: boolean): Promise<Look> =>
    oneAtATime('look', () => dropFolder.look(signal, confirmed))

  return {
    async run(signal) {
      let called = false
      let call = () => {}
      using watch = createWatch(() => {
        called = true
        call()
      })
      while (!signal.aborted) {
        called = false
        const began = performance.now()
        const waiting = await look(signal, false)
          .then((seen) => {
            onLook(null)
            if (seen.folders) watch.follow(seen.folders.top, seen.folders.keys)
            return seen.waiting
          })
          .catch((cause: unknown) => {
            if (!signal.aborted) onLook(cause)
            return false
          })
        const restMs = Math.max(settings.leastMs, (performance.now() - began) / shareOfTime)
        await pause(restMs, signal, () => {})
        if (!called && !waiting)
          await pause(Math.max(settings.lookMs - restMs, 0), signal, (end) => {
            call = end
          })
      }
    },

    confirm: async (signal) => (await look(signal, true)).removed,
  }
}

/** Ends after `ms`, when the signal is aborted, or when what `hand` was given is called. */
function pause(ms: number, signal: AbortSignal, hand: (end: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    hand(end)
    if (signal.aborted) end()
  })
}
