import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Block, ParsedDocument, Passage } from '../model.ts'
import type { DraftHead, DraftPassage, Drafts, DraftUnit } from '../store/drafts.ts'
import type { Steps } from './steps.ts'

/** Passages embedded and written together: a few seconds of embedding, a few milliseconds of writing. */
const passagesPerSlice = 24
/** Units written together hold about this many characters, so that a slice takes a few milliseconds. */
const charactersPerSlice = 200_000

/**
 * Writes a document as a draft: its units, then its passages with vectors and words as they come from the embedder.
 * Between slices the event loop gets its turn. Returns the draft; whatever it throws, the draft is abandoned.
 */
export async function writeDraft(
  house: { drafts: Drafts; steps: Pick<Steps, 'embed' | 'views' | 'words'> },
  made: { head: DraftHead; document: ParsedDocument; passages: readonly Passage[] },
  options: { signal: AbortSignal; onPassages: (count: number) => void },
): Promise<number> {
  const { drafts } = house
  const draft = drafts.begin(made.head)
  try {
    await writeUnits(drafts, draft, made.document)
    await writePassages(house, draft, made.passages, options)
    return draft
  } catch (cause) {
    drafts.abandon(draft)
    throw cause
  }
}

async function writeUnits(drafts: Drafts, draft: number, { units, blocks }: ParsedDocument): Promise<void> {
  const byUnit = Map.groupBy(blocks, unitOf)
  let slice: DraftUnit[] = []
  let weight = 0
  let first = 0
  for (const [ordinal, unit] of units.entries()) {
    const json = await blocksJson(byUnit.get(ordinal) ?? [])
    slice.push({ unit, blocks: json })
    weight += unit.text.length + json.length
    if (weight < charactersPerSlice && ordinal < units.length - 1) continue
    drafts.addUnits(draft, first, slice)
    await nextTurn()
    first = ordinal + 1
    slice = []
    weight = 0
  }
}

/** The unit in which a block starts. */
function unitOf({ spans, table }: Block): number {
  return spans[0]?.unit ?? table?.rows.find((row) => row.length > 0)?.[0]?.unit ?? 0
}

const itemsPerTurn = 500

/** `JSON.stringify(blocks)`, in turns: a table of 50,000 rows would hold up the event loop for a second. */
async function blocksJson(blocks: readonly Block[]): Promise<string> {
  const parts: string[] = []
  for (const block of blocks) {
    const { table, ...rest } = block
    if (table === undefined || table.rows.length <= itemsPerTurn) {
      parts.push(JSON.stringify(block))
      if (parts.length % itemsPerTurn === 0) await nextTurn()
      continue
    }
    const { rows, ...tableRest } = table
    const pieces: string[] = []
    for (let at = 0; at < rows.length; at += itemsPerTurn) {
      pieces.push(JSON.stringify(rows.slice(at, at + itemsPerTurn)).slice(1, -1))
      await nextTurn()
    }
    const whole = JSON.stringify({ ...rest, table: { ...tableRest, rows: [] } })
    // `rows` is the last member of the last member.
    parts.push(`${whole.slice(0, -'[]}}'.length)}[${pieces.join(',')}]}}`)
  }
  return `[${parts.join(',')}]`
}

async function writePassages(
  house: { drafts: Drafts; steps: Pick<Steps, 'embed' | 'views' | 'words'> },
  draft: number,
  passages: readonly Passage[],
  { signal, onPassages }: { signal: AbortSignal; onPassages: (count: number) => void },
): Promise<void> {
  let ahead = embedSlice(house.steps, passages, 0, signal)
  for (let at = 0; at < passages.length; at += passagesPerSlice) {
    // The next slice is under way while this one is awaited and written: the embedder never waits for the disk.
    const current = ahead
    ahead = embedSlice(house.steps, passages, at + passagesPerSlice, signal)
    const slice = await current
    signal.throwIfAborted()
    house.drafts.addPassages(draft, slice)
    onPassages(slice.length)
  }
}

function embedSlice(
  steps: Pick<Steps, 'embed' | 'views' | 'words'>,
  passages: readonly Passage[],
  at: number,
  signal: AbortSignal,
): Promise<DraftPassage[]> {
  const slice = passages.slice(at, at + passagesPerSlice)
  const embedded = embedAll(steps, slice, signal)
  // Awaited one turn later; by then something else may have failed first.
  embedded.catch(() => {})
  return embedded
}

async function embedAll(
  steps: Pick<Steps, 'embed' | 'views' | 'words'>,
  passages: readonly Passage[],
  signal: AbortSignal,
): Promise<DraftPassage[]> {
  const texts = passages.map((passage) => steps.views.map((view) => view(passage)))
  // Where a passage has no context its views are one and the same text.
  const distinct = [...new Set(texts.flat())]
  const vectors = await steps.embed(distinct, { signal })
  const vectorOf = new Map(distinct.map((text, index) => [text, vectors[index]!]))
  return passages.map((passage, index) => ({
    passage,
    vectors: texts[index]!.map((text) => vectorOf.get(text)!),
    words: steps.words(passage),
  }))
}
