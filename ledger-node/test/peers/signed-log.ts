import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { encodeEntry, leafHash, noEntry, suite } from '../../src/entry.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { logKeyType, makeSignerKey } from '../../src/note/key.ts'
import { MissingTile, type RemoteLog } from '../../src/peers/remote-log.ts'
import { frame } from '../../src/store/frames.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { hashLeaf } from '../../src/tree/hash.ts'
import { fullWidth, type TileId } from '../../src/tree/tiles.ts'

export const origin = 'box.test/0123456789abcdef/1'
export const logKey = makeSignerKey(origin, logKeyType, Buffer.alloc(32, 7))

/** A chain of `count` entries; from number `from` on they differ with `branch`. */
export function chainOf(count: number, { branch = 0, from = 0 } = {}): Buffer[] {
  const entries: Buffer[] = []
  let prev = noEntry
  for (let seq = 0; seq < count; seq += 1) {
    const mine = seq < from ? 0 : branch
    const commitment = (BigInt(seq) * 16n + BigInt(mine)).toString(16).padStart(64, '0')
    const time = '2026-11-27T08:00:00.000Z'
    const bytes = encodeEntry({ type: 'answer', seq, prev, time, commitment, suite })
    prev = leafHash(bytes)
    entries.push(bytes)
  }
  return entries
}

/** A log in memory that serves every tile of its entries. */
export function signedLog(entries: readonly Buffer[]) {
  const leaves = entries.map(hashLeaf)
  const rootAt = (size: number) => {
    const frontier = new Frontier()
    for (const leaf of leaves.slice(0, size)) frontier.append(leaf)
    return frontier.root()
  }
  const hashesOf = (level: number): Buffer[] => {
    let hashes = leaves
    for (let at = 0; at < level; at += 1) {
      hashes = Array.from({ length: Math.floor(hashes.length / fullWidth) }, (_, index) => {
        const frontier = new Frontier()
        for (const hash of hashes.slice(index * fullWidth, (index + 1) * fullWidth)) frontier.append(hash)
        return frontier.root()
      })
    }
    return hashes
  }
  const asked: TileId[] = []
  const source: RemoteLog = {
    async tile(id) {
      asked.push(id)
      const first = id.index * fullWidth
      const held = id.level === 'entries' ? entries : hashesOf(id.level)
      if (first + id.width > held.length) throw new MissingTile(JSON.stringify(id), 404)
      const part = held.slice(first, first + id.width)
      return id.level === 'entries' ? frame(part) : Buffer.concat(part)
    },
    checkpoint: async () => Buffer.from(note(entries.length)),
  }
  function note(size: number): string {
    return signCheckpoint({ origin, size: BigInt(size), root: rootAt(size), extensions: [] }, logKey)
  }
  return { entries, source, note, rootAt, asked }
}

export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tanbox-mirror-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
