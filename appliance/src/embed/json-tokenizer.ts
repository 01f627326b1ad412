import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import type { Tokenizer } from './tokenizer.ts'

/** A tokenizer of any kind from its tokenizer.json; for models whose vocabulary is small enough to hold as objects. */
export function createJsonTokenizer(json: string): Tokenizer {
  const tokenizer = new HuggingFaceTokenizer(JSON.parse(json), {})
  return {
    encode: (text) => tokenizer.encode(text).ids,
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  }
}
