import { ChainError } from '../chain.ts'
import { Follower } from '../follower.ts'
import { hashBytes, hashLeaf, hashRow } from '../tree/hash.ts'
import { fullWidth, tilePath } from '../tree/tiles.ts'
import { type AuditProblem, AuditStop } from './audit-report.ts'
import { cutBundle, maxBundleBytes } from './bundle.ts'
import { type LogSource, SourceError } from './source.ts'

/** Bundles to look through, with what is known of them from the tiles above, which were checked up to the root. */
export interface RangeJob {
  /** Index of the first bundle. */
  first: number
  /** For each full bundle the root of its tile, 32 bytes. */
  roots: Uint8Array
  /** When the last bundle of the log, a partial one, is among them: its leaf hashes. */
  tail: Uint8Array
  /** Leaf hash, in hex, that the first entry has to chain to; null when entries are not ours to interpret. */
  prev: string | null
}

export interface RangeResult {
  /** Entries and bytes found right: all, or those before the problem. */
  entries: number
  bytes: number
  clockWentBack: number
  /** Times of the first and the last entry; empty when they are not interpreted. */
  firstTime: string
  lastTime: string
  problem: AuditProblem | null
}

/** Checks every entry of some bundles, and the level-0 tiles they belong to. Reports what is wrong, never throws it. */
export async function checkRange(source: LogSource, job: RangeJob): Promise<RangeResult> {
  const result: RangeResult = {
    entries: 0,
    bytes: 0,
    clockWentBack: 0,
    firstTime: '',
    lastTime: '',
    problem: null,
  }
  const { first, prev } = job
  const follower = prev === null ? null : new Follower({ size: first * fullWidth, hash: prev })
  const full = job.roots.length / hashBytes
  const count = full + (job.tail.length > 0 ? 1 : 0)
  const fetched: ReturnType<typeof fetchBundle>[] = []
  const ask = (at: number) => {
    const bundle = fetchBundle(source, job, at)
    // It is waited for in its turn; until then a failure is nobody's.
    bundle.catch(() => {})
    fetched.push(bundle)
  }
  try {
    for (let at = 0; at < Math.min(count, source.parallel); at++) ask(at)
    for (let at = 0; at < count; at++) {
      const bundle = await fetched.shift()!
      if (at + source.parallel < count) ask(at + source.parallel)
      checkLeaves(result, (first + at) * fullWidth, bundle, follower)
    }
  } catch (error) {
    result.problem = problemOf(error)
  }
  return result
}

interface Bundle {
  path: string
  tile: string
  bytes: number
  entries: Buffer[]
  /** The leaf hashes that are known to be those of the tree. */
  leaves: Buffer
}

/** @param at 0 for the first bundle of the job */
async function fetchBundle(source: LogSource, job: RangeJob, at: number): Promise<Bundle> {
  const index = job.first + at
  const isFull = (at + 1) * hashBytes <= job.roots.length
  const width = isFull ? fullWidth : job.tail.length / hashBytes
  const tile = tilePath({ level: 0, index, width })
  const [leaves, bundle] = await Promise.all([
    isFull ? fetchTile(source, tile, job.roots.subarray(at * hashBytes, (at + 1) * hashBytes)) : job.tail,
    fetchEntries(source, index, width, job.prev === null ? maxBundleBytes.any : maxBundleBytes.ours),
  ])
  return { tile, leaves: Buffer.from(leaves.buffer, leaves.byteOffset, leaves.length), ...bundle }
}

async function fetchTile(source: LogSource, path: string, root: Uint8Array): Promise<Buffer> {
  const bytes = await source.get(path, fullWidth * hashBytes)
  if (bytes === null) throw stop(path, null, 'it is missing')
  if (bytes.length !== fullWidth * hashBytes)
    throw stop(path, null, `${bytes.length} bytes are not ${fullWidth} hashes`)
  let row = bytes
  while (row.length > hashBytes) row = hashRow(row)
  if (!row.equals(root)) throw stop(path, null, 'it is not the tile that the tile above it is made of')
  return bytes
}

/** The entries of a bundle. The partial one may be gone once the full one is there: its first entries are the same. */
async function fetchEntries(
  source: LogSource,
  index: number,
  width: number,
  limit: number,
): Promise<{ path: string; bytes: number; entries: Buffer[] }> {
  const wanted = tilePath({ level: 'entries', index, width })
  const full = tilePath({ level: 'entries', index, width: fullWidth })
  for (const path of new Set([wanted, full])) {
    const bytes = await source.get(path, limit)
    if (bytes === null) continue
    const entries = cutBundle(bytes, path === full ? fullWidth : width)
    if (typeof entries === 'string') throw stop(path, null, entries)
    return { path, bytes: bytes.length, entries: entries.slice(0, width) }
  }
  throw stop(wanted, null, 'it is missing')
}

function checkLeaves(result: RangeResult, seq: number, bundle: Bundle, follower: Follower | null): void {
  for (const [at, entry] of bundle.entries.entries()) {
    const followed = follower ? tryNext(follower, entry) : null
    const leaf = followed?.leaf ?? hashLeaf(entry)
    if (bundle.leaves.compare(leaf, 0, hashBytes, at * hashBytes, (at + 1) * hashBytes) !== 0)
      throw stop(bundle.path, seq + at, `its leaf hash is not the one in ${bundle.tile}`)
    if (followed instanceof ChainError) throw stop(bundle.path, seq + at, followed.message)
    if (followed) noteTime(result, followed.time)
    result.entries += 1
  }
  result.bytes += bundle.bytes
}

/** An entry that is not even the one of the tree is reported as that, so the chain's complaint waits. */
function tryNext(
  follower: Follower,
  entry: Buffer,
): ReturnType<Follower['next']> | (ChainError & { leaf?: undefined }) {
  try {
    return follower.next(entry)
  } catch (error) {
    if (error instanceof ChainError) return error
    throw error
  }
}

function noteTime(result: RangeResult, time: string): void {
  if (result.firstTime === '') result.firstTime = time
  if (time < result.lastTime) result.clockWentBack += 1
  result.lastTime = time
}

function stop(where: string, entry: number | null, why: string): AuditStop {
  return new AuditStop({ where, entry, why })
}

/** What an error says about the log: also one that nobody expected ends in a report. */
export function problemOf(error: unknown): AuditProblem {
  if (error instanceof AuditStop) return error.problem
  if (error instanceof SourceError) return { where: error.path || null, entry: null, why: error.message }
  const why = error instanceof Error ? error.message : String(error)
  return { where: null, entry: null, why: `the check itself failed: ${why}` }
}
