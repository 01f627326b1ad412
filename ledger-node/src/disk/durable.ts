import { dirname } from 'node:path'
import type { Disk } from './disk.ts'

/** Replaces a small file so that after a crash it holds either the old or the new bytes, and never less. */
export async function replaceDurably(disk: Disk, path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const file = await disk.open(temporary)
  try {
    await file.truncate(0)
    await file.write(content, 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncFolder(dirname(path))
}

/** Takes a file away so that it does not come back after a crash. */
export async function removeDurably(disk: Disk, path: string): Promise<void> {
  await disk.remove(path)
  await disk.syncFolder(dirname(path))
}

/** Makes a folder and those above it, durably up to the root of the disk. */
export async function makeFoldersDurably(disk: Disk, path: string): Promise<void> {
  await disk.makeFolder(path)
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    try {
      await disk.syncFolder(dirname(at))
    } catch (error) {
      // A folder that may not be opened was not made here: it is there for good.
      if (!isForbidden(error)) throw error
    }
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
}

/**
 * Makes a folder inside one that is there, durably. Where it was there before, the names in it are durable afterwards:
 * a process that was killed between a rename and its sync has left one that the next process reads, and that a power
 * cut would still take back.
 */
export async function makeFolderDurably(disk: Disk, path: string): Promise<void> {
  await disk.makeFolder(path)
  await disk.syncFolder(dirname(path))
  await disk.syncFolder(path)
}
