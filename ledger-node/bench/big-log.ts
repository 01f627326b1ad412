import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportLog } from '../src/export.ts'
import type { OwnLog } from '../src/log/own-log.ts'
import { formatVerifierKey } from '../src/note/key.ts'
import { proveInclusion } from '../src/tree/prove.ts'
import { newEntry, openLogs } from './append.ts'
import { quantile, rounded } from './scratch.ts'

export interface BigLog {
  /** The log's key. */
  key: string
  /** Bytes on the disk for each entry, beyond its canonical bytes. */
  storageBytesPerEntry: number
  proof: { p50Ms: number; p99Ms: number; count: number }
}

/** Fills a log with `count` entries, publishes it, and proves entries of it. */
export async function fillLog(folder: string, count: number, proofs: number): Promise<BigLog> {
  await using logs = await openLogs(folder)
  const log = logs.current
  const published = new Promise<void>((resolve) => {
    log.onPublished(({ size }) => {
      if (size === count) resolve()
    })
  })
  for (let done = 0; done < count; done += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - done) }, () => log.append(newEntry())))
  }
  // The clock of the node keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  await published
  clearInterval(alive)
  const rounds: number[][] = []
  for (let round = 0; round < 3; round += 1) rounds.push(await proofTimes(log, count, proofs))
  const canonical = log.bytes - 2 * count
  return {
    key: formatVerifierKey(log.key),
    storageBytesPerEntry: rounded((bytesIn(join(folder, 'data')) - canonical) / count),
    proof: {
      p50Ms: middleOf(rounds, 0.5),
      p99Ms: middleOf(rounds, 0.99),
      count: proofs,
    },
  }
}

/** Milliseconds for each of some proofs. */
async function proofTimes(log: OwnLog, size: number, proofs: number): Promise<number[]> {
  const times: number[] = []
  for (let made = 0; made < proofs; made += 1) {
    // Spread over the whole log, no two in one tile.
    const index = Math.floor(((made * 0.618_033_988_749_895) % 1) * size)
    const began = performance.now()
    await proveInclusion(log.tree.hashes, index, size)
    times.push(performance.now() - began)
  }
  return times
}

/** The median, over the rounds, of one quantile of each. */
function middleOf(rounds: readonly number[][], share: number): number {
  const each = rounds.map((times) => quantile(times, share))
  return rounded(quantile(each, 0.5), 3)
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

export interface Verified {
  entriesPerSecond: number
  peakMb: number
}

/** Verifies an exported log in a process of its own, as `tanbox-ledger verify FOLDER` does. */
export async function verifyExported(
  folder: string,
  target: string,
  key: string,
  rounds: number,
): Promise<Verified> {
  await exportLog(join(folder, 'data'), target)
  const program = fileURLToPath(new URL('./verify-process.ts', import.meta.url))
  const runs = Array.from({ length: rounds }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, target, key], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`the verification failed: ${stderr}`)
    return JSON.parse(stdout) as Verified
  })
  return {
    entriesPerSecond: quantile(
      runs.map((run) => run.entriesPerSecond),
      0.5,
    ),
    peakMb: Math.max(...runs.map(({ peakMb }) => peakMb)),
  }
}
