/**
 * What the node asks of a disk. Nothing that was written, made, renamed or removed counts before the sync that
 * covers it has returned: bytes of a file by `DiskFile.sync`, names in a folder by `syncFolder` of that folder.
 * Before that a power cut may keep any part of it, in any order. Paths are absolute, parted by `/`.
 */
export interface DiskFile {
  /** Bytes in the file at present. */
  size(): Promise<number>
  /** Fills `into` from byte `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes` at byte `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** Opens a file to read and write; makes it (0600) where there is none. */
  open(path: string): Promise<DiskFile>
  /**
   * All bytes of a small file; null where there is none.
   * @throws Error when it holds more than `limit` bytes
   */
  read(path: string, limit: number): Promise<Buffer | null>
  /** Puts `from` in the place of `to`. */
  rename(from: string, to: string): Promise<void>
  /** Takes a file away; nothing happens where there is none. */
  remove(path: string): Promise<void>
  /** Names in a folder, sorted by UTF-16 code units; empty where there is no such folder. */
  list(path: string): Promise<string[]>
  /** Makes a folder (0700) and those above it. */
  makeFolder(path: string): Promise<void>
  syncFolder(path: string): Promise<void>
  /**
   * Takes the lock that the file at `path` stands for; it ends with the process however that ends.
   * @throws LockHeld at once
   */
  lock(path: string): Disposable
}
