/**
 * Tokens of a text where the model server did not count them: one per Chinese, Japanese or Korean character, a
 * third for each other byte. Always shown as an estimate.
 */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu) ?? []
  const wideBytes = wide.reduce((bytes, character) => bytes + Buffer.byteLength(character), 0)
  return wide.length + Math.ceil((Buffer.byteLength(text) - wideBytes) / 3)
}
