/**
 * Finds half-open connections, with one timer for all of them. Each is looked at twice per ping interval; whatever has
 * arrived since the last look is a sign of life. After `misses` intervals without one it is dead: with a ping every
 * 20 s and two misses between 40 and 50 s after the last byte.
 */
export interface Beating {
  /** Bytes received so far. */
  readonly bytesRead: number
  ping(): void
  dead(): void
}

export interface HeartbeatWheel {
  add(one: Beating): void
  remove(one: Beating): void
  close(): void
}

interface Pulse {
  bytes: number
  /** Looks in a row that found nothing new. */
  quiet: number
  /** Whether the next look pings. */
  pings: boolean
}

const slots = 20

export function createHeartbeatWheel({
  everyMs,
  misses,
}: {
  everyMs: number
  misses: number
}): HeartbeatWheel {
  const wheel: Map<Beating, Pulse>[] = Array.from({ length: slots }, () => new Map())
  let at = 0
  let next = 0

  function look(one: Beating, pulse: Pulse): void {
    const bytes = one.bytesRead
    pulse.quiet = bytes === pulse.bytes ? pulse.quiet + 1 : 0
    pulse.bytes = bytes
    if (pulse.quiet >= misses * 2) one.dead()
    else if (pulse.pings) one.ping()
    pulse.pings = !pulse.pings
  }

  const timer = setInterval(
    () => {
      at = (at + 1) % slots
      for (const [one, pulse] of wheel[at]!) look(one, pulse)
    },
    Math.max(1, everyMs / 2 / slots),
  )
  timer.unref()

  return {
    add(one) {
      // Spread over the wheel, whenever they came.
      next = (next + 1) % slots
      // Having come is the first sign of life, however soon the first look is.
      wheel[next]!.set(one, { bytes: -1, quiet: 0, pings: true })
    },
    remove(one) {
      for (const slot of wheel) if (slot.delete(one)) return
    },
    close() {
      clearInterval(timer)
    },
  }
}
