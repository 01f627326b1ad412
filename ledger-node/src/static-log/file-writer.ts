import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from '../disk/make-folders.ts'
import { syncFolder } from './sync-folder.ts'

/** Files waiting for the disk at a time: syncs that wait together share the work of the disk. */
const atOnce = 32

/**
 * Writes many files below a folder, readable by everybody, so that after a crash each is whole or not there under its
 * name.
 */
export class FileWriter {
  readonly #folder: string
  readonly #waiting: { path: string; bytes: Uint8Array }[] = []
  /** Files added so far. */
  count = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @param path below the folder */
  async add(path: string, bytes: Uint8Array): Promise<void> {
    this.#waiting.push({ path, bytes })
    this.count += 1
    if (this.#waiting.length === atOnce) await this.flush()
  }

  /** All files added so far are durable, names and bytes. */
  async flush(): Promise<void> {
    const files = this.#waiting.splice(0)
    await Promise.all(files.map(({ path, bytes }) => this.#write(join(this.#folder, path), bytes)))
    const folders = new Set(files.map(({ path }) => dirname(join(this.#folder, path))))
    await Promise.all([...folders].map(syncFolder))
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const made = await makeFolders(dirname(path))
    const file = await open(`${path}.new`, 'w', 0o644)
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    if (made !== undefined)
      for (let folder = dirname(path); ; folder = dirname(folder)) {
        await syncFolder(folder)
        if (folder.length < made.length) break
      }
  }
}
