import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which requests that wait get their turn. */
const turnMs = 10

/** To be awaited between steps of long work in the thread that also answers requests; mostly returns null at once. */
export function createTurns(): () => Promise<void> | null {
  let began = performance.now()
  return () => {
    if (performance.now() - began < turnMs) return null
    return nextTurn().then(() => {
      began = performance.now()
    })
  }
}

/** `items.map(step)` with turns in between: a document may have tens of thousands of items. */
export async function mapInTurns<Item, Made>(
  items: readonly Item[],
  step: (item: Item, index: number) => Made,
): Promise<Made[]> {
  const turn = createTurns()
  const made: Made[] = []
  for (const [index, item] of items.entries()) {
    made.push(step(item, index))
    const others = turn()
    if (others) await others
  }
  return made
}
