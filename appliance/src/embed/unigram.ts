import type { Tokenizer } from './tokenizer.ts'
import type { AddedToken, NormaliserStep, UnigramTable } from './unigram-table.ts'

/**
 * Unigram tokenizer with Metaspace (SentencePiece as XLM-RoBERTa uses it): the segmentation of highest probability,
 * found by Viterbi's algorithm over a trie of the pieces. Its ids equal those of @huggingface/tokenizers for every
 * text; the comments name what that takes.
 *
 * A literal `<s>`, `</s>`, `<pad>`, `<unk>` or `<mask>` in a text becomes that token, as in the reference. That is
 * harmless here: an encoder without instructions gives that one text another vector, and nothing else.
 */
export function createUnigramTokenizer(table: UnigramTable): Tokenizer {
  const { opening, closing } = table
  const split = splitterOf(table.added)
  const normalise = normaliserOf(table.normaliser)
  const segment = segmenterOf(table)
  const addedIds = new Map(table.added.map((token) => [token.content, token.id]))

  const body = (text: string): number[] => {
    const ids: number[] = []
    for (const section of split(text)) {
      // Normalised even where it is no token yet: a section that turns into one (full-width letters) counts as one.
      const normalised = addedIds.has(section) ? section : normalise(section)
      const token = addedIds.get(normalised)
      if (token !== undefined) ids.push(token)
      else if (normalised !== '')
        for (const stretch of stretches(metaspace(normalised))) segment(stretch, ids)
    }
    return ids
  }

  return {
    encode: (text) => [opening, ...body(text), closing],
    count: (text) => body(text).length,
  }
}

/** Cuts a text before and after each special token; the longest wins where two begin at one place. */
function splitterOf(added: AddedToken[]): (text: string) => string[] {
  const longestFirst = added.map((token) => token.content).sort((a, b) => b.length - a.length)
  const escaped = longestFirst.map((content) => content.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const any = new RegExp(`(${escaped.join('|')})`, 'u')
  const greedyLeft = new Set(added.filter((token) => token.lstrip).map((token) => token.content))
  return (text) => {
    const sections = text.split(any)
    // With one capturing group, sections at odd places are the tokens.
    for (let i = 1; i < sections.length; i += 2) {
      if (greedyLeft.has(sections[i]!)) sections[i - 1] = sections[i - 1]!.trimEnd()
    }
    return sections.filter((section) => section !== '')
  }
}

function normaliserOf(steps: NormaliserStep[]): (text: string) => string {
  const apply = steps.map((step) => {
    if (step.type === 'nfkc') return compose
    const pattern = new RegExp(step.pattern, 'gu')
    return (text: string) => text.replaceAll(pattern, step.content)
  })
  return (text) => apply.reduce((done, step) => step(done), text)
}

const longRun = /\p{M}{1000}/gu

/**
 * NFKC. It sorts the combining marks behind a letter in time quadratic in their number, seconds for a file made to
 * be malicious; a thousand marks in a row, which no writing system has, are therefore taken piece by piece. Such
 * texts alone may get other ids than the reference gives.
 */
function compose(text: string): string {
  const cuts = [...text.matchAll(longRun)].map((run) => run.index + run[0].length)
  let start = 0
  return [...cuts, text.length]
    .map((end) => {
      const piece = text.slice(start, end)
      start = end
      return piece.normalize('NFKC')
    })
    .join('')
}

function metaspace(text: string): string {
  const marked = text.replaceAll(' ', '▁')
  return marked.startsWith('▁') ? marked : `▁${marked}`
}

const longestStretch = 2 ** 20

/**
 * Cuts where a space stands: no piece goes on beyond one (the table is checked for that), so the best segmentation of
 * the whole is that of the parts, in much less memory. A million characters without a space are cut as well.
 */
function* stretches(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const space = text.indexOf('▁', start + 1)
    let end = Math.min(space < 0 ? text.length : space, start + longestStretch)
    if (end < text.length && end !== space && text.codePointAt(end - 1)! > 0xffff) end--
    yield text.slice(start, end)
    start = end
  }
}

/**
 * Appends the ids of the best segmentation of a text. Scores are 32-bit floats summed in 64 bits, which is exact up
 * to millions of pieces, so that equal sums compare equal; of equals the one whose last piece starts first wins.
 * A character that no piece of one character covers may stand alone as unknown; neighbouring unknowns become one.
 */
function segmenterOf(table: UnigramTable): (text: string, ids: number[]) => void {
  const { first, piece, score, label, unknown } = table
  const unknownScore = score[unknown]!
  // The root has tens of thousands of children: its level gets a direct table.
  const roots = new Int32Array(0x10000)
  for (let node = first[0]!; node < first[1]!; node++) roots[label[node]!] = node

  const childOf = (node: number, unit: number): number => {
    let low = first[node]!
    let high = first[node + 1]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (label[middle]! < unit) low = middle + 1
      else high = middle
    }
    return low < first[node + 1]! && label[low] === unit ? low : 0
  }

  return (text, ids) => {
    const length = text.length
    const best = new Float64Array(length + 1).fill(-Infinity)
    const origin = new Int32Array(length + 1)
    const chosen = new Int32Array(length + 1)
    best[0] = 0
    const offer = (from: number, to: number, id: number, value: number) => {
      const sum = best[from]! + value
      if (sum <= best[to]!) return
      best[to] = sum
      origin[to] = from
      chosen[to] = id
    }
    for (let at = 0; at < length; ) {
      const next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1)
      let covered = false
      let node = roots[text.charCodeAt(at)]!
      for (let end = at + 1; node !== 0; end++) {
        const id = piece[node]!
        if (id >= 0) {
          offer(at, end, id, score[id]!)
          covered ||= end === next
        }
        if (end === length) break
        node = childOf(node, text.charCodeAt(end))
      }
      if (!covered) offer(at, next, unknown, unknownScore)
      at = next
    }
    const start = ids.length
    for (let end = length; end > 0; end = origin[end]!) {
      if (chosen[end] === unknown && ids.length > start && ids[ids.length - 1] === unknown) continue
      ids.push(chosen[end]!)
    }
    reverseFrom(ids, start)
  }
}

function reverseFrom(ids: number[], start: number): void {
  for (let low = start, high = ids.length - 1; low < high; low++, high--) {
    const kept = ids[low]!
    ids[low] = ids[high]!
    ids[high] = kept
  }
}
