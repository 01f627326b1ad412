import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { bytesOf, isIgnored, keyOf } from './names.ts'

/** A regular file below the drop folder. Keys are paths inside it, see `names.ts`. */
export interface SeenFile {
  key: string
  size: number
  modifiedMs: number
  /** Size and modification time: the same for a file that was only moved. */
  stamp: string
  /** These and the time of the last change of its record: another one means that the bytes may be others. */
  fingerprint: string
  /** Milliseconds between its last change of any kind and the look at it; negative when its clock is ahead. */
  age: number
}

export interface Listing {
  /** Device and number of the folder itself: another one means another folder or disk under the same name. */
  identity: string
  files: SeenFile[]
  folders: string[]
  /** What could not be looked into, and why: nothing is known of what lies below. */
  unreadable: { key: string; code: string }[]
  /** Folders on a device of their own: their mount may go while the rest stays. */
  mounts: Record<string, string>
}

/**
 * Looks at everything below a folder. Links to files inside it are followed; links that lead out of it, links to
 * folders (what they show lies inside at its own place) and everything that is no file are not.
 * @throws the error of the system when the folder itself cannot be read
 */
export async function list(root: string, signal: AbortSignal): Promise<Listing> {
  const top = await realpath(Buffer.from(root), { encoding: 'buffer' })
  const { dev, ino } = await stat(top)
  const listing: Listing = { identity: `${dev}:${ino}`, files: [], folders: [], unreadable: [], mounts: {} }
  const open: { key: string; dev: number }[] = [{ key: '', dev }]
  for (let next = open.pop(); next; next = open.pop()) {
    signal.throwIfAborted()
    const { key, dev } = next
    try {
      const inside = await look(top, key, dev, listing)
      listing.folders.push(key)
      open.push(...inside)
    } catch (cause) {
      if (key === '') throw cause
      note(listing, key, cause)
    }
  }
  return listing
}

/** Adds the files of one folder to the listing and returns the folders in it. */
async function look(top: Buffer, folder: string, parentDev: number, listing: Listing) {
  const folders: { key: string; dev: number }[] = []
  const entries = await readdir(pathIn(top, folder), { withFileTypes: true, encoding: 'buffer' })
  const kept = entries.filter((entry) => !isIgnored(entry.name.toString('utf8')))
  for (let at = 0; at < kept.length; at += together)
    await Promise.all(
      kept.slice(at, at + together).map(async (entry) => {
        const key = folder === '' ? keyOf(entry.name) : `${folder}/${keyOf(entry.name)}`
        try {
          if (entry.isDirectory()) {
            const { dev } = await lstat(pathIn(top, key))
            if (dev !== parentDev) listing.mounts[key] = String(dev)
            folders.push({ key, dev })
          } else if (entry.isFile() || entry.isSymbolicLink()) {
            const file = await see(top, key, entry.isSymbolicLink())
            if (file) listing.files.push(file)
          }
        } catch (cause) {
          note(listing, key, cause)
        }
      }),
    )
  return folders
}

/** How many files are looked at side by side: a network share answers each after a while. */
const together = 32

async function see(top: Buffer, key: string, isLink: boolean): Promise<SeenFile | null> {
  const path = pathIn(top, key)
  if (isLink && !isInside(top, await realpath(path, { encoding: 'buffer' }))) return null
  const now = Date.now()
  const found = isLink ? await stat(path, { bigint: true }) : await lstat(path, { bigint: true })
  if (!found.isFile()) return null
  const stamp = `${found.size}:${found.mtimeNs}`
  const changedMs = Math.max(Number(found.mtimeMs), Number(found.ctimeMs))
  return {
    key,
    size: Number(found.size),
    modifiedMs: Number(found.mtimeMs),
    stamp,
    fingerprint: `${stamp}:${found.ctimeNs}`,
    age: now - changedMs,
  }
}

/** What vanished between two looks is simply not there; links that lead nowhere or in circles lead to no file. */
function note(listing: Listing, key: string, cause: unknown): void {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return
  listing.unreadable.push({ key, code })
}

export function pathIn(top: Buffer, key: string): Buffer {
  return key === '' ? top : Buffer.concat([top, slash, bytesOf(key)])
}
const slash = Buffer.from('/')

/** Both as `realpath` gives them. */
export function isInside(top: Buffer, path: Buffer): boolean {
  const prefix = Buffer.concat([top, slash])
  return path.subarray(0, prefix.length).equals(prefix)
}
