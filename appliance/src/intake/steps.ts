import type { FileType, ParsedDocument, Passage } from '../model.ts'

/** The steps of the pipeline as intake calls them; their rooms are wired in `context.ts`. */
export interface Steps {
  /** By the first 64 KiB of the bytes where they tell, else by the name. Null: not a type that can be read. */
  fileTypeOf(name: string, head: Uint8Array): FileType | null
  /** Off the event loop. Rejects with a TanboxError of a `file-…` code for what is wrong with the file. */
  parse(
    file: { path: string; name: string; type: FileType },
    options: { signal: AbortSignal },
  ): Promise<ParsedDocument>
  /** Deterministic. */
  chunk(document: ParsedDocument, options: { title: string; content: string }): Promise<Passage[]>
  /** Vectors in the order of the texts; off the event loop. */
  embed(texts: string[], options: { signal: AbortSignal }): Promise<Float32Array[]>
  /** The texts of a passage that are embedded, one per view. */
  views: readonly ((passage: Passage) => string)[]
  /** The terms under which a passage is found by words, packed for the index. */
  words(passage: Passage): Uint8Array
}
