import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Entry, encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { cosignerKeyType, logKeyType, makeSignerKey, type SignerKey } from '../../src/note/key.ts'
import { Frontier, foldRange } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { tilePath, tilesOf } from '../../src/tree/tiles.ts'

/** Entries as a box writes them, the same every time. */
export function madeEntries(count: number, change: (entry: Entry) => Entry = (entry) => entry): Buffer[] {
  const entries: Buffer[] = []
  let prev = noEntry
  for (let seq = 0; seq < count; seq += 1) {
    const time = new Date(Date.UTC(2026, 10, 23, 8) + seq * 7).toISOString()
    const commitment = createHash('sha256').update(`entry ${seq}`).digest('hex')
    const type = seq % 3 === 0 ? 'source-added' : 'answer'
    const bytes = encodeEntry(change({ type, seq, prev, time, commitment, suite }))
    prev = leafHash(bytes)
    entries.push(bytes)
  }
  return entries
}

export const testLogKey = makeSignerKey('box.test/00112233445566aa/1', logKeyType, Buffer.alloc(32, 1))

/** Cosigners `w1`, `w2` and so on. */
export function testWitness(number: number): SignerKey {
  return makeSignerKey(`w${number}.test/witness`, cosignerKeyType, Buffer.alloc(32, 100 + number))
}

/** A checkpoint over entries, cosigned by the witnesses. */
export function signedCheckpoint(
  entries: readonly Buffer[],
  witnesses: readonly SignerKey[] = [],
  key = testLogKey,
): string {
  const frontier = new Frontier()
  for (const entry of entries) frontier.append(hashLeaf(entry))
  const size = BigInt(entries.length)
  const note = signCheckpoint({ origin: key.name, size, root: frontier.root(), extensions: [] }, key)
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  return note + witnesses.map((witness) => cosign(text, witness, 1_790_000_000n)).join('')
}

/** Writes a log in the static layout of tlog-tiles: all that a web server has to serve. */
export function writeStaticLog(folder: string, entries: readonly Buffer[], checkpoint: string): void {
  /** Complete nodes at the levels that tiles spell out. */
  const levels: Buffer[][] = [entries.map(hashLeaf)]
  for (let level = 0; levels[level]!.length >= 256; level += 1) {
    const below = levels[level]!
    const count = Math.floor(below.length / 256)
    levels.push(Array.from({ length: count }, (_, at) => rootOfTile(below.slice(at * 256, (at + 1) * 256))))
  }
  for (const id of tilesOf(entries.length)) {
    const from = id.index * 256
    const bytes =
      id.level === 'entries'
        ? bundleOf(entries.slice(from, from + id.width))
        : Buffer.concat(levels[id.level]!.slice(from, from + id.width))
    write(folder, tilePath(id), bytes)
  }
  write(folder, 'checkpoint', checkpoint)
}

export function bundleOf(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [Buffer.from([entry.length >> 8, entry.length]), entry]))
}

function rootOfTile(hashes: Buffer[]): Buffer {
  let row = hashes
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, at) => foldRange([row[2 * at]!, row[2 * at + 1]!]))
  return row[0]!
}

function write(folder: string, path: string, bytes: Buffer | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}
