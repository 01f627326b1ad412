import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { frame } from '../store/frames.ts'
import { hashBytes } from '../tree/hash.ts'
import { fullWidth, type TileId, tilePath, tilesOf } from '../tree/tiles.ts'
import { cutBundle } from '../verify/bundle.ts'
import { type LogSource, SourceError } from '../verify/source.ts'
import type { FileWriter } from './file-writer.ts'

/** Files asked for at a time. */
const window = 8

export interface Copying {
  files: LogSource
  target: string
  writer: FileWriter
  /** Bytes of a bundle at most. */
  limit: number
  size: number
}

/**
 * Copies the tiles and bundles of a tree that are not there yet.
 * @returns how many tiles and bundles were there already
 * @throws SourceError for one that cannot be had
 */
export async function copyTiles(
  { files, target, writer, limit, size }: Copying,
  { signal, progress }: { signal?: AbortSignal; progress?: (files: number) => void },
): Promise<number> {
  let kept = 0
  try {
    await forEachOf(tilesOf(size), async (id) => {
      signal?.throwIfAborted()
      if (await isThere(join(target, tilePath(id)))) kept += 1
      else await writer.add(tilePath(id), await fetchTile(files, id, limit))
      progress?.(writer.count + kept)
    })
  } finally {
    // Also what came before a failure: the next time goes on from there.
    await writer.flush()
  }
  return kept
}

/**
 * A tile or bundle; for a partial tile that is gone the beginning of the full one.
 * @throws SourceError when it is not there
 */
export async function fetchTile(files: LogSource, id: TileId, limit: number): Promise<Buffer> {
  const path = tilePath(id)
  const bytes = await files.get(path, id.level === 'entries' ? limit : fullWidth * hashBytes)
  if (bytes !== null) return bytes
  // The log may have grown, and the full tile be there in its place.
  const full = id.width < fullWidth ? await files.get(tilePath({ ...id, width: fullWidth }), limit) : null
  const beginning = full && (id.level === 'entries' ? firstEntries(full, id.width) : full)
  if (!beginning) throw new SourceError(path, 'it is missing')
  return id.level === 'entries' ? beginning : beginning.subarray(0, id.width * hashBytes)
}

/** The bundle of the first `width` entries of a full one; null where that is none. */
function firstEntries(bundle: Buffer, width: number): Buffer | null {
  const entries = cutBundle(bundle, fullWidth)
  if (typeof entries === 'string') return null
  return frame(entries.slice(0, width))
}

/** Several at a time, in order of their beginning; after a failure no more are begun, and it is thrown when all ended. */
async function forEachOf<T>(items: Iterable<T>, run: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const failures: unknown[] = []
  const work = async () => {
    for (let next = iterator.next(); !next.done && failures.length === 0; next = iterator.next())
      await run(next.value).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: window }, work))
  if (failures.length > 0) throw failures[0]
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => it.isFile(),
    () => false,
  )
}
