/**
 * Who waits, in turn over addresses: each address has a queue of its own, and whoever sends a thousand peers waits a
 * thousand times as long as others, not they for him. The line is bounded; when it is full the longest queue loses its
 * last.
 */
import { createRanking } from './ranking.ts'

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
  waiting: T[]
  head: number
}

export function createLine<T>(most: number): Line<T> {
  /** In the order of their turns. */
  const queues = new Map<string, Queue<T>>()
  const lengths = createRanking()
  let size = 0

  /** The last of the longest queue, which has at least two. */
  function drop(): T {
    const address = lengths.first
    lengths.less(address)
    size -= 1
    return queues.get(address)!.waiting.pop()!
  }

  return {
    get size() {
      return size
    },
    push(address, one) {
      const full = size >= most
      if (full && lengths.most <= lengths.of(address) + 1) return one
      const without = full ? drop() : null
      // A queue that is there keeps its turn.
      const queue = queues.get(address) ?? { waiting: [], head: 0 }
      queues.set(address, queue)
      queue.waiting.push(one)
      lengths.more(address)
      size += 1
      return without
    },
    shift() {
      const turn = queues.entries().next().value
      if (!turn) return null
      const [address, queue] = turn
      const one = queue.waiting[queue.head]!
      queue.head += 1
      lengths.less(address)
      size -= 1
      queues.delete(address)
      if (queue.head < queue.waiting.length) queues.set(address, queue)
      if (queue.head > 1024 && queue.head * 2 > queue.waiting.length) {
        queue.waiting = queue.waiting.slice(queue.head)
        queue.head = 0
      }
      return one
    },
    clear() {
      const all = [...queues.values()].flatMap(({ waiting, head }) => waiting.slice(head))
      queues.clear()
      lengths.clear()
      size = 0
      return all
    },
  }
}
