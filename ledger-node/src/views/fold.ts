import { canonicalJson } from '../canonical-json.ts'
import type { Entry } from '../entry.ts'
import { isKind, readAs } from '../kinds.ts'

/** An entry of some log, as it stands there. */
export interface LoggedEntry {
  origin: string
  entry: Entry
  /** What it commits to, where this box holds it and it opens the commitment; else null. */
  content: unknown
}

/** What one log says, by number of entries and by day of the time that they claim (UTC). */
export interface LogView {
  origin: string
  size: number
  /** Entries of every kind there is, also of those that are not known here. */
  kinds: Record<string, number>
  /** Kinds that are carried and not interpreted. */
  unknown: string[]
  /** Answers by day. */
  answers: Record<string, number>
  /** Contents of sources that were added and not removed since, by id of the source; as far as contents are held. */
  sources: Record<string, { name: string; content: string; seq: number }>
  /** Models that came into use, by their SHA-256; as far as contents are held. */
  models: Record<string, { name: string; version: string; seq: number }>
  /** Origin of the log that goes on in the place of this one. */
  successor: string | null
}

export interface LedgerView {
  /** Ordered by origin. */
  logs: LogView[]
  /** Kinds over all logs. */
  kinds: Record<string, number>
}

/**
 * Folds the entries of any number of logs into what they say together. They may come in any order and more than once:
 * they are ordered by (origin, seq), so that every box that holds the same entries sees the same view, byte for byte
 * in its canonical form. There is no order between logs.
 * @throws RangeError when two different entries claim one place of a log
 */
export function foldEntries(entries: Iterable<LoggedEntry>): LedgerView {
  const logs = new Map<string, Map<number, LoggedEntry>>()
  for (const logged of entries) {
    const log = logs.get(logged.origin) ?? new Map<number, LoggedEntry>()
    logs.set(logged.origin, log)
    const { seq } = logged.entry
    const before = log.get(seq)
    if (before && canonicalJson(before.entry) !== canonicalJson(logged.entry))
      throw new RangeError(`${logged.origin} has two entries ${seq}`)
    if (!before || before.content === null) log.set(seq, logged)
  }
  const views = [...logs.keys()].sort().map((origin) => foldLog(origin, logs.get(origin)!))
  return { logs: views, kinds: sum(views.map(({ kinds }) => kinds)) }
}

function foldLog(origin: string, log: ReadonlyMap<number, LoggedEntry>): LogView {
  const view: LogView = {
    origin,
    size: log.size,
    kinds: named(),
    unknown: [],
    answers: named(),
    sources: named(),
    models: named(),
    successor: null,
  }
  for (const seq of [...log.keys()].sort((one, other) => one - other)) foldEntry(view, log.get(seq)!)
  view.unknown = Object.keys(view.kinds)
    .filter((kind) => !isKind(kind))
    .sort()
  return view
}

function foldEntry(view: LogView, { entry, content }: LoggedEntry): void {
  count(view.kinds, entry.type)
  if (entry.type === 'answer') count(view.answers, entry.time.slice(0, 10))
  const known = readAs(entry.type, content)
  if (known?.kind === 'source-added') {
    const { source, name, content: bytes } = known.content
    view.sources[source] = { name, content: bytes, seq: entry.seq }
  }
  if (known?.kind === 'source-removed') delete view.sources[known.content.source]
  if (known?.kind === 'model') {
    const { sha256, name, version } = known.content
    view.models[sha256] = { name, version, seq: entry.seq }
  }
  if (known?.kind === 'log-succeeded') view.successor = known.content.origin
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function sum(all: readonly Record<string, number>[]): Record<string, number> {
  const total = named<number>()
  for (const counts of all) {
    for (const [name, value] of Object.entries(counts)) total[name] = (total[name] ?? 0) + value
  }
  return total
}

/** An object by names from outside: without a prototype, `constructor` is a name like any other. */
function named<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
