/**
 * Bounds how many connections are between their upgrade and their welcome. Who comes when all places are taken waits
 * in a line, in turn over addresses; the line is bounded as well.
 */
import { createLine } from './line.ts'

export interface Handshakes {
  /** In progress, and waiting. */
  readonly active: number
  readonly waiting: number
  /** Calls `enter` at once or when there is a place. When the line is full, `turnedAway` of this one or another. */
  join(entry: Entry): void
  /** A place is free again. */
  leave(): void
  /** Turns everybody in the line away. */
  dismiss(): void
}

export interface Entry {
  /** Whose turn it is goes by this (accounts/client-address.ts). */
  address: string
  /** Takes the place; false when nobody is there any more. */
  enter(): boolean
  turnedAway(): void
}

export function createHandshakes(bounds: { handshakes: number; waitingLine: number }): Handshakes {
  const line = createLine<Entry>(bounds.waitingLine)
  let active = 0

  /** False: nobody is there any more, and the place is free. */
  function admit(entry: Entry): boolean {
    active += 1
    if (entry.enter()) return true
    active -= 1
    return false
  }

  function fill(): void {
    while (active < bounds.handshakes) {
      const next = line.shift()
      if (!next) return
      admit(next)
    }
  }

  return {
    get active() {
      return active
    },
    get waiting() {
      return line.size
    },
    join(entry) {
      if (active < bounds.handshakes && line.size === 0) admit(entry)
      else line.push(entry.address, entry)?.turnedAway()
    },
    leave() {
      active -= 1
      fill()
    },
    dismiss() {
      for (const { turnedAway } of line.clear()) turnedAway()
    },
  }
}
