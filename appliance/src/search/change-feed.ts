import type { Database } from 'better-sqlite3'
import type { StoredPassage } from './memory-index.ts'

/** What happened to the documents since a change number. `restart`: too much to tell; begin anew from `all`. */
export interface Changes {
  /** Number of the last change. */
  seq: number
  restart: boolean
  removed: number[]
  added: number[]
}

/** The index's eyes on the store: documents of one pipeline version, and what changed. Read only. */
export function createChangeFeed(database: Database, pipeline: string) {
  const lastSeq = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'change'").pluck()
  const since = database.prepare('SELECT seq, op, document FROM change WHERE seq > ? ORDER BY seq')
  const live = database
    .prepare("SELECT id FROM document WHERE state = 'live' AND pipeline = ? ORDER BY id")
    .pluck()
  const isLive = database
    .prepare("SELECT 1 FROM document WHERE id = ? AND state = 'live' AND pipeline = ?")
    .pluck()
  const passages = database.prepare(`
    SELECT passage.rowid AS passage, passage.id, words.data AS words
    FROM passage JOIN words ON words.passage = passage.rowid WHERE document = ? ORDER BY ordinal`)
  const vectors = database.prepare(`
    SELECT vector.passage, view, data
    FROM passage JOIN vector ON vector.passage = passage.rowid WHERE document = ?`)

  return {
    all: () => live.all(pipeline) as number[],

    changes(after: number): Changes {
      const seq = (lastSeq.get() as number | undefined) ?? 0
      const rows = since.all(after) as { seq: number; op: 'add' | 'remove'; document: number }[]
      const gap = seq < after || (seq > after && rows[0]?.seq !== after + 1)
      const removed = rows.filter(({ op }) => op === 'remove').map(({ document }) => document)
      const added = rows.filter(({ op }) => op === 'add').map(({ document }) => document)
      return {
        seq,
        restart: gap,
        removed,
        added: added.filter((id) => isLive.get(id, pipeline) !== undefined),
      }
    },

    document(id: number): StoredPassage[] {
      const views = new Map<number, StoredPassage['vectors']>()
      for (const { passage, view, data } of vectors.iterate(id) as Iterable<VectorRow>) {
        const found = views.get(passage) ?? []
        found.push({ view, vector: floats(data) })
        views.set(passage, found)
      }
      return (passages.all(id) as Omit<StoredPassage, 'vectors'>[]).map((row) => ({
        ...row,
        vectors: views.get(row.passage) ?? [],
      }))
    },
  }
}

interface VectorRow {
  passage: number
  view: number
  data: Buffer
}

/** Little endian, as all machines are that onnxruntime ships for. The copy aligns it. */
function floats(data: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(data).buffer)
}
