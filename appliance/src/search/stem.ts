/** Longer ones are no words: hashes, encoded data. */
const longest = 40

/**
 * Light English stemming: plurals and the endings -ing, -ed, -ly, with the silent e, after M. F. Porter, "An
 * algorithm for suffix stripping" (1980), step 1 and the last one. Words and questions only have to agree.
 */
export function stem(word: string): string {
  if (word.length <= 3 || word.length > longest) return word
  return withoutSilentE(withoutTense(withoutPlural(word.replace(/['’]s$/, ''))))
}

function withoutPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (/(?:ss|us|is)$/.test(word)) return word
  return word.endsWith('s') ? word.slice(0, -1) : word
}

function withoutTense(word: string): string {
  const found = /^(.*[aeiouy].*)(?:ing|ed|edly|ingly)$/.exec(word)
  if (!found || found[1]!.length < 3) return word
  const base = found[1]!
  return /([^aeioulsz])\1$/.test(base) ? base.slice(0, -1) : base
}

function withoutSilentE(word: string): string {
  return word.length > 4 && word.endsWith('e') ? word.slice(0, -1) : word
}
