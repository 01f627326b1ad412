import type { Embedder } from '../embed/embedder.ts'
import type { Filters, Hit, Passage, Scope, SourceRef } from '../model.ts'
import { confidenceOf, type Grounds, groundsOf } from './confidence.ts'
import { withDocumentScores } from './documents.ts'
import { translatedShare } from './expand.ts'
import { complete, type Turn } from './follow-up.ts'
import { type Fused, fuse } from './fuse.ts'
import { toHits } from './hits.ts'
import { languageOf } from './language.ts'
import type { IndexAnswer, PassageIndex } from './passage-index.ts'
import { blend, restate } from './restate.ts'
import { queryTerms } from './terms.ts'

export interface Query {
  text: string
  filters?: Filters
  /** Most hits; 8 unless told. */
  limit?: number
  /** The conversation so far, oldest first: a follow-up is searched with what it refers to. */
  history?: readonly Turn[]
}

export interface Retrieved {
  /** Best first. */
  hits: Hit[]
  /** What was searched for, after a follow-up was completed. */
  searched: string
  /** Calibrated probability (0-1) that the documents hold the answer, see confidence.ts. */
  confidence: number
  /** What the confidence rests on. */
  grounds: Grounds
  /** Milliseconds. */
  timings: { embed: number; index: number; rank: number; total: number }
}

/** Finds passages for a question among what a scope may read. */
export type Retrieve = (scope: Scope, query: Query, signal?: AbortSignal) => Promise<Retrieved>

interface Loaded {
  rowid: number
  passage: Passage
  source: SourceRef
}

export interface RetrieveParts {
  index: Pick<PassageIndex, 'search'>
  embedder: Pick<Embedder, 'embedQuery'>
  passages: { load(scope: Scope, rowids: readonly number[], filters?: Filters): Loaded[] }
  /** Joins two passages that follow each other (passages/merge.ts). */
  merge: (first: Passage, second: Passage) => Passage
  /** Which methods take part: both, unless the bench looks at one alone. */
  methods?: 'fused' | 'words' | 'vectors'
}

/** How deep each method is asked, and how many of the fused candidates are read from the store. */
const depth = 200
const mostLoaded = 60
const defaultLimit = 8
/** What the best passage by words counts against the best by meaning; .7 to 1 do alike. */
const wordsShare = 0.8

export function createRetrieve(parts: RetrieveParts): Retrieve {
  const { index, embedder, passages, merge, methods = 'fused' } = parts

  return async (scope, query, signal) => {
    const start = performance.now()
    const question = complete(query.text, query.history ?? [])
    const vector = await embed(embedder, question.text, signal)
    const embedded = performance.now()
    signal?.throwIfAborted()
    const answer = await index.search({
      spaces: scope.spaces,
      ...(query.filters ? { filters: query.filters } : {}),
      terms: queryTerms(question.text),
      vectors: [{ view: 0, vector }],
      limit: depth,
    })
    const searched = performance.now()
    signal?.throwIfAborted()
    const found = only(methods, answer)
    const candidates = rank(question.text, found, (rowids) => passages.load(scope, rowids, query.filters))
    const hits = toHits(candidates, query.limit ?? defaultLimit, merge)
    const grounds = groundsOf(question.text, found, candidates)
    const end = performance.now()
    return {
      hits,
      searched: question.text,
      confidence: candidates.length === 0 ? 0 : confidenceOf(grounds),
      grounds,
      timings: {
        embed: embedded - start,
        index: searched - embedded,
        rank: end - searched,
        total: end - start,
      },
    }
  }
}

/** The question's vector, drawn towards the words of the documents where these are known. */
async function embed(
  embedder: RetrieveParts['embedder'],
  question: string,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const options = signal ? { signal } : {}
  const restated = restate(question)
  if (restated === null) return embedder.embedQuery(question, options)
  const [own, other] = await Promise.all([
    embedder.embedQuery(question, options),
    embedder.embedQuery(restated.text, options),
  ])
  return blend(own, other, restated.weight)
}

interface Found {
  words: IndexAnswer['words']
  vectors: IndexAnswer['words']
}

function only(methods: 'fused' | 'words' | 'vectors', answer: IndexAnswer): Found {
  const words = methods === 'vectors' ? [] : answer.words
  const vectors = methods === 'words' ? [] : (answer.vectors[0] ?? [])
  return { words, vectors }
}

/**
 * Candidates by the sum of both methods. Where a passage is in another language than the question, words find it
 * only through the tables of expand.ts, and count by how much of the question these could put into its language: in
 * full for the vocabulary of energy and policy, hardly at all for a question about football.
 */
function rank(question: string, found: Found, load: (rowids: number[]) => Loaded[]): Hit[] {
  const language = languageOf(question)
  const across = wordsShare * (language === 'en' ? translatedShare(question) : 1)
  const weights = [wordsShare, across].map((weight) => fuse(found, () => weight).slice(0, mostLoaded))
  const loaded = new Map(
    load([...new Set(weights.flat().map((each) => each.passage))]).map((each) => [each.rowid, each]),
  )
  const weightOf = (rowid: number) => {
    const text = loaded.get(rowid)?.passage.text
    return text === undefined || languageOf(text) === language ? wordsShare : across
  }
  return withDocumentScores(fuse(found, weightOf).flatMap((fused) => toHit(fused, loaded.get(fused.passage))))
}

function toHit({ score, words, vectors }: Fused, loaded: Loaded | undefined): Hit[] {
  if (loaded === undefined) return []
  return [{ passage: loaded.passage, source: loaded.source, score, why: { words, vectors } }]
}
