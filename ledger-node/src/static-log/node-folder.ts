import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileDisk } from '../disk/file-disk.ts'
import { readMirrorState } from '../peers/mirror-state.ts'
import { hashBytes } from '../tree/hash.ts'
import { fullWidth, parseTilePath, type TileId } from '../tree/tiles.ts'
import { type LogSource, SourceError } from '../verify/source.ts'

/**
 * The files of a log as a node keeps them (SPEC.md, section Files), read only, also while the node runs: what a
 * published checkpoint covers does not change any more. Hashes lie one after another by level; entries lie framed one
 * after another, and where a bundle begins is found by reading on from the last one that was asked for.
 */
export interface NodeFolder extends LogSource, AsyncDisposable {}

/** Read at a time: a bundle of ours has some 75 KB. */
const readAhead = 1 << 17
const lengthBytes = 2

/** Whether a folder is one that a node keeps a log in. */
export async function isNodeFolder(folder: string): Promise<boolean> {
  const isThere = (name: string) =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    )
  return (await isThere('entries')) && !(await isThere('tile'))
}

export function openNodeFolder(folder: string): NodeFolder {
  const files = new Map<string, Promise<FileHandle>>()
  const bundles = new BundlePlaces()
  const file = (name: string) => {
    const known = files.get(name) ?? openFile(join(folder, name))
    files.set(name, known)
    return known
  }

  async function hashes(id: TileId & { level: number }): Promise<Buffer | null> {
    const from = id.index * fullWidth * hashBytes
    const bytes = await readAt(await file(`hashes-${id.level}`), from, id.width * hashBytes)
    return bytes.length === id.width * hashBytes ? bytes : null
  }

  async function entries({ index, width }: TileId): Promise<Buffer | null> {
    const handle = await file('entries')
    const from = await bundles.find(handle, index)
    return from === null ? null : readEntries(handle, from, width)
  }

  return {
    parallel: 1,
    async get(path, limit) {
      try {
        const id = parseTilePath(path)
        if (id === null) return await small(folder, path, limit)
        return await (id.level === 'entries' ? entries(id) : hashes({ ...id, level: id.level }))
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw new SourceError(path, `the node's files cannot be read (${String(cause)})`, { cause })
      }
    },
    async [Symbol.asyncDispose]() {
      for (const handle of files.values()) await handle.then((it) => it.close()).catch(() => {})
    },
  }
}

/** Without waiting: a folder from elsewhere may hold a pipe that nobody writes to. */
async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Error(`${path} is no file`)
}

async function small(folder: string, path: string, limit: number): Promise<Buffer | null> {
  if (path !== 'checkpoint') return null
  return (await fileDisk.read(join(folder, path), limit)) ?? (await verifiedOf(folder))
}

/** Of a copy of a peer's log: the newest checkpoint whose tree is held whole. */
async function verifiedOf(folder: string): Promise<Buffer | null> {
  const { verified } = await readMirrorState(fileDisk, join(folder, 'state.json'))
  return verified === null ? null : Buffer.from(verified)
}

/** Byte offsets of the bundles found so far, 8 bytes each. */
class BundlePlaces {
  readonly #starts: number[] = [0]
  #line: Promise<unknown> = Promise.resolve()

  /** Where a bundle begins; null where the file ends before it. */
  find(handle: FileHandle, index: number): Promise<number | null> {
    const mine = this.#line.then(() => this.#find(handle, index))
    this.#line = mine.catch(() => {})
    return mine
  }

  async #find(handle: FileHandle, index: number): Promise<number | null> {
    while (this.#starts.length <= index) {
      const last = this.#starts.at(-1)!
      const bundle = await readEntries(handle, last, fullWidth)
      if (bundle === null) return null
      this.#starts.push(last + bundle.length)
    }
    return this.#starts[index]!
  }
}

/** So many framed entries from a byte on; null where there are fewer. */
async function readEntries(handle: FileHandle, from: number, count: number): Promise<Buffer | null> {
  for (let room = readAhead; ; room *= 4) {
    const bytes = await readAt(handle, from, room)
    const end = endOf(bytes, count)
    if (end !== null) return bytes.subarray(0, end)
    if (bytes.length < room) return null
  }
}

/** How many bytes `count` framed entries take; null where there are fewer. */
function endOf(bytes: Buffer, count: number): number | null {
  let at = 0
  for (let index = 0; index < count; index += 1) {
    if (at + lengthBytes > bytes.length) return null
    at += lengthBytes + bytes.readUInt16BE(at)
  }
  return at <= bytes.length ? at : null
}

async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, from + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}
