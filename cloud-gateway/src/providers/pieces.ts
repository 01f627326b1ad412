/** An answer that is there as a whole, handed over in pieces as a model would write it. */
import { setImmediate as turn } from 'node:timers/promises'
import type { ModelSink } from './provider.ts'

/** Resolves when all pieces are with the sink; while paused it waits. Rejects with the signal's reason. */
export async function writePieces(
  pieces: readonly string[],
  out: ModelSink,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  let paused: PromiseWithResolvers<void> | null = null
  let at = 0
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
    get waitingBytes() {
      let bytes = 0
      for (let left = at; left < pieces.length; left++) bytes += Buffer.byteLength(pieces[left]!)
      return bytes
    },
  })
  try {
    while (at < pieces.length) {
      // A turn for the others after each piece: an answer of thousands must not hold up their tokens.
      await turn()
      while (paused && !signal.aborted) await (paused as PromiseWithResolvers<void>).promise
      signal.throwIfAborted()
      out.text('answer', pieces[at++]!)
    }
  } finally {
    signal.removeEventListener('abort', goOn)
    release()
  }
}
