import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TanboxError } from '../errors.ts'

/** Bytes that lie durably in the folder and stay there until disposed of: by then a row must keep them. */
export interface HeldBlob extends Disposable {
  sha256: string
  bytes: number
}

/** Originals by the SHA-256 of their bytes, in `<folder>/<first two>/<sha256>`. Written once, never changed. */
export interface Blobs {
  path(sha256: string): string
  /**
   * Copies bytes, hashing on the way; resolves when they would survive a power cut.
   * @throws TanboxError `too-large` beyond `limit` bytes; errors of the stream and of the disk as they come
   */
  put(bytes: AsyncIterable<Uint8Array>, limit: number, signal?: AbortSignal): Promise<HeldBlob>
  /** To be called after the row is gone. Does nothing while someone holds the same bytes. */
  remove(sha256: string): Promise<void>
  /** At start, before anything is put: removes unfinished copies and what no row keeps. Returns what is missing. */
  sweep(kept: ReadonlySet<string>): Promise<{ removed: number; missing: string[] }>
}

export function createBlobs(folder: string): Blobs {
  const unfinished = join(folder, 'tmp')
  mkdirSync(unfinished, { recursive: true })
  /** How many hold a blob; nothing else keeps it between its copy and the row that names it. */
  const holds = new Map<string, number>()

  const path = (sha256: string) => join(folder, sha256.slice(0, 2), sha256)

  function hold(sha256: string, bytes: number): HeldBlob {
    holds.set(sha256, (holds.get(sha256) ?? 0) + 1)
    let held = true
    return {
      sha256,
      bytes,
      [Symbol.dispose]() {
        if (!held) return
        held = false
        const others = (holds.get(sha256) ?? 1) - 1
        if (others === 0) holds.delete(sha256)
        else holds.set(sha256, others)
      },
    }
  }

  return {
    path,

    async put(bytes, limit, signal) {
      const copy = join(unfinished, randomUUID())
      try {
        const { sha256, size } = await copyTo(copy, bytes, limit, signal)
        const blob = hold(sha256, size)
        try {
          await settle(copy, path(sha256))
          return blob
        } catch (cause) {
          blob[Symbol.dispose]()
          throw cause
        }
      } catch (cause) {
        await rm(copy, { force: true })
        throw cause
      }
    },

    async remove(sha256) {
      if (holds.has(sha256)) return
      // Moved out of the way at once, so that the name is free for a copy that arrives while it is being deleted.
      const doomed = join(unfinished, randomUUID())
      try {
        renameSync(path(sha256), doomed)
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return
        throw cause
      }
      await rm(doomed, { force: true })
    },

    async sweep(kept) {
      for (const name of await readdir(unfinished)) await rm(join(unfinished, name), { force: true })
      const found = new Set<string>()
      let removed = 0
      for (const prefix of await readdir(folder, { withFileTypes: true })) {
        if (!prefix.isDirectory() || !/^[0-9a-f]{2}$/.test(prefix.name)) continue
        for (const name of await readdir(join(folder, prefix.name))) {
          if (kept.has(name)) found.add(name)
          else {
            await rm(join(folder, prefix.name, name), { force: true })
            removed += 1
          }
        }
      }
      return { removed, missing: [...kept].filter((sha256) => !found.has(sha256)) }
    },
  }
}

async function copyTo(path: string, bytes: AsyncIterable<Uint8Array>, limit: number, signal?: AbortSignal) {
  const hash = createHash('sha256')
  let size = 0
  await using file = await open(path, 'wx', 0o600)
  for await (const chunk of bytes) {
    signal?.throwIfAborted()
    size += chunk.byteLength
    if (size > limit) throw new TanboxError('too-large', `${Math.floor(limit / 1024 / 1024)} MB`)
    hash.update(chunk)
    await writeAll(file, chunk)
  }
  await file.sync()
  return { sha256: hash.digest('hex'), size }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, done)
    done += bytesWritten
  }
}

/** Gives the copy its name and makes the name durable. Bytes of the same name are the same bytes. */
async function settle(copy: string, path: string): Promise<void> {
  const folder = dirname(path)
  const made = await mkdir(folder, { recursive: true })
  await rename(copy, path)
  await syncFolder(folder)
  if (made !== undefined) await syncFolder(dirname(folder))
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
