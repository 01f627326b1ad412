/**
 * Events from one writer to at most one reader. The writer never waits; events that nobody has read yet are kept,
 * and once the reader has left they are dropped.
 */
export interface Channel<T> {
  send(event: T): void
  close(): void
  readonly events: AsyncIterable<T>
}

export function createChannel<T>(): Channel<T> {
  let waiting: T[] = []
  let closed = false
  let left = false
  let wake: (() => void) | null = null

  const rouse = () => {
    wake?.()
    wake = null
  }

  async function* read(): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        const batch = waiting
        waiting = []
        yield* batch
        if (waiting.length > 0) continue
        if (closed) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      left = true
      waiting = []
    }
  }

  return {
    send(event) {
      if (left || closed) return
      waiting.push(event)
      rouse()
    },
    close() {
      closed = true
      rouse()
    },
    events: read(),
  }
}
