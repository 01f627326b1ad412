import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { removeDurably } from '../disk/durable.ts'
import { readOrigin, splitOrigin } from './about.ts'

/** A log that has begun: generation 1 lies in the data folder itself, later ones in `generations/<number>`. */
export interface Generation {
  number: number
  folder: string
  origin: string
}

export function folderOf(data: string, generation: number): string {
  return generation === 1 ? data : join(data, 'generations', String(generation))
}

/** All that have begun, ascending. @throws Error for a folder that holds the log of another box or generation */
export async function readGenerations(disk: Disk, data: string, first: string): Promise<Generation[]> {
  const { host, box } = splitOrigin(first)
  const generations: Generation[] = [{ number: 1, folder: data, origin: first }]
  for (const number of await numbersIn(disk, data)) {
    const folder = folderOf(data, number)
    const origin = await readOrigin(disk, folder)
    if (origin === null) continue
    if (origin !== originOf(host, box, number)) throw new Error(`${folder} holds another log: ${origin}`)
    generations.push({ number, folder, origin })
  }
  return generations
}

export const originOf = (host: string, box: string, generation: number) => `${host}/${box}/${generation}`

/** The log id after `current` that has a key and has not begun; null where none is prepared. */
export async function preparedAfter(disk: Disk, data: string, current: number): Promise<number | null> {
  for (const number of await numbersIn(disk, data)) {
    if (number <= current) continue
    const names = await disk.list(join(folderOf(data, number), 'keys'))
    if (names.includes('log.key')) return number
  }
  return null
}

/** Takes prepared keys away: after a restore nobody knows what they signed. */
export async function dropPrepared(disk: Disk, data: string, current: number): Promise<void> {
  for (;;) {
    const prepared = await preparedAfter(disk, data, current)
    if (prepared === null) return
    await removeDurably(disk, join(folderOf(data, prepared), 'keys', 'log.key'))
  }
}

async function numbersIn(disk: Disk, data: string): Promise<number[]> {
  const names = await disk.list(join(data, 'generations'))
  return names
    .filter((name) => /^[1-9]\d{0,8}$/.test(name) && name !== '1')
    .map(Number)
    .sort((a, b) => a - b)
}
