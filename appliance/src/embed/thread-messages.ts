import type { Pooling } from './model-folder.ts'
import type { TokenizerSource } from './tokenizer.ts'

/** What an embedding thread is started with. */
export interface ThreadSettings {
  /** Path of the ONNX file to run. */
  file: string
  tokenizer: TokenizerSource
  output: string
  pooling: Pooling
  dimension: number
  maxTokens: number
}

/** `text` is embedded as it stands, prefix included. */
export type Work = { kind: 'embed'; text: string } | { kind: 'count'; texts: string[] }
export type Result = Float32Array | number[]

/** `close`: end what is running and exit. (Terminating a thread inside a run aborts the whole process.) */
export type ToThread = { task: number; work: Work } | 'close'
export type FromThread =
  | { type: 'ready' }
  | { type: 'result'; task: number; result: Result }
  | { type: 'failed'; task: number; message: string }
