/** Everything by which two embedding models, and with them their vectors, are told apart. */
export interface EmbeddingModel {
  readonly id: string
  /** Length of every vector. */
  readonly dimension: number
  /** SHA-256 of the model file, hex. */
  readonly sha256: string
  /** SHA-256 of the tokenizer's compact table (or of its JSON, for models without one), hex. */
  readonly tokenizerSha256: string
  readonly queryPrefix: string
  readonly passagePrefix: string
  /** Longer inputs are cut here, their closing token kept. */
  readonly maxTokens: number
}

/**
 * Port: text to unit-length vectors, off the event loop, one text per run (activations are quantised per run, so
 * a batch would change the vectors of all its texts). Failures are TanboxErrors: `embedder-broken` when a thread
 * died under a text, `too-many` when too many questions wait; an aborted signal rejects with its own reason.
 */
export interface Embedder {
  readonly model: EmbeddingModel
  /** Tokens of each text alone: without prefix and without the opening and closing token. */
  countTokens(texts: string[]): Promise<number[]>
  /** Low priority; vectors in the order of the texts. */
  embedPassages(texts: string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>
  /** Overtakes all waiting passages. */
  embedQuery(text: string, options?: { signal?: AbortSignal }): Promise<Float32Array>
  close(): Promise<void>
}
