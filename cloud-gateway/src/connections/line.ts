/**
 * Who waits, in turn over addresses: each address has a queue of its own, and whoever sends a thousand peers waits a
 * thousand times as long as others, not they for him. The line is bounded; when it is full the longest queue loses its
 * last. Every step takes constant time, however many addresses there are.
 */
export interface Line<T> {
  readonly size: number
  /** Returns whoever has no room in the line: another, the newcomer itself, or nobody. */
  push(address: string, one: T): T | null
  /** Whose turn it is. */
  shift(): T | null
  /** Empties the line. */
  clear(): T[]
}

interface Queue<T> {
  address: string
  waiting: T[]
  head: number
}

export function createLine<T>(most: number): Line<T> {
  /** In the order of their turns. */
  const queues = new Map<string, Queue<T>>()
  /** Queues by how many wait in them. */
  const byLength = new Map<number, Set<Queue<T>>>()
  let longest = 0
  let size = 0

  /** `change` is 1 or -1. */
  function resized(queue: Queue<T>, change: number): void {
    const length = lengthOf(queue)
    byLength.get(length - change)?.delete(queue)
    size += change
    if (length === 0) queues.delete(queue.address)
    else {
      const others = byLength.get(length) ?? new Set()
      byLength.set(length, others.add(queue))
    }
    longest = Math.max(longest, length)
    while (longest > 0 && !byLength.get(longest)?.size) byLength.delete(longest--)
  }

  return {
    get size() {
      return size
    },
    push(address, one) {
      const queue = queues.get(address) ?? { address, waiting: [], head: 0 }
      if (size >= most && longest <= lengthOf(queue) + 1) return one
      // A queue that is there keeps its turn.
      queues.set(address, queue)
      let without: T | null = null
      if (size >= most) {
        const [from] = byLength.get(longest)!
        without = from!.waiting.pop()!
        resized(from!, -1)
      }
      queue.waiting.push(one)
      resized(queue, 1)
      return without
    },
    shift() {
      const queue = queues.values().next().value
      if (!queue) return null
      const one = queue.waiting[queue.head]!
      queue.head += 1
      // Behind all others; a queue that is empty now is forgotten.
      queues.delete(queue.address)
      queues.set(queue.address, queue)
      resized(queue, -1)
      if (queue.head > 1024 && queue.head * 2 > queue.waiting.length) {
        queue.waiting = queue.waiting.slice(queue.head)
        queue.head = 0
      }
      return one
    },
    clear() {
      const all = [...queues.values()].flatMap(({ waiting, head }) => waiting.slice(head))
      queues.clear()
      byLength.clear()
      longest = 0
      size = 0
      return all
    },
  }
}

const lengthOf = ({ waiting, head }: Queue<unknown>) => waiting.length - head
