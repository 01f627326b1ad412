/** An answer that is there as a whole, handed over in pieces as a model would write it. */
import { setImmediate as turn } from 'node:timers/promises'
import type { ModelSink } from './provider.ts'

/** Resolves when all pieces are with the sink; while paused it waits. Rejects with the signal's reason. */
export async function writePieces(
  pieces: Iterable<string>,
  out: ModelSink,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  let paused: PromiseWithResolvers<void> | null = null
  const goOn = () => {
    paused?.resolve()
    paused = null
  }
  signal.addEventListener('abort', goOn, { once: true })
  const release = out.reading({
    pause() {
      paused ??= Promise.withResolvers()
    },
    resume: goOn,
    /** The text was made here; no bytes wait to be looked at. */
    waitingBytes: 0,
  })
  try {
    for (const piece of pieces) {
      // A turn for the others after each piece: an answer of thousands must not hold up their tokens.
      await turn()
      while (paused && !signal.aborted) await (paused as PromiseWithResolvers<void>).promise
      signal.throwIfAborted()
      out.text('answer', piece)
    }
  } finally {
    signal.removeEventListener('abort', goOn)
    release()
  }
}
