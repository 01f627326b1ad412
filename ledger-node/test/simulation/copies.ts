import { type Claim, History } from './history.ts'
import { parseCheckpoint, parseNote } from './honest.ts'
import { Broken, type World } from './world.ts'

/** The trees of a log that honest boxes have copied. */
export async function copiesOf(world: World, origin: string): Promise<History[]> {
  const copies: History[] = []
  for (const box of world.honest) {
    const mirror = box.node!.followed().find(({ key }) => key.name === origin)?.mirror
    if (!mirror?.verified || mirror.verified.size === 0) continue
    const { note, size } = mirror.verified
    const copy = new History(await mirror.tree.read(0, size), world.histories.get(origin)?.at(-1))
    if (!copy.has(claimOf(note)))
      throw new Broken(
        'a copy is what was signed',
        `${box.name} has another copy of ${origin} than its checkpoint of ${size} is of`,
      )
    copies.push(copy)
  }
  return copies
}

export function claimOf(note: string): Claim {
  const { size, root } = parseCheckpoint(parseNote(note).text)
  return { size: Number(size), root: root.toString('hex') }
}
