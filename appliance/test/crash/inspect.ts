import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { createPassageIndex } from '../../src/search/threaded-index.ts'
import { hashDimension, hashVector } from '../intake/plain-steps.ts'
import { type House, owner } from './house.ts'

/** Text of every source that can be searched, by kind and path. */
export function textsOf({ store }: House): Map<string, string> {
  const rows = store.sources.list(owner, { limit: 500 }).items
  return new Map(
    rows.map((row) => {
      if (row.state !== 'ready') throw new Error(`${row.path} is ${row.state}: ${row.reason?.en}`)
      return [`${row.kind} ${row.path}`, store.units.get(owner, row.id, 0)?.text ?? '']
    }),
  )
}

/** What questions find, passage by passage, with scores; the same for equal stores whatever happened to them. */
export async function findings(house: House, data: string): Promise<unknown> {
  const { store } = house
  const index = createPassageIndex({
    ...{ database: join(data, 'tanbox.db'), folder: join(data, 'index'), pipeline: house.pipeline },
    ...{ dimension: hashDimension, backend: 'exact' },
  })
  try {
    const found = []
    for (const term of ['碳排', '光伏', '施行', '差旅']) {
      const answer = await index.search({
        ...{ spaces: owner.spaces, terms: [{ term, weight: 1 }], limit: 50 },
        vectors: [{ view: 0, vector: hashVector(term) }],
      })
      const lists = [answer.words, ...answer.vectors]
      found.push(
        answer.eligible,
        lists.map((list) =>
          store.passages
            .load(
              owner,
              list.map(({ passage }) => passage),
            )
            .map(({ passage }, rank) => [passage.id, passage.text, list[rank]?.score.toFixed(5)]),
        ),
      )
    }
    return found
  } finally {
    await index.close()
  }
}

/** Throws when the rows contradict each other or the folder of originals. The queue is empty by now. */
export function checkInvariants(data: string): void {
  const database = new Sqlite(join(data, 'tanbox.db'), { readonly: true })
  const all = (sql: string) => database.prepare(sql).all()
  const nothing = (what: string, rows: unknown[]) => {
    if (rows.length > 0) throw new Error(`${what}: ${JSON.stringify(rows.slice(0, 5))}`)
  }
  try {
    const sound = database.pragma('integrity_check', { simple: true })
    if (sound !== 'ok') throw new Error(String(sound))
    nothing('dangling references', database.pragma('foreign_key_check') as unknown[])
    nothing('jobs', all('SELECT source FROM job'))
    nothing('unfinished documents', all(`SELECT id FROM document WHERE state <> 'live'`))
    nothing(
      'documents of nobody',
      all('SELECT id FROM document WHERE id NOT IN (SELECT document FROM source WHERE document IS NOT NULL)'),
    )
    nothing(
      'documents whose passages are not as many as they say',
      all(`SELECT id FROM document d WHERE passages <> (SELECT count(*) FROM passage WHERE document = d.id)
           OR passages <> (SELECT count(*) FROM vector v JOIN passage p ON p.rowid = v.passage WHERE p.document = d.id)
           OR passages <> (SELECT count(*) FROM words w JOIN passage p ON p.rowid = w.passage WHERE p.document = d.id)`),
    )
    nothing(
      'changes that do not add up',
      all(`SELECT d.document, d.n FROM (SELECT document, sum(iif(op = 'add', 1, -1)) AS n FROM change GROUP BY document) d
           WHERE d.n <> (SELECT count(*) FROM document WHERE id = d.document)`),
    )
    nothing('ledger entries that do not add up', ledgerDifferences(database))
    const kept = all('SELECT sha256 FROM content ORDER BY sha256') as { sha256: string }[]
    const blobs = blobNames(join(data, 'blobs'))
    if (kept.map(({ sha256 }) => sha256).join() !== blobs.join())
      throw new Error(`originals ${blobs.length}, contents ${kept.length}`)
  } finally {
    database.close()
  }
}

/** Replays what the ledger is told: what came and did not go is what is there. */
function ledgerDifferences(database: Sqlite.Database): string[] {
  const rows = database.prepare('SELECT type, content FROM outbox ORDER BY id').all() as {
    type: string
    content: string
  }[]
  const present = new Map<string, number>()
  for (const { type, content } of rows) {
    if (type === 'answer') continue
    const { source, content: sha256 } = JSON.parse(content)
    const key = `${source} ${sha256}`
    present.set(key, (present.get(key) ?? 0) + (type === 'source-added' ? 1 : -1))
  }
  for (const { id, content } of database.prepare('SELECT id, content FROM source').all() as {
    id: string
    content: string
  }[])
    present.set(`${id} ${content}`, (present.get(`${id} ${content}`) ?? 0) - 1)
  return [...present].filter(([, count]) => count !== 0).map(([key]) => key)
}

function blobNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name !== 'tmp')
    .flatMap((prefix) => readdirSync(join(folder, prefix)))
    .sort()
}

export function filesOf(drop: string): Map<string, string> {
  const names = readdirSync(drop).filter((name) => !name.startsWith('.'))
  return new Map(names.map((name) => [`folder ${name}`, readFileSync(join(drop, name), 'utf8')]))
}
