import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { TanboxError } from '../errors.ts'
import type { FileType } from '../model.ts'
import type { Blobs, HeldBlob } from '../store/blobs.ts'
import { isInside, pathIn } from './listing.ts'

/** A file of the drop folder whose bytes now lie among the blobs. */
export interface Taken {
  blob: HeldBlob
  type: FileType
  modifiedAt: string
}

/**
 * Copies a file of the drop folder into the blobs, hashing on the way.
 * @throws TanboxError `file-type-unknown`, `file-too-large`, `file-unreadable`, `file-outside`; `file-changing` and
 * `file-away`, which may pass; errors of writing the copy as they come
 */
export type Take = (key: string, name: string, signal: AbortSignal) => Promise<Taken>

const attempts = 3
const headBytes = 64 * 1024
const chunkBytes = 256 * 1024

export function createTake(
  folder: string,
  house: {
    blobs: Pick<Blobs, 'put'>
    fileTypeOf: (name: string, head: Uint8Array) => FileType | null
    maxFileBytes: number
  },
): Take {
  const { blobs, fileTypeOf, maxFileBytes } = house

  async function takeOnce(key: string, name: string, signal: AbortSignal): Promise<Taken | null> {
    await using file = await reading(() => openInside(folder, key))
    const before = await reading(() => file.stat({ bigint: true }))
    if (!before.isFile()) throw new TanboxError('file-unreadable', 'EISDIR')
    if (before.size > BigInt(maxFileBytes)) throw tooLarge(maxFileBytes)
    const type = fileTypeOf(name, await reading(() => head(file)))
    if (type === null) throw new TanboxError('file-type-unknown')
    const blob = await blobs.put(bytesOf(file, maxFileBytes), Number.MAX_SAFE_INTEGER, signal)
    const after = await reading(() => file.stat({ bigint: true }))
    const same =
      after.size === before.size && after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs
    if (same && blob.bytes === Number(after.size))
      return { blob, type, modifiedAt: new Date(Number(after.mtimeMs)).toISOString() }
    blob[Symbol.dispose]()
    return null
  }

  return async (key, name, signal) => {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const taken = await takeOnce(key, name, signal)
      if (taken) return taken
    }
    throw new TanboxError('file-changing')
  }
}

/**
 * Opens a file below the folder, whatever links were put in its way meanwhile: what was opened is asked for its
 * own place. O_NONBLOCK keeps a named pipe from waiting for its other end.
 */
async function openInside(folder: string, key: string): Promise<FileHandle> {
  const top = await realpath(Buffer.from(folder), { encoding: 'buffer' })
  const path = await realpath(pathIn(top, key), { encoding: 'buffer' })
  if (!isInside(top, path)) throw new TanboxError('file-outside')
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  const opened = await readlink(`/proc/self/fd/${file.fd}`, { encoding: 'buffer' }).catch(() => path)
  if (isInside(top, opened)) return file
  await file.close()
  throw new TanboxError('file-outside')
}

async function head(file: FileHandle): Promise<Uint8Array> {
  const buffer = Buffer.alloc(headBytes)
  const { bytesRead } = await file.read(buffer, 0, headBytes, 0)
  return buffer.subarray(0, bytesRead)
}

async function* bytesOf(file: FileHandle, limit: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  for (let at = 0; ; ) {
    const { bytesRead } = await reading(() => file.read(buffer, 0, chunkBytes, at))
    if (bytesRead === 0) return
    at += bytesRead
    if (at > limit) throw tooLarge(limit)
    yield buffer.subarray(0, bytesRead)
  }
}

function tooLarge(limit: number): TanboxError {
  return new TanboxError('file-too-large', `${Math.floor(limit / 1024 / 1024)} MB`)
}

/** What may not be read is a failure to show; everything else may come from a folder that is about to go. */
async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof TanboxError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    const lasting = ['EACCES', 'EPERM', 'ELOOP', 'ENXIO'].includes(code)
    throw new TanboxError(lasting ? 'file-unreadable' : 'file-away', code, { cause })
  }
}
