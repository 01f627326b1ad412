import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { type SignerKey, verifierOf } from '../note/key.ts'
import { TreeRebuild } from '../store/tree-rebuild.ts'
import type { TreeStore } from '../store/tree-store.ts'
import { CommitmentIndex } from './commitment-index.ts'
import { Gate } from './gate.ts'
import { LogOnDisk } from './log-on-disk.ts'
import { keepMark, readMark, writeMark } from './mark.ts'
import { type PublishedState, readMarker, readPublished } from './published.ts'
import { Publisher } from './publisher.ts'
import { LogDamaged, type Recovered, recover } from './recover.ts'
import { readStanding } from './standing.ts'
import { Writer } from './writer.ts'

export interface OwnLogPorts {
  disk: Disk
  clock: Clock
  /** Told what a person should know, such as a torn tail that was dropped. */
  notice: (sentence: string) => void
}

export interface OwnLogPlace {
  folder: string
  /** Path of the marker, outside what is backed up. */
  markerPath: string
  signer: SignerKey
  publishEveryMs: number
  /** Has to end well before a log that was held goes on. */
  onRelease: () => Promise<void>
}

/**
 * Opens a log that has begun. Every entry is read and checked; nothing is signed before `begin`.
 * @throws LogDamaged
 */
export async function openOwnLog(ports: OwnLogPorts, place: OwnLogPlace): Promise<LogOnDisk> {
  const { disk, clock, notice } = ports
  const { folder, markerPath, signer } = place
  const published = await readPublished(disk, folder, signer)
  const marker = await readMarker(disk, markerPath)
  const gate = new Gate(disk, folder, await readStanding(disk, folder))
  const markPath = join(folder, 'mark.json')
  const { file, tree, head, commitments } = await openEntries(ports, folder, published)
  const { bytes } = tree
  await using opened = new AsyncDisposableStack()
  opened.use(tree)
  await writeMark(disk, markPath, { ...head, bytes })
  const writer: Writer = new Writer({
    tree,
    hash: head.hash,
    commitments,
    clock,
    refusal: () => gate.refusal(),
    onDurable: () => {
      marking.changed()
      publisher.changed()
    },
  })
  const marking = keepMark(disk, clock, markPath, () => ({
    ...writer.durable.head,
    bytes: writer.durable.bytes,
  }))
  const durable = () => writer.durable.frontier
  const maySign = () => gate.maySign
  const publisherParts = { disk, clock, folder, markerPath, signer, durable, maySign, notice }
  const publisher = new Publisher(publisherParts, published, marker, place.publishEveryMs)
  opened.move()
  const { onRelease } = place
  const parts = { key: verifierOf(signer), file, tree, gate, writer, publisher, marking, onRelease }
  return new LogOnDisk({
    ...parts,
    keepTail: (from) => keepTail(disk, join(folder, `dropped-${from}`), file, from),
  })
}

interface Entries {
  file: DiskFile
  tree: TreeStore
  head: Recovered['head']
  commitments: CommitmentIndex
}

/** Reads the log from its beginning, and makes durable what a killed process may have left unsynced. */
async function openEntries(ports: OwnLogPorts, folder: string, published: PublishedState): Promise<Entries> {
  const { disk, notice } = ports
  await using opened = new AsyncDisposableStack()
  const file = opened.adopt(await disk.open(join(folder, 'entries')), (it) => it.close())
  const rebuild = opened.adopt(new TreeRebuild(disk, folder), (it) => it.close())
  const commitments = new CommitmentIndex()
  const mark = await readMark(disk, join(folder, 'mark.json'))
  let seq = 0
  const recovered = await recover(file, mark, {
    entry({ leaf, commitment }, offset) {
      commitments.add(commitment, seq)
      rebuild.add(leaf, offset)
      seq += 1
    },
    flush: () => rebuild.flush(),
  })
  const tree = await rebuild.finish(file, recovered.bytes)
  await checkPublished(tree, recovered, published)
  await dropTail(ports, folder, file, recovered)
  if (!mark && recovered.head.size > 0) {
    notice('mark.json is missing: entries cut off from the end of the log would not be noticed.')
  }
  await writeAgain(file, mark?.bytes ?? 0, recovered.bytes)
  await file.sync()
  await disk.syncFolder(folder)
  opened.move()
  return { file, tree, head: recovered.head, commitments }
}

/**
 * Writes the bytes [from, until) once more. After a sync that failed, a file may show what the system has given up
 * writing, and the next sync covers nothing of that: it has to be changed again first. What the mark covers is durable.
 */
async function writeAgain(file: DiskFile, from: number, until: number): Promise<void> {
  const room = Buffer.alloc(Math.min(until - from, 1 << 20))
  for (let at = from; at < until; at += room.length) {
    const bytes = room.subarray(0, Math.min(room.length, until - at))
    await file.read(bytes, at)
    await file.write(bytes, at)
  }
}

/** What was published was durable: a log that does not hold it has lost or changed entries. */
async function checkPublished(
  tree: TreeStore,
  { head, bytes }: Recovered,
  { newest }: PublishedState,
): Promise<void> {
  if (newest === null) return
  if (newest.size > head.size) {
    throw new LogDamaged(head.size, bytes, `the entries end; a checkpoint of ${newest.size} was published`)
  }
  if ((await tree.rootAt(newest.size)).equals(newest.root)) return
  throw new LogDamaged(
    newest.size - 1,
    bytes,
    'the entries up to it are not those of the published checkpoint',
  )
}

/** Cuts off what a crash left half-written. It was never acknowledged; a copy is kept all the same. */
async function dropTail(
  { disk, notice }: OwnLogPorts,
  folder: string,
  file: DiskFile,
  at: Recovered,
): Promise<void> {
  const size = await file.size()
  if (size === at.bytes) return
  const path = join(folder, `torn-${at.bytes}`)
  await keepTail(disk, path, file, at.bytes)
  await file.truncate(at.bytes)
  notice(
    `Dropped ${size - at.bytes} bytes behind entry ${at.head.size} that no one had been told of (${at.torn}); a copy is in ${path}.`,
  )
}

/** At most 16 MiB: no more is on its way at a time. */
async function keepTail(disk: Disk, path: string, file: DiskFile, from: number): Promise<void> {
  const tail = Buffer.alloc(Math.min((await file.size()) - from, 1 << 24))
  await file.read(tail, from)
  const copy = await disk.open(path)
  try {
    await copy.truncate(0)
    await copy.write(tail, 0)
  } finally {
    await copy.close()
  }
}
