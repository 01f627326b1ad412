import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { packTerms } from '../../src/search/term-row.ts'
import { openDatabase } from '../../src/store/open.ts'
import { passagesPerDocument, type Synthetic } from './synthetic.ts'

export const pipeline = 'bench'

/** Folders inside each other, so that a filter by folder admits this share of the documents. */
export const scopes = [
  { percent: 100, folder: '' },
  { percent: 50, folder: 'half' },
  { percent: 10, folder: 'half/tenth' },
  { percent: 1, folder: 'half/tenth/hundredth' },
]

/** Writes the synthetic documents into a database of the real schema. */
export function fill(path: string, synthetic: Synthetic, documents: number): void {
  const database = openDatabase(path)
  database.pragma('synchronous = OFF')
  const write = writer(database)
  for (let document = 0; document < documents; document++) write(document, synthetic.passages(document))
  database.close()
}

function writer(database: Database) {
  const content = database.prepare("INSERT INTO content VALUES (?, 1, '')")
  const addDocument = database.prepare(
    `INSERT INTO document (content, type, context_title, title_found, pipeline, state, pages, warnings, created_at)
     VALUES (?, 'md', '', 1, ?, 'live', 1, '[]', '')`,
  )
  const addPassage = database.prepare(
    `INSERT INTO passage (id, document, ordinal, text, kind, title, headings, locator, runs, tokens)
     VALUES (?, ?, ?, '', 'text', '', '[]', '{}', x'', 1)`,
  )
  const addVector = database.prepare('INSERT INTO vector VALUES (?, 0, ?)')
  const addWords = database.prepare('INSERT INTO words VALUES (?, ?)')
  const addChange = database.prepare("INSERT INTO change (op, document) VALUES ('add', ?)")
  const addSource = database.prepare(
    `INSERT INTO source (id, space, kind, key, path, name, type, size, modified_at, added_at, document, state)
     VALUES (?, 'home', 'folder', ?, ?, ?, 'md', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', ?, 'ready')`,
  )
  return database.transaction((number: number, passages: ReturnType<Synthetic['passages']>) => {
    const name = `${number}.md`
    content.run(name)
    const document = addDocument.run(name, pipeline).lastInsertRowid
    for (const [ordinal, { terms, vector }] of passages.entries()) {
      const id = createHash('sha256').update(`${name} ${ordinal}`).digest('hex').slice(0, 32)
      const passage = addPassage.run(id, document, ordinal).lastInsertRowid
      addVector.run(passage, Buffer.from(vector.buffer))
      addWords.run(passage, packTerms(terms))
    }
    const path = [folderOf(number), name].filter(Boolean).join('/')
    addSource.run(name, Buffer.from(path), path, name, document)
    addChange.run(document)
  })
}

function folderOf(document: number): string {
  if (document % 100 === 0) return scopes[3]!.folder
  if (document % 10 === 0) return scopes[2]!.folder
  return document % 2 === 0 ? scopes[1]!.folder : ''
}

export const documentsFor = (passages: number): number => Math.ceil(passages / passagesPerDocument)
