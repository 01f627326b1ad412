import { availableParallelism } from 'node:os'
import { noEntry } from '../entry.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { KeyError, type VerifierKey } from '../note/key.ts'
import { maxNoteBytes, type Note, NoteError } from '../note/note.ts'
import { checkPolicy, type Policy } from '../note/policy.ts'
import { hashBytes } from '../tree/hash.ts'
import type { HashReader } from '../tree/prove.ts'
import { authenticatedReader, TileMismatch, type TileSource } from '../tree/tile-reader.ts'
import { fullWidth, tileHeight, tilePath } from '../tree/tiles.ts'
import { type AuditReport, AuditStop, type Check } from './audit-report.ts'
import { problemOf, type RangeJob, type RangeResult } from './check-range.ts'
import { createRangePool, type RangePool } from './range-pool.ts'
import { openSource } from './source.ts'

export interface AuditSettings {
  /** The log key that is trusted. Its name is the origin that the checkpoint has to have. */
  key: VerifierKey
  /** Asks for finality as well: the checkpoint has to have the cosignatures that the policy wants. */
  policy?: Policy
  /** A log of anybody: what its entries say is not looked at. */
  any?: boolean
  /** Threads; 0 does all in this one. All cores where nothing is said. */
  workers?: number
  /** Told how far it is, in entries that were found right. */
  progress?: (entries: number, size: number) => void
  signal?: AbortSignal
  /** For one file over HTTP. */
  timeoutMs?: number
}

/** Bundles given to a thread at a time: 16,384 entries. */
const bundlesAtOnce = 64

/**
 * Verifies a whole log that anybody may have made or changed: checkpoint, every tile up to the root, every entry
 * against its leaf hash, and of a log like ours the chain of its entries.
 * @param location an exported folder, or the http: or https: URL prefix of a log (C2SP tlog-tiles)
 * @returns what was checked, what was not, and the first thing wrong. Never throws: what goes wrong on the way is a
 * problem of the report.
 */
export async function verifyLogAt(location: string, settings: AuditSettings): Promise<AuditReport> {
  const report = emptyReport(settings)
  try {
    const source = openSource(location, settings)
    const bytes = await source.get('checkpoint', maxNoteBytes)
    if (bytes === null) throw stopAtCheckpoint('it is missing')
    const { note, size, root } = openNote(bytes, settings)
    report.size = size
    report.root = root.toString('hex')
    report.checked.push('checkpoint-signature')
    const tiles: TileSource = {
      async tile(id) {
        const tile = await source.get(tilePath(id), fullWidth * hashBytes)
        if (tile === null) throw new AuditStop({ where: tilePath(id), entry: null, why: 'it is missing' })
        return tile
      },
    }
    const reader = await authenticatedReader(tiles, size, root)
    report.checked.push('root')
    const workers = settings.workers ?? (size > bundlesAtOnce * fullWidth ? availableParallelism() : 0)
    await using pool = createRangePool(location, settings, workers)
    await checkEntries(report, reader, pool, settings)
    report.checked.push('tiles', 'bundles', 'leaf-hashes')
    if (!settings.any) report.checked.push('entry-format', 'sequence', 'chain')
    if (settings.policy) checkFinality(report, note, settings.policy, settings.key)
  } catch (error) {
    report.problem = problemOfAudit(error)
  }
  report.ok = report.problem === null
  return report
}

function emptyReport({ key, policy, any }: AuditSettings): AuditReport {
  const notOurs = 'the entries were taken as those of any log'
  const notChecked: { what: Check; because: string }[] = [
    { what: 'contents', because: 'they are not in the log; a receipt with its content shows one' },
    { what: 'consistency-with-earlier-checkpoints', because: 'only this checkpoint was looked at' },
  ]
  if (any)
    for (const what of ['entry-format', 'sequence', 'chain'] as const)
      notChecked.push({ what, because: notOurs })
  if (!policy) notChecked.push({ what: 'finality', because: 'no policy says whose cosignatures are wanted' })
  return {
    ok: false,
    origin: key.name,
    size: null,
    root: null,
    entries: 0,
    bytes: 0,
    checked: [],
    notChecked,
    clockWentBack: any ? null : 0,
    finality: null,
    problem: null,
  }
}

function openNote(bytes: Buffer, { key }: AuditSettings): { note: Note; size: number; root: Buffer } {
  const { note, checkpoint } = openCheckpoint(bytes, key)
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER))
    throw stopAtCheckpoint(`${checkpoint.size} entries are more than can be verified`)
  return { note, size: Number(checkpoint.size), root: checkpoint.root }
}

/**
 * Gives the log to the threads, range by range, each with its place in the tree. The first problem is the one with the
 * lowest index: ranges before it are still waited for.
 */
async function checkEntries(
  report: AuditReport,
  reader: HashReader,
  pool: RangePool,
  settings: AuditSettings,
): Promise<void> {
  const size = report.size!
  let lastTime = ''
  const take = (result: RangeResult) => {
    report.entries += result.entries
    report.bytes += result.bytes
    if (report.clockWentBack !== null)
      report.clockWentBack += result.clockWentBack + (result.firstTime < lastTime ? 1 : 0)
    lastTime = result.lastTime || lastTime
    if (result.problem) throw new AuditStop(result.problem)
    settings.progress?.(report.entries, size)
    if (settings.signal?.aborted) throw new AuditStop({ where: null, entry: null, why: 'it was stopped' })
  }
  const running: Promise<RangeResult>[] = []
  for (let first = 0; first * fullWidth < size; first += bundlesAtOnce) {
    const result = prepare(reader, first, size, settings.any ?? false).then((job) => pool.run(job))
    result.catch(() => {})
    running.push(result)
    // One more than there are threads: none waits for the tiles above.
    if (running.length > pool.width) take(await running.shift()!)
  }
  for (const result of running) take(await result)
}

/** What the tiles above say about bundles [first, first + bundlesAtOnce), and about the entry before them. */
async function prepare(reader: HashReader, first: number, size: number, any: boolean): Promise<RangeJob> {
  const full = Math.min(bundlesAtOnce, Math.floor(size / fullWidth) - first)
  const tailWidth = full < bundlesAtOnce ? size % fullWidth : 0
  const tailAt = (first + full) * fullWidth
  const roots = await reader(nodesOf(tileHeight, first, full))
  const tail = await reader(nodesOf(0, tailAt, tailWidth))
  const [before] = first > 0 && !any ? await reader(nodesOf(0, first * fullWidth - 1, 1)) : []
  return {
    first,
    roots: Buffer.concat(roots),
    tail: Buffer.concat(tail),
    prev: any ? null : (before?.toString('hex') ?? noEntry),
  }
}

function nodesOf(level: number, from: number, count: number): { level: number; index: number }[] {
  return Array.from({ length: count }, (_, at) => ({ level, index: from + at }))
}

function checkFinality(report: AuditReport, note: Note, policy: Policy, key: VerifierKey): void {
  const { witnesses, final } = checkPolicy(policy, note, key)
  report.finality = { witnesses, of: policy.witnesses.length, final }
  report.checked.push('finality')
  if (!final)
    throw stopAtCheckpoint(
      `it is not final: ${witnesses.length} of ${policy.witnesses.length} witnesses cosigned it, which the policy does not take`,
    )
}

function stopAtCheckpoint(why: string): AuditStop {
  return new AuditStop({ where: 'checkpoint', entry: null, why })
}

function problemOfAudit(error: unknown): NonNullable<AuditReport['problem']> {
  if (error instanceof NoteError || error instanceof KeyError)
    return { where: 'checkpoint', entry: null, why: error.message }
  if (error instanceof TileMismatch)
    return { where: error.tiles.map(tilePath).join(', '), entry: null, why: error.message }
  return problemOf(error)
}
