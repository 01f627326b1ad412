import { randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/clock.ts'
import { fileDisk } from '../src/disk/file-disk.ts'
import { commit } from '../src/entry.ts'
import type { BoxLogs } from '../src/log/box-logs.ts'
import { openBoxLogs } from '../src/log/open-box-logs.ts'
import { quantile, rounded, scratchFolder } from './scratch.ts'

const callers = 64
const outstanding = 16

export function openLogs(folder: string, publishEveryMs = 250): Promise<BoxLogs> {
  const ports = { disk: fileDisk, clock: systemClock, random: randomBytes, notice: console.error }
  const settings = {
    data: join(folder, 'data'),
    local: join(folder, 'local'),
    host: 'bench.test',
    publishEveryMs,
  }
  return openBoxLogs(ports, settings)
}

/** A content of 512 bytes under a fresh salt: what a caller has to do for each entry. */
let made = 0
const filling = 'x'.repeat(512 - '{"n":"000000000000","text":""}'.length)
export function newEntry(): { type: string; commitment: string } {
  made += 1
  const { commitment } = commit({ n: String(made).padStart(12, '0'), text: filling })
  return { type: 'answer', commitment }
}

/** Appends as fast as acknowledgements come, with `callers` x `outstanding` of them under way. */
export async function appendFor(
  ms: number,
): Promise<{ entriesPerSecond: number; rawSyncsPerSecond: number }> {
  using scratch = scratchFolder()
  const before = rawSyncs(scratch.path, ms / 4)
  await using logs = await openLogs(scratch.path)
  const log = logs.current
  const began = performance.now()
  let done = 0
  const lane = async () => {
    while (performance.now() - began < ms) {
      await log.append(newEntry())
      done += 1
    }
  }
  await Promise.all(Array.from({ length: callers * outstanding }, lane))
  const entriesPerSecond = Math.round((done / (performance.now() - began)) * 1000)
  const after = rawSyncs(scratch.path, ms / 4)
  return { entriesPerSecond, rawSyncsPerSecond: Math.round((before + after) / 2) }
}

/** Writes of 512 bytes, each followed by fdatasync, in a second: what the disk can do one by one. */
function rawSyncs(folder: string, ms: number): number {
  const file = openSync(join(folder, 'raw'), 'w')
  const bytes = randomBytes(512)
  const began = performance.now()
  let syncs = 0
  while (performance.now() - began < ms) {
    writeSync(file, bytes, 0, bytes.length, syncs * bytes.length)
    fdatasyncSync(file)
    syncs += 1
  }
  closeSync(file)
  return (syncs / (performance.now() - began)) * 1000
}

/** Milliseconds from call to acknowledgement at a given rate, while checkpoints are published. */
export async function appendPaced(perSecond: number, ms: number): Promise<{ p50Ms: number; p99Ms: number }> {
  using scratch = scratchFolder()
  await using logs = await openLogs(scratch.path)
  const waits: number[] = []
  const running = new Set<Promise<void>>()
  const began = performance.now()
  for (let sent = 0; performance.now() - began < ms; ) {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
    for (; sent < due; sent += 1) {
      const entry = newEntry()
      const called = performance.now()
      const waiting: Promise<void> = logs.current.append(entry).then(() => {
        waits.push(performance.now() - called)
        running.delete(waiting)
      })
      running.add(waiting)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(running)
  return { p50Ms: rounded(quantile(waits, 0.5), 2), p99Ms: rounded(quantile(waits, 0.99), 2) }
}
