import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A document to be read: a real file, or a text to be written as one. */
export interface BenchDocument {
  /** As the questions name it. */
  id: string
  /** Name of the file in the drop folder. */
  name: string
  /** Path of the file, or its text. */
  from: { file: string } | { text: string }
}

export interface BenchQuestion {
  id: string
  type: string
  lang: 'zh' | 'en'
  text: string
  history: { role: 'user' | 'assistant'; content: string }[]
  answerable: boolean
  /** Ids of the documents that hold the answer. */
  documents: string[]
  /** Words that hold the answer; none where the whole document is the evidence. */
  evidence: { document: string; quote: string }[]
  /** Other places that will do as well. */
  alternatives: { document: string; quote: string }[]
}

export interface QuestionSet {
  name: string
  documents: BenchDocument[]
  questions: BenchQuestion[]
}

/** Reads a folder of either form: docs/ + questions.jsonl, or corpus.jsonl + queries.jsonl + qrels.tsv. */
export function readQuestionSet(folder: string): QuestionSet {
  const name = basename(folder)
  if (existsSync(join(folder, 'questions.jsonl'))) return { name, ...readFiles(folder) }
  if (existsSync(join(folder, 'corpus.jsonl'))) return { name, ...readCorpus(folder) }
  throw new Error(`${folder}: neither questions.jsonl with docs/ nor corpus.jsonl is there`)
}

interface Evidence {
  doc: string
  quote: string
}

interface QuestionRow {
  id: string
  type: string
  lang: 'zh' | 'en'
  question: string
  history?: BenchQuestion['history']
  answerable: boolean
  doc_ids: string[]
  evidence: Evidence[]
  alt_evidence?: Evidence[]
}

function readFiles(folder: string): Omit<QuestionSet, 'name'> {
  const rows = readLines<QuestionRow>(join(folder, 'questions.jsonl'))
  const ids = new Set(rows.flatMap((row) => [...row.doc_ids, ...row.evidence.map((each) => each.doc)]))
  const documents = readdirSync(join(folder, 'docs')).map((name) => ({
    id: idOf(name, ids),
    name,
    from: { file: join(folder, 'docs', name) },
  }))
  const questions = rows.map((row) => ({
    id: row.id,
    type: row.type,
    lang: row.lang,
    text: row.question,
    history: row.history ?? [],
    answerable: row.answerable,
    documents: row.doc_ids,
    evidence: row.evidence.map(({ doc, quote }) => ({ document: doc, quote })),
    alternatives: (row.alt_evidence ?? []).map(({ doc, quote }) => ({ document: doc, quote })),
  }))
  return { documents, questions }
}

/** A file is named by its document's id, alone or before a title: `dc115-徐汇区….pdf`. */
function idOf(name: string, ids: ReadonlySet<string>): string {
  const stem = name.replace(/\.[^.]*$/, '')
  return (
    [...ids].find((id) => stem === id || (/^[-_ .]/.test(stem.slice(id.length)) && stem.startsWith(id))) ??
    stem
  )
}

function readCorpus(folder: string): Omit<QuestionSet, 'name'> {
  const corpus = readLines<{ id: string; title?: string; text: string }>(join(folder, 'corpus.jsonl'))
  const documents = corpus.map(({ id, title, text }) => ({
    id,
    name: `${fileName(title || id)}.txt`,
    from: { text },
  }))
  const relevant = new Map<string, string[]>()
  for (const line of readFileSync(join(folder, 'qrels.tsv'), 'utf8').trim().split('\n').slice(1)) {
    const [query, document, score] = line.split('\t')
    if (Number(score) > 0) relevant.set(query!, [...(relevant.get(query!) ?? []), document!])
  }
  const questions = readLines<{ id: string; text: string }>(join(folder, 'queries.jsonl')).map(
    ({ id, text }) => ({
      id,
      type: 'passage',
      lang: /\p{Script=Han}/u.test(text) ? ('zh' as const) : ('en' as const),
      text,
      history: [],
      answerable: relevant.has(id),
      documents: relevant.get(id) ?? [],
      evidence: [],
      alternatives: [],
    }),
  )
  return { documents, questions }
}

/** A title as a file name: no separators, at most 200 bytes. */
function fileName(title: string): string {
  let name = title
    .replace(/[/\\\0]/g, ' ')
    .trim()
    .replace(/^\.+/, '')
  while (Buffer.byteLength(name) > 200) name = name.slice(0, -1)
  return name || 'untitled'
}

function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T)
}
