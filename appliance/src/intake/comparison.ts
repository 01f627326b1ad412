import type { Listing, SeenFile } from './listing.ts'

/** A source of the drop folder, as far as comparing needs it. */
export interface KnownSource {
  id: string
  key: string
  fingerprint: string
  offline: boolean
}

/** What is remembered of the folder between two looks, also across restarts. */
export interface FolderMemory {
  identity: string | null
  mounts: Record<string, string>
  /** It was suddenly empty, and what was in it has not come back wholly. */
  emptied?: true
}

export interface Pause {
  code: 'folder-missing' | 'folder-unreadable' | 'folder-empty' | 'folder-changed'
  /** Key of the folder it is about; empty for the drop folder itself. */
  key: string
}

export interface Comparison {
  /** New, or with another fingerprint than the known source. */
  fresh: SeenFile[]
  /** Known sources whose file now lies elsewhere, by size and modification time. Reading will tell for sure. */
  moved: { source: KnownSource; file: SeenFile }[]
  /** Deleted. */
  gone: KnownSource[]
  /** Not there, but not deleted by anyone as far as one can tell. */
  held: KnownSource[]
  /** Were offline and are there again. */
  back: KnownSource[]
  pause: Pause | null
  memory: FolderMemory
}

/**
 * Tells deleted files from those that went with their folder. A folder that is suddenly empty, is another one than
 * before (unmounted: the mount point shows; or replaced), or cannot be read says nothing about its files. Nor does one
 * that fills again: files come back one by one.
 * `confirmed`: a person said that what is missing is meant to be.
 */
export function compare(
  known: readonly KnownSource[],
  listing: Listing,
  memory: FolderMemory,
  confirmed: boolean,
): Comparison {
  const seen = new Map(listing.files.map((file) => [file.key, file]))
  const byKey = new Map(known.map((source) => [source.key, source]))
  const missing = known.filter((source) => !seen.has(source.key))
  const reasons = new Map(missing.map((source) => [source, holdReason(source, listing, memory, confirmed)]))
  const held = missing.filter((source) => reasons.get(source))
  const gone = missing.filter((source) => !reasons.get(source))
  const changed = listing.files.filter((file) => byKey.get(file.key)?.fingerprint !== file.fingerprint)
  const moved = pairMoves(
    gone,
    changed.filter((file) => !byKey.has(file.key)),
  )
  const movedFiles = new Set(moved.map(({ file }) => file))
  const movedSources = new Set(moved.map(({ source }) => source))
  const pause = held[0] ? (reasons.get(held[0]) ?? null) : null
  return {
    fresh: changed.filter((file) => !movedFiles.has(file)),
    moved,
    gone: gone.filter((source) => !movedSources.has(source)),
    held,
    back: known.filter((source) => source.offline && seen.has(source.key)),
    pause,
    memory: remember(listing, memory, held, reasons),
  }
}

function holdReason(
  { key, offline }: KnownSource,
  listing: Listing,
  memory: FolderMemory,
  confirmed: boolean,
): Pause | null {
  const hidden = listing.unreadable.find((each) => each.key === key || isBelow(key, each.key))
  if (hidden) return { code: 'folder-unreadable', key: hidden.key }
  if (confirmed) return null
  if (listing.files.length === 0 || (memory.emptied && offline)) return { code: 'folder-empty', key: '' }
  if (memory.identity !== null && memory.identity !== listing.identity)
    return { code: 'folder-changed', key: '' }
  const unmounted = Object.keys(memory.mounts).find(
    (mount) => isBelow(key, mount) && listing.mounts[mount] !== memory.mounts[mount],
  )
  return unmounted === undefined ? null : { code: 'folder-changed', key: unmounted }
}

/** The folder as it is now becomes the one to compare with, except where something is still held back. */
function remember(
  listing: Listing,
  memory: FolderMemory,
  held: readonly KnownSource[],
  reasons: ReadonlyMap<KnownSource, Pause | null>,
): FolderMemory {
  const waiting = new Set(
    held.flatMap((source) => {
      const reason = reasons.get(source)
      return reason?.code === 'folder-changed' ? [reason.key] : []
    }),
  )
  const emptied = held.some((source) => reasons.get(source)?.code === 'folder-empty')
  const stillLost = Object.entries(memory.mounts).filter(([mount]) => waiting.has(mount))
  return {
    identity: waiting.has('') ? memory.identity : listing.identity,
    mounts: { ...listing.mounts, ...Object.fromEntries(stillLost) },
    ...(emptied ? { emptied } : {}),
  }
}

/** Pairs what went with what came where nothing else has the same size and time. */
function pairMoves(gone: readonly KnownSource[], fresh: readonly SeenFile[]) {
  const went = Map.groupBy(gone, (source) => source.fingerprint.split(':').slice(0, 2).join(':'))
  const came = Map.groupBy(fresh, (file) => file.stamp)
  return [...went].flatMap(([stamp, sources]) => {
    const files = came.get(stamp) ?? []
    const [source, file] = [sources[0], files[0]]
    return sources.length === 1 && files.length === 1 && source && file ? [{ source, file }] : []
  })
}

function isBelow(key: string, folder: string): boolean {
  return folder === '' || key.startsWith(`${folder}/`)
}
