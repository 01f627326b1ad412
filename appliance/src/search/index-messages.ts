import type { IndexAnswer, IndexRequest, IndexStatus } from './passage-index.ts'

export interface IndexSettings {
  /** Path of the SQLite database. It exists and has its schema. */
  database: string
  /** Only documents of this pipeline version are in the index. */
  pipeline: string
  /** Length of the vectors. */
  dimension: number
}

export type ToIndex = { call: number; request: IndexRequest } | 'close'
export type FromIndex =
  | { type: 'status'; status: IndexStatus }
  | { type: 'answer'; call: number; answer: IndexAnswer }
  | { type: 'failed'; call: number; code: 'index-broken' | 'bad-request'; detail: string }
