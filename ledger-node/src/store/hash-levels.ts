import { join } from 'node:path'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { hashBytes } from '../tree/hash.ts'
import { fullWidth } from '../tree/tiles.ts'

/** Hashes of a tree of this size at a level of tiles; level 0 are the leaves. */
export const hashesAt = (level: number, size: number) => Math.floor(size / fullWidth ** level)

/**
 * The hashes that the tiles spell out: file `hashes-<level>` holds those of tile level `level` one after another,
 * so that tile n is the 8,192 bytes from n * 8,192. All of it follows from the entries.
 */
export class HashLevels {
  readonly #disk: Disk
  readonly #folder: string
  readonly #files = new Map<number, Promise<DiskFile>>()

  constructor(disk: Disk, folder: string) {
    this.#disk = disk
    this.#folder = folder
  }

  /** Writes what a tree of `size` leaves gained: `added[level]` are the hashes that follow at that level. */
  async write(size: number, added: readonly (readonly Buffer[])[]): Promise<void> {
    for (const [level, hashes] of added.entries()) {
      if (hashes.length === 0) continue
      const file = await this.#file(level)
      await file.write(Buffer.concat(hashes), hashesAt(level, size) * hashBytes)
    }
  }

  /** The same where most of it is on the disk already: only what differs is written. */
  async rewrite(size: number, added: readonly (readonly Buffer[])[]): Promise<void> {
    for (const [level, hashes] of added.entries()) {
      const bytes = Buffer.concat(hashes)
      const held = await this.#read(level, hashesAt(level, size), hashes.length)
      if (held.equals(bytes)) continue
      const file = await this.#file(level)
      await file.write(bytes, hashesAt(level, size) * hashBytes)
    }
  }

  /**
   * Hashes [from, from + count) of a level.
   * @throws Error when they are not there
   */
  async read(level: number, from: number, count: number): Promise<Buffer> {
    const bytes = await this.#read(level, from, count)
    if (bytes.length < count * hashBytes) throw new Error(`${this.#path(level)} has become shorter`)
    return bytes
  }

  /**
   * Cuts every level to what a tree of `size` leaves has.
   * @returns whether all of that is there
   */
  async cut(size: number): Promise<boolean> {
    let complete = true
    const names = new Set(await this.#disk.list(this.#folder))
    for (let level = 0; names.has(nameOf(level)) || hashesAt(level, size) > 0; level += 1) {
      const wanted = hashesAt(level, size) * hashBytes
      const file = await this.#file(level)
      const held = await file.size()
      if (held > wanted) await file.truncate(wanted)
      if (held < wanted) complete = false
    }
    return complete
  }

  async sync(): Promise<void> {
    for (const file of this.#files.values()) await (await file).sync()
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await (await file).close()
    this.#files.clear()
  }

  async #read(level: number, from: number, count: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(count * hashBytes)
    const file = await this.#file(level)
    return bytes.subarray(0, await file.read(bytes, from * hashBytes))
  }

  /** Opened when it is first asked for; a failure is not kept. */
  #file(level: number): Promise<DiskFile> {
    const known = this.#files.get(level)
    if (known) return known
    const opening = this.#disk.open(this.#path(level))
    this.#files.set(level, opening)
    opening.catch(() => this.#files.delete(level))
    return opening
  }

  #path(level: number): string {
    return join(this.#folder, nameOf(level))
  }
}

const nameOf = (level: number) => `hashes-${level}`
