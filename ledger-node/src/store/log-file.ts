import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/**
 * What the log asks of a disk: one append-only file. Nothing written counts before `sync` has returned.
 * A test puts a failing disk in its place.
 */
export interface LogFile {
  /** Bytes in the file at present. */
  size(): Promise<number>
  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Opens, and makes where it is missing, the file at `path`. */
export async function openLogFile(path: string): Promise<LogFile> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  return {
    size: async () => (await file.stat()).size,
    read: (into, position) => readFully(file, into, position),
    write: (bytes, position) => writeFully(file, bytes, position),
    truncate: (size) => file.truncate(size),
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
