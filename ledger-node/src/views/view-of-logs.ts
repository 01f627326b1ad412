import { decodeEntry } from '../entry.ts'
import { foldEntries, type LedgerView, type LogView } from './fold.ts'

/** A log whose entries are held here, as far as they are certain. */
export interface ReadableLog {
  origin: string
  size: number
  read(from: number, limit: number): Promise<Buffer[]>
}

const page = 1024

/**
 * The view of logs too long to be held at once: a page at a time, as the contents, by which one entry may undo
 * another, are not on the ledger.
 */
export async function viewLogs(logs: readonly ReadableLog[]): Promise<LedgerView> {
  const views: LogView[] = []
  for (const log of logs.toSorted((one, other) => (one.origin < other.origin ? -1 : 1)))
    views.push(await viewLog(log))
  const kinds: Record<string, number> = Object.create(null)
  for (const view of views) add(kinds, view.kinds)
  return { logs: views, kinds }
}

async function viewLog({ origin, size, read }: ReadableLog): Promise<LogView> {
  const view: LogView = {
    ...{ origin, size, kinds: Object.create(null), unknown: [], answers: Object.create(null) },
    ...{ sources: {}, models: {}, successor: null },
  }
  const unknown = new Set<string>()
  for (let from = 0; from < size; ) {
    const entries = await read(from, Math.min(page, size - from))
    if (entries.length === 0) throw new Error(`${origin} does not give entry ${from}`)
    const logged = entries.map((bytes) => ({ origin, entry: decodeEntry(bytes), content: null }))
    const [part] = foldEntries(logged).logs
    add(view.kinds, part!.kinds)
    add(view.answers, part!.answers)
    for (const kind of part!.unknown) unknown.add(kind)
    from += entries.length
  }
  return { ...view, unknown: [...unknown].sort() }
}

function add(counts: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + value
}
