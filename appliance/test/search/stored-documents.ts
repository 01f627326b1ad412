import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { packTerms } from '../../src/search/term-row.ts'
import { openDatabase } from '../../src/store/open.ts'

export interface TestPassage {
  terms: string[]
  vectors?: Float32Array[]
}

export interface TestSource {
  space?: string
  path?: string
  type?: string
  modifiedAt?: string
}

/** The real schema with rows written straight into it: what an index must be able to read. */
export function openStore(folder: string) {
  const path = join(folder, 'tanbox.db')
  const database = openDatabase(path)
  return { path, database, ...writers(database) }
}

function writers(database: Database) {
  let sources = 0
  const addSource = (document: number, source: TestSource = {}): string => {
    const id = `source-${++sources}`
    const name = source.path ?? `${id}.md`
    database
      .prepare(
        `INSERT INTO source (id, space, kind, key, path, name, type, size, modified_at, added_at, document, state)
         VALUES (?, ?, 'folder', ?, ?, ?, ?, 1, ?, ?, ?, 'ready')`,
      )
      .run(
        ...[
          id,
          source.space ?? 'home',
          Buffer.from(`${source.space}/${name}`),
          name,
          name,
          source.type ?? 'md',
        ],
        ...[source.modifiedAt ?? '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', document],
      )
    return id
  }

  /** A live document with its change row, in one transaction. Passage ids follow from `name` and ordinal. */
  const addDocument = database.transaction(
    (name: string, passages: TestPassage[], source: TestSource | null = {}, pipeline = 'p1'): number => {
      database.prepare("INSERT OR IGNORE INTO content VALUES (?, 1, '')").run(name)
      const document = Number(
        database
          .prepare(
            `INSERT INTO document (content, type, context_title, title_found, pipeline, state, pages, warnings, created_at)
             VALUES (?, 'md', '', 1, ?, 'live', 1, '[]', '')`,
          )
          .run(name, pipeline).lastInsertRowid,
      )
      passages.forEach(({ terms, vectors = [] }, ordinal) => {
        const id = createHash('sha256').update(`${name} ${ordinal}`).digest('hex').slice(0, 32)
        const passage = database
          .prepare(
            `INSERT INTO passage (id, document, ordinal, text, kind, title, headings, locator, runs, tokens)
             VALUES (?, ?, ?, '', 'text', '', '[]', '{}', x'', 1)`,
          )
          .run(id, document, ordinal).lastInsertRowid
        database.prepare('INSERT INTO words VALUES (?, ?)').run(passage, packTerms(terms))
        vectors.forEach((vector, view) => {
          database
            .prepare('INSERT INTO vector VALUES (?, ?, ?)')
            .run(passage, view, Buffer.from(vector.buffer))
        })
      })
      database.prepare("INSERT INTO change (op, document) VALUES ('add', ?)").run(document)
      if (source) addSource(document, source)
      return document
    },
  )

  const removeDocument = database.transaction((document: number) => {
    database.prepare('DELETE FROM source WHERE document = ?').run(document)
    database.prepare("UPDATE document SET state = 'dropped' WHERE id = ?").run(document)
    database.prepare("INSERT INTO change (op, document) VALUES ('remove', ?)").run(document)
  })

  const idOf = (passage: number): string =>
    database.prepare('SELECT id FROM passage WHERE rowid = ?').pluck().get(passage) as string

  return { addSource, addDocument, removeDocument, idOf }
}

/** Unit vectors in a few bundles, the same for the same seed. */
export function createVectors(seed: number, dimension: number) {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  const unit = (numbers: number[]) => {
    const length = Math.hypot(...numbers)
    return Float32Array.from(numbers, (x) => x / length)
  }
  const centres = Array.from({ length: 8 }, () => Array.from({ length: dimension }, random))
  return (): Float32Array => {
    const centre = centres[Math.floor((random() + 0.5) * centres.length)]!
    return unit(centre.map((x) => x + 0.5 * random()))
  }
}
