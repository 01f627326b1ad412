import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { lockFile } from '../store/lock.ts'
import type { Disk, DiskFile } from './disk.ts'
import { makeFolders } from './make-folders.ts'

/** The machine's disk. Files are for their owner alone. */
export const fileDisk: Disk = {
  async open(path) {
    return driveFile(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600))
  },
  async read(path, limit) {
    // Without waiting: somebody may have put a pipe in its place.
    const file = await orNull(open(path, constants.O_RDONLY | constants.O_NONBLOCK))
    if (!file) return null
    try {
      const about = await file.stat()
      if (!about.isFile()) throw new Error(`${path} is no file`)
      const { size } = about
      if (size > limit) throw new Error(`${path} is larger than ${limit} bytes`)
      const bytes = Buffer.alloc(size)
      return bytes.subarray(0, await readFully(file, bytes, 0))
    } finally {
      await file.close()
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  async list(path) {
    const names = (await orNull(readdir(path))) ?? []
    return names.sort()
  },
  async makeFolder(path) {
    await makeFolders(path, 0o700)
  },
  async syncFolder(path) {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
  lock: lockFile,
}

function driveFile(file: FileHandle): DiskFile {
  return {
    size: async () => (await file.stat()).size,
    read: (into, position) => readFully(file, into, position),
    write: (bytes, position) => writeFully(file, bytes, position),
    truncate: (size) => file.truncate(size),
    // fdatasync: bytes, and the length where it changed. Times of the file may stay behind.
    sync: () => file.datasync(),
    close: () => file.close(),
  }
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Null where there is nothing of that name. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
