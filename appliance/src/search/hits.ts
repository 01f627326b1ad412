import type { Hit, Locator, Passage } from '../model.ts'

/** The first five hits hold at most this many characters, white space not counted: what a model is given to read. */
export const readingBudget = 3000
const firstHits = 5
/** Neighbours are looked for among this many candidates. */
const mostCandidates = 30

type Merge = (first: Passage, second: Passage) => Passage

/**
 * Hits from candidates, best first. Passages that follow each other in one document become one hit, which stands
 * where the better one stood and leaves room for another. As many of the best candidates take part as the reading
 * budget admits.
 */
export function toHits(candidates: readonly Hit[], limit: number, merge: Merge): Hit[] {
  for (let merging = Math.min(mostCandidates, candidates.length); merging > 1; merging--) {
    const hits = [...mergeNeighbours(candidates.slice(0, merging), merge), ...candidates.slice(merging)]
    if (charactersIn(hits.slice(0, firstHits)) <= readingBudget) return hits.slice(0, limit)
  }
  return candidates.slice(0, limit)
}

function mergeNeighbours(candidates: readonly Hit[], merge: Merge): Hit[] {
  const runs: Hit[][] = []
  for (const candidate of candidates) {
    const adjacent = runs.filter((run) => run.some((hit) => areNeighbours(hit, candidate)))
    // A passage between two runs joins both; the best run keeps its place.
    const [first, ...others] = adjacent
    if (first === undefined) {
      runs.push([candidate])
      continue
    }
    first.push(candidate, ...others.flat())
    for (const other of others) runs.splice(runs.indexOf(other), 1)
  }
  return runs.map((run) => mergeRun(run, merge))
}

function areNeighbours(a: Hit, b: Hit): boolean {
  return (
    a.source.id === b.source.id &&
    Math.abs(a.passage.ordinal - b.passage.ordinal) === 1 &&
    onOneSheet(a.passage.locator, b.passage.locator)
  )
}

/** Pages run on into each other; sheets do not, and a hit names only one of them. */
function onOneSheet(a: Locator, b: Locator): boolean {
  return a.kind !== 'sheet' || b.kind !== 'sheet' || a.name === b.name
}

/** `run` begins with its best hit, which lends score and reasons. */
function mergeRun(run: readonly Hit[], merge: Merge): Hit {
  const [best] = run
  if (run.length === 1) return best!
  const inOrder = run.toSorted((a, b) => a.passage.ordinal - b.passage.ordinal).map((hit) => hit.passage)
  const passage = inOrder.slice(1).reduce(merge, inOrder[0]!)
  return { ...best!, passage: { ...passage, id: best!.passage.id }, parts: inOrder.map((part) => part.id) }
}

function charactersIn(hits: readonly Hit[]): number {
  return hits.reduce((sum, hit) => sum + hit.passage.text.replace(/\s+/g, '').length, 0)
}
