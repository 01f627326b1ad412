import type { Database } from 'better-sqlite3'
import type { FileType, Passage, Unit } from '../model.ts'
import { atomic } from './atomic.ts'
import { packItems, packRuns, packVector } from './layout.ts'

/** What a document is made from; two sources that agree in all of it share one document. */
export interface DocumentKey {
  content: string
  type: FileType
  contextTitle: string
  pipeline: string
}

export interface DraftHead extends DocumentKey {
  /** Whether the title stands in the content, so that it holds under any file name. */
  titleFound: boolean
  pages: number
  warnings: string[]
}

export interface DraftUnit {
  unit: Unit
  /** JSON Block[] of those that start in this unit. */
  blocks: string
}

export interface DraftPassage {
  passage: Passage
  /** One per view. */
  vectors: readonly Float32Array[]
  words: Uint8Array
}

/**
 * Documents being written. A draft belongs to no source and no `change` row tells of it, so it can be written
 * in many small transactions and yet appears as a whole (`Register.publish`) or not at all.
 */
export interface Drafts {
  begin(head: DraftHead): number
  /** `first` is the ordinal of the first unit. */
  addUnits(draft: number, first: number, units: readonly DraftUnit[]): void
  addPassages(draft: number, passages: readonly DraftPassage[]): void
  /** Leaves it to be swept away. */
  abandon(draft: number): void
  /** A finished document of the same bytes, type and pipeline that holds under this file's title too. */
  finished(key: DocumentKey): number | undefined
}

export function createDrafts(database: Database, now: () => Date): Drafts {
  const insert = database.prepare(
    `INSERT INTO document (content, type, context_title, title_found, pipeline, state, pages, warnings, created_at)
     VALUES (@content, @type, @contextTitle, @titleFound, @pipeline, 'staged', @pages, @warnings, @createdAt)`,
  )
  const insertUnit = database.prepare(
    `INSERT INTO unit (document, ordinal, kind, label, text, length, layout, blocks)
     VALUES (@document, @ordinal, @kind, @label, @text, @length, @layout, @blocks)`,
  )
  const insertPassage = database.prepare(
    `INSERT INTO passage (id, document, ordinal, text, kind, title, headings, locator, runs, tokens)
     VALUES (@id, @document, @ordinal, @text, @kind, @title, @headings, @locator, @runs, @tokens)`,
  )
  const insertVector = database.prepare('INSERT INTO vector (passage, view, data) VALUES (?, ?, ?)')
  const insertWords = database.prepare('INSERT INTO words (passage, data) VALUES (?, ?)')
  const count = database.prepare('UPDATE document SET passages = passages + ? WHERE id = ?')
  const abandon = database.prepare(`UPDATE document SET state = 'dropped' WHERE id = ? AND state = 'staged'`)
  const finished = database.prepare<[object], { id: number }>(
    `SELECT id FROM document WHERE state = 'live' AND content = @content AND type = @type
     AND pipeline = @pipeline AND (title_found = 1 OR context_title = @contextTitle)`,
  )

  return {
    begin: (head) =>
      Number(
        insert.run({
          ...head,
          titleFound: Number(head.titleFound),
          warnings: JSON.stringify(head.warnings),
          createdAt: now().toISOString(),
        }).lastInsertRowid,
      ),
    addUnits: atomic(database, (draft: number, first: number, units: readonly DraftUnit[]) => {
      for (const [index, { unit, blocks }] of units.entries()) {
        const { kind, label, text, items } = unit
        const layout = items ? packItems(items) : null
        const ordinal = first + index
        insertUnit.run({ document: draft, ordinal, kind, label, text, length: text.length, layout, blocks })
      }
    }),
    addPassages: atomic(database, (draft: number, passages: readonly DraftPassage[]) => {
      for (const { passage, vectors, words } of passages) {
        const { lastInsertRowid: rowid } = insertPassage.run({
          ...passage,
          document: draft,
          headings: JSON.stringify(passage.headings),
          locator: JSON.stringify(passage.locator),
          runs: packRuns(passage.runs),
        })
        for (const [view, vector] of vectors.entries()) insertVector.run(rowid, view, packVector(vector))
        insertWords.run(rowid, words)
      }
      count.run(passages.length, draft)
    }),
    abandon: (draft) => void abandon.run(draft),
    finished: (key) => finished.get(key)?.id,
  }
}
