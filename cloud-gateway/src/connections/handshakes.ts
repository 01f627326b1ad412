/**
 * Bounds how many connections are between their upgrade and their welcome. Who comes when all places are taken waits
 * in a line, in order; the line is bounded as well.
 */
export interface Handshakes {
  /** In progress, and waiting. */
  readonly active: number
  readonly waiting: number
  /** Calls `enter` at once or when there is a place; false when the line is full. */
  join(enter: Entry): boolean
  /** A place is free again. */
  leave(): void
  /** Turns everybody in the line away. */
  dismiss(): void
}

export interface Entry {
  /** Takes the place; false when nobody is there any more. */
  enter(): boolean
  turnedAway(): void
}

export function createHandshakes(bounds: { handshakes: number; waitingLine: number }): Handshakes {
  let line: Entry[] = []
  let head = 0
  let active = 0

  function fill(): void {
    while (active < bounds.handshakes && head < line.length) {
      const entry = line[head]!
      head += 1
      active += 1
      if (!entry.enter()) active -= 1
    }
    if (head > 1024 && head * 2 > line.length) {
      line = line.slice(head)
      head = 0
    }
    if (head === line.length) {
      line = []
      head = 0
    }
  }

  return {
    get active() {
      return active
    },
    get waiting() {
      return line.length - head
    },
    join(entry) {
      if (line.length - head >= bounds.waitingLine) return false
      line.push(entry)
      fill()
      return true
    },
    leave() {
      active -= 1
      fill()
    },
    dismiss() {
      const all = line.slice(head)
      line = []
      head = 0
      for (const { turnedAway } of all) turnedAway()
    },
  }
}
