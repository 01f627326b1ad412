import { createHash } from 'node:crypto'
import Sqlite, { type Database } from 'better-sqlite3'

/**
 * Fills the store of a stopped box up to `wanted` passages with copies of what it holds: real texts and words, each
 * vector turned a little (cosine about .97 to the original), so that no two passages are the same to the index.
 */
export function multiply(path: string, wanted: number): number {
  const database = new Sqlite(path)
  database.pragma('synchronous = OFF')
  const documents = database.prepare<[], { id: number }>("SELECT id FROM document WHERE state = 'live'").all()
  const count = () => database.prepare<[], { n: number }>('SELECT count(*) AS n FROM passage').get()?.n ?? 0
  const copy = copier(database)
  for (let round = 1; documents.length > 0 && count() < wanted; round++)
    for (const { id } of documents) {
      if (count() >= wanted) break
      copy(id, round)
    }
  const passages = count()
  database.close()
  return passages
}

interface StoredPassage {
  rowid: number
  id: string
}

function copier(database: Database): (document: number, round: number) => void {
  const content = database.prepare(
    'INSERT INTO content (sha256, bytes, created_at) SELECT ?, bytes, created_at FROM content WHERE sha256 = ?',
  )
  const addDocument = database.prepare(
    `INSERT INTO document (content, type, context_title, title_found, pipeline, state, pages, passages, warnings, created_at)
     SELECT ?, type, context_title, title_found, pipeline, state, pages, passages, warnings, created_at FROM document WHERE id = ?`,
  )
  const addSource = database.prepare(
    `INSERT INTO source (id, space, kind, key, path, name, type, size, modified_at, added_at, content, document, state)
     SELECT ?, space, 'upload', ?, ?, name, type, size, modified_at, added_at, ?, ?, state FROM source WHERE document = ? LIMIT 1`,
  )
  const passagesOf = database.prepare<[number], StoredPassage>(
    'SELECT rowid, id FROM passage WHERE document = ?',
  )
  const addPassage = database.prepare(
    `INSERT INTO passage (id, document, ordinal, text, kind, title, headings, locator, runs, tokens)
     SELECT ?, ?, ordinal, text, kind, title, headings, locator, runs, tokens FROM passage WHERE rowid = ?`,
  )
  const vectorsOf = database.prepare<[number], { view: number; data: Buffer }>(
    'SELECT view, data FROM vector WHERE passage = ?',
  )
  const addVector = database.prepare('INSERT INTO vector (passage, view, data) VALUES (?, ?, ?)')
  const addWords = database.prepare(
    'INSERT INTO words (passage, data) SELECT ?, data FROM words WHERE passage = ?',
  )
  const addChange = database.prepare("INSERT INTO change (op, document) VALUES ('add', ?)")
  const contentOf = database.prepare<[number], { content: string }>(
    'SELECT content FROM document WHERE id = ?',
  )

  return database.transaction((document: number, round: number) => {
    const original = contentOf.get(document)?.content ?? ''
    const sha256 = createHash('sha256').update(`${original} ${round}`).digest('hex')
    const name = `copy-${round}-${document}`
    content.run(sha256, original)
    const made = addDocument.run(sha256, document).lastInsertRowid
    addSource.run(name, Buffer.from(name), name, sha256, made, document)
    for (const { rowid, id } of passagesOf.all(document)) {
      const passageId = createHash('sha256').update(`${id} ${round}`).digest('hex').slice(0, 32)
      const passage = addPassage.run(passageId, made, rowid).lastInsertRowid
      for (const { view, data } of vectorsOf.all(rowid))
        addVector.run(passage, view, turned(data, Number(passage)))
      addWords.run(passage, rowid)
    }
    addChange.run(made)
  })
}

/** A unit vector near the given one; the same for the same seed. */
function turned(data: Buffer, seed: number): Buffer {
  const source = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
  let state = Math.imul(seed, 0x9e3779b1) | 1
  const noise = 0.25 / Math.sqrt(source.length / 3)
  const moved = source.map((value) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return value + noise * ((state >>> 0) / 2 ** 31 - 1)
  })
  const length = Math.hypot(...moved)
  return Buffer.from(moved.map((value) => value / length).buffer)
}
