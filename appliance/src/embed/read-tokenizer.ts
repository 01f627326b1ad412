import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { TanboxError } from '../errors.ts'
import type { TokenizerSource } from './tokenizer.ts'
import { unigramSource } from './unigram-source.ts'
import { decodeTable, encodeTable } from './unigram-table.ts'

/**
 * Reads a tokenizer: a compact table (`.bin`), or a tokenizer.json. A JSON of the Unigram kind is packed on the way,
 * so that the threads share six megabytes instead of holding its objects; its identity is that of the packed form,
 * which makes a table and the JSON it came from the same tokenizer.
 * @param expected SHA-256 of the file as the manifest has it
 * @throws TanboxError `model-missing`, `model-damaged`, `model-unknown`
 */
export async function readTokenizer(
  path: string,
  expected?: string,
): Promise<{ source: TokenizerSource; sha256: string }> {
  const bytes = await readFile(path).catch((cause) => {
    throw new TanboxError('model-missing', path, { cause })
  })
  const sha256 = sha256Of(bytes)
  if (expected !== undefined && expected !== sha256) throw new TanboxError('model-damaged', path)
  try {
    if (path.endsWith('.bin')) return { source: { kind: 'unigram', table: shared(bytes) }, sha256 }
    const json = bytes.toString('utf8')
    const unigram = unigramSource(JSON.parse(json))
    if (!unigram) return { source: { kind: 'json', json }, sha256 }
    const table = new Uint8Array(encodeTable(unigram))
    return { source: { kind: 'unigram', table: shared(table) }, sha256: sha256Of(table) }
  } catch (cause) {
    throw new TanboxError('model-unknown', path, { cause })
  }
}

/** A copy in memory that all threads see; refuses what is no table. */
function shared(bytes: Uint8Array): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  decodeTable(copy)
  return copy
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
