import type { AddedToken, NormaliserStep, UnigramSource } from './unigram-table.ts'

interface TokenizerJson {
  added_tokens: (AddedToken & { single_word: boolean; rstrip: boolean; normalized: boolean })[]
  normalizer: {
    type: string
    normalizers?: { type: string; pattern?: { Regex?: string }; content?: string }[]
  }
  pre_tokenizer: { type: string; replacement?: string; prepend_scheme?: string }
  post_processor: { type: string; single?: { SpecialToken?: { id: string }; Sequence?: unknown }[] }
  model: { type: string; unk_id?: number; byte_fallback?: boolean; vocab: [string, number][] }
}

/**
 * What `unigram.ts` needs of a tokenizer.json, or null where that is a tokenizer of another kind (WordPiece, BPE,
 * byte fallback, ...). It refuses whatever it would not reproduce exactly.
 */
export function unigramSource(json: TokenizerJson): UnigramSource | null {
  const { model, pre_tokenizer: pre, post_processor: post } = json
  if (model.type !== 'Unigram' || model.byte_fallback || model.unk_id === undefined) return null
  if (pre?.type !== 'Metaspace' || pre.replacement !== '▁' || pre.prepend_scheme !== 'always') return null
  if (model.vocab.some(([piece]) => piece.includes('▁', 1))) return null
  if (json.added_tokens.some((token) => token.single_word || token.rstrip || token.normalized)) return null
  const normaliser = normaliserSteps(json)
  const frame = frameTokens(post)
  if (!normaliser || !frame) return null
  const idOf = (content: string) => model.vocab.findIndex(([piece]) => piece === content)
  return {
    vocabulary: model.vocab,
    unknown: model.unk_id,
    opening: idOf(frame.opening),
    closing: idOf(frame.closing),
    added: json.added_tokens.map(({ id, content, lstrip }) => ({ id, content, lstrip })),
    normaliser,
  }
}

function normaliserSteps({ normalizer }: TokenizerJson): NormaliserStep[] | null {
  const steps: NormaliserStep[] = []
  for (const part of normalizer?.normalizers ?? []) {
    if (part.type === 'NFKC') steps.push({ type: 'nfkc' })
    else if (part.type === 'Replace' && part.pattern?.Regex) {
      steps.push({ type: 'replace', pattern: part.pattern.Regex, content: part.content ?? '' })
    } else return null
  }
  return normalizer?.type === 'Sequence' ? steps : null
}

function frameTokens(post: TokenizerJson['post_processor']): { opening: string; closing: string } | null {
  const [opening, text, closing, ...more] = post?.single ?? []
  if (post?.type !== 'TemplateProcessing' || more.length > 0) return null
  if (!opening?.SpecialToken || !text?.Sequence || !closing?.SpecialToken) return null
  return { opening: opening.SpecialToken.id, closing: closing.SpecialToken.id }
}
