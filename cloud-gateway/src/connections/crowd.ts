/**
 * Peers that have not done anything for us yet, by address. There is room for so many; beyond that the address that
 * has most of them loses its oldest, so that a crowd drives out itself and nobody else.
 */
import { createRanking } from './ranking.ts'

export interface Crowd<T> {
  readonly size: number
  /** Returns who has to go for it, if anybody; that one is not in the crowd any more. */
  add(address: string, one: T): T | null
  delete(address: string, one: T): void
  /** Empties it. */
  clear(): T[]
}

export function createCrowd<T>(most: number): Crowd<T> {
  const members = new Map<string, Set<T>>()
  const counts = createRanking()
  let size = 0

  function remove(address: string, one: T): void {
    const others = members.get(address)
    if (!others?.delete(one)) return
    if (others.size === 0) members.delete(address)
    counts.less(address)
    size -= 1
  }

  return {
    get size() {
      return size
    },
    add(address, one) {
      members.set(address, (members.get(address) ?? new Set()).add(one))
      counts.more(address)
      size += 1
      if (size <= most) return null
      const [oldest] = members.get(counts.first)!
      remove(counts.first, oldest!)
      return oldest!
    },
    delete: remove,
    clear() {
      const all = [...members.values()].flatMap((others) => [...others])
      members.clear()
      counts.clear()
      size = 0
      return all
    },
  }
}
