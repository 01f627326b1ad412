import type { IndexAnswer, IndexRequest, IndexStatus } from './passage-index.ts'

export interface IndexSettings {
  /** Path of the SQLite database. It exists and has its schema. */
  database: string
  /** Only documents of this pipeline version are in the index. */
  pipeline: string
  /** Length of the vectors. */
  dimension: number
  /** Vector index for wide searches; `auto`: hnsw where it was built. */
  backend: 'auto' | 'exact' | 'hnsw'
  /** Where index files are kept; they are derived and may be deleted. */
  folder: string
  /** See HnswSettings; the default is what was measured to be fastest. */
  scanUpTo?: number
}

export type ToIndex = { call: number; request: IndexRequest } | 'close'
export type FromIndex =
  | { type: 'status'; status: IndexStatus }
  | { type: 'answer'; call: number; answer: IndexAnswer }
  | { type: 'failed'; call: number; code: 'index-broken' | 'bad-request'; detail: string }
