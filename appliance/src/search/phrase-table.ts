/** Phrases (lists of keys) to what they stand for; the longest phrase at a place wins. */
export interface PhraseTable {
  /** What is found in `keys`, from left to right, no key used twice. */
  match(keys: readonly string[]): { start: number; end: number; values: readonly string[] }[]
}

export function createPhraseTable(
  entries: Iterable<readonly [phrase: readonly string[], values: readonly string[]]>,
): PhraseTable {
  const values = new Map<string, Set<string>>()
  let longest = 0
  for (const [phrase, meanings] of entries) {
    const key = phrase.join(' ')
    const known = values.get(key) ?? new Set()
    for (const meaning of meanings) known.add(meaning)
    values.set(key, known)
    longest = Math.max(longest, phrase.length)
  }

  function longestAt(keys: readonly string[], start: number) {
    for (let end = Math.min(keys.length, start + longest); end > start; end--) {
      const found = values.get(keys.slice(start, end).join(' '))
      if (found) return { start, end, values: [...found] }
    }
    return null
  }

  return {
    match(keys) {
      const found = []
      for (let start = 0; start < keys.length; ) {
        const here = longestAt(keys, start)
        if (here) found.push(here)
        start = here?.end ?? start + 1
      }
      return found
    },
  }
}

/** The entries of a table of lines `phrase|phrase: value value`. */
export function readTable(table: string): [phrases: string[], values: string[]][] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const colon = line.indexOf(':')
      return [
        line.slice(0, colon).split('|'),
        line
          .slice(colon + 1)
          .trim()
          .split(' '),
      ]
    })
}
