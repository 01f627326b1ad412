import { join } from 'node:path'
import type { Random } from '../clock.ts'
import type { Disk } from '../disk/disk.ts'
import { replaceDurably } from '../disk/durable.ts'

/**
 * A random id that the data folder and the folder which is never backed up both hold: when they differ, one of them
 * is of another time. The local one is written first, so that data never has an id that local has not had.
 */
export interface Instance {
  data: string | null
  local: string | null
}

export async function readInstance(disk: Disk, data: string, local: string): Promise<Instance> {
  return { data: await readId(disk, data), local: await readId(disk, local) }
}

/**
 * Gives both folders the same fresh id: at the end of a restore, and whenever a log that was held goes on. A backup of
 * the time before has another id from then on.
 */
export async function renewInstance(disk: Disk, random: Random, data: string, local: string): Promise<void> {
  await writeInstance(disk, data, local, random(16).toString('hex'))
}

/** The first start: both folders get an id, the one that local has if an earlier first start got no further. */
export async function beginInstance(
  disk: Disk,
  random: Random,
  { data, local }: { data: string; local: string },
  known: Instance,
): Promise<void> {
  await writeInstance(disk, data, local, known.local ?? random(16).toString('hex'))
}

async function writeInstance(disk: Disk, data: string, local: string, id: string): Promise<void> {
  await replaceDurably(disk, join(local, 'instance'), `${id}\n`)
  await replaceDurably(disk, join(data, 'instance'), `${id}\n`)
}

async function readId(disk: Disk, folder: string): Promise<string | null> {
  const path = join(folder, 'instance')
  const bytes = await disk.read(path, 256)
  if (bytes === null) return null
  const id = bytes.toString().trimEnd()
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Error(`${path} is damaged`)
  return id
}

/** What a start finds of the log that is written to, and of its box. */
export interface Findings {
  instance: Instance
  /** Whether it has a key of its own: from then on an id was in both folders. */
  hasKey: boolean
  publishedSize: number | null
  size: number
  /** It is held or closed: what its marker says was known before, and has been acted on. */
  isShut: boolean
  /** What the log that is written to signed last, as local remembers it. */
  marker: { size: number } | null
  /** Whether the log holds the very checkpoint of the marker. */
  holdsMarker: boolean
  /** Whether a later log of this box has signed, of which the data know nothing. */
  hasLaterLog: boolean
}

/** Why this start is not one on the data of the last stop; null when it is. */
export function restoreReason(found: Findings): string | null {
  const { instance, marker } = found
  if (instance.local === null && (instance.data !== null || found.hasKey || found.publishedSize !== null))
    return 'what is kept beside the data folder is gone: the data may have been restored from a backup'
  if (instance.data === null && (found.hasKey || found.publishedSize !== null))
    return 'the data folder has lost its instance id: it may be of another time'
  if (instance.data !== null && instance.data !== instance.local)
    return 'the data folder is of another instance of this box: it has been restored or copied'
  if (found.isShut) return null
  if (marker && marker.size > found.size)
    return `a checkpoint of ${marker.size} entries was signed, and the log holds ${found.size}: it has been restored from a backup`
  if (marker && !found.holdsMarker) return 'the log is another than the one whose checkpoint was signed last'
  if (!marker && found.publishedSize !== null)
    return 'the marker of the last signed checkpoint is gone: the data may have been restored from a backup'
  if (found.hasLaterLog)
    return 'checkpoints of a later log of this box were signed: the data has been restored from a backup'
  return null
}
