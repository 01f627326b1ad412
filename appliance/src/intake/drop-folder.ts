import { mkdir, realpath } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FoundFile, KnownFile, Register } from '../store/register.ts'
import type { Settings } from '../store/settings.ts'
import { type Comparison, compare, type FolderMemory, type KnownSource, type Pause } from './comparison.ts'
import { type Listing, list, type SeenFile } from './listing.ts'
import { bytesOf, keyOf, nameOf, shownPath } from './names.ts'
import type { Rest } from './rest.ts'

export interface DropFolderEvents {
  /** These sources were queued, or can be worked on again. */
  onQueued(sources: readonly string[]): void
  /** These sources are no more. */
  onGone(sources: readonly string[]): void
  /** Deletions are held back, or (null) no longer. `folder` is the path of the one it is about. */
  onPause(pause: { code: Pause['code']; folder: string } | null): void
}

/** Keeps the sources of the drop folder in step with what lies in it. */
export interface DropFolder {
  /** One look at everything. `confirmed`: what is missing is meant to be. */
  look(signal: AbortSignal, confirmed?: boolean): Promise<Look>
}

export interface Look {
  removed: number
  /** Some files were changed a moment ago and will be taken at one of the next looks. */
  waiting: boolean
  /** Folders to watch; null when the folder could not be read. */
  folders: { top: Buffer; keys: string[] } | null
}

/** Rows changed in one transaction: a few milliseconds, then the event loop gets its turn. */
const perTransaction = 20

export function createDropFolder(
  house: {
    register: Register
    settings: Settings
    rest: Rest
    events: DropFolderEvents
    monotonic: () => number
  },
  { folder, space }: { folder: string; space: string },
): DropFolder {
  const { register, settings, rest, events, monotonic } = house
  const memoryName = `drop-folder:${space}`

  async function apply(change: Comparison): Promise<{ removed: number; waiting: boolean }> {
    for (const { source, file } of change.moved) {
      register.moved(source.id, toFound(file))
      events.onQueued([source.id])
      await nextTurn()
    }
    const rested = rest.settled(change.fresh, monotonic())
    for (const slice of slices(rested)) {
      events.onQueued(register.found(slice.map(toFound)))
      await nextTurn()
    }
    let removed = 0
    for (const slice of slices(change.gone)) {
      const ids = slice.map(({ id }) => id)
      removed += register.remove(ids)
      events.onGone(ids)
      await nextTurn()
    }
    await setOffline(change.held, true)
    await setOffline(change.back, false)
    if (change.back.length > 0) events.onQueued([])
    return { removed, waiting: rest.waiting }
  }

  async function setOffline(sources: readonly KnownSource[], offline: boolean): Promise<void> {
    for (const slice of slices(sources.filter((source) => source.offline !== offline))) {
      register.setOffline(
        slice.map(({ id }) => id),
        offline,
      )
      await nextTurn()
    }
  }

  function toFound(file: SeenFile): FoundFile {
    const path = shownPath(file.key)
    const modifiedAt = new Date(file.modifiedMs).toISOString()
    const { size, fingerprint } = file
    return { space, key: bytesOf(file.key), path, name: nameOf(path), size, modifiedAt, fingerprint }
  }

  async function listOrNull(known: readonly KnownSource[], signal: AbortSignal): Promise<Listing | Pause> {
    try {
      // An empty box makes its folder; a box with files must not put an empty one where a disk is missing.
      if (known.length === 0) await mkdir(folder, { recursive: true })
      return await list(folder, signal)
    } catch (cause) {
      signal.throwIfAborted()
      const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')
      return { code: missing ? 'folder-missing' : 'folder-unreadable', key: '' }
    }
  }

  return {
    async look(signal, confirmed = false) {
      const known = register.known(space).map(toKnown)
      const listing = await listOrNull(known, signal)
      if ('code' in listing) return folderLost(listing, known, confirmed)
      const memory = settings.get<FolderMemory>(memoryName) ?? { identity: null, mounts: {} }
      const change = compare(known, listing, memory, confirmed)
      const outcome = await apply(change)
      if (JSON.stringify(change.memory) !== JSON.stringify(memory)) settings.set(memoryName, change.memory)
      events.onPause(change.pause && { code: change.pause.code, folder: placeOf(change.pause.key) })
      const top = await realpath(Buffer.from(folder), { encoding: 'buffer' })
      return { ...outcome, folders: { top, keys: listing.folders } }
    },
  }

  async function folderLost(pause: Pause, known: readonly KnownSource[], confirmed: boolean): Promise<Look> {
    let removed = 0
    if (confirmed && pause.code === 'folder-missing') {
      const ids = known.map(({ id }) => id)
      removed = register.remove(ids)
      events.onGone(ids)
    } else await setOffline(known, true)
    events.onPause(removed > 0 || known.length === 0 ? null : { code: pause.code, folder })
    return { removed, waiting: false, folders: null }
  }

  function placeOf(key: string): string {
    return key === '' ? folder : `${folder}/${shownPath(key)}`
  }
}

function toKnown({ id, key, fingerprint, offline }: KnownFile): KnownSource {
  return { id, key: keyOf(key), fingerprint, offline: offline === 1 }
}

function* slices<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += perTransaction) yield all.slice(at, at + perTransaction)
}
