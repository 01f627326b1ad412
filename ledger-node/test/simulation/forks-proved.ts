import { originHash } from '../../src/peers/origin-hash.ts'
import { claimOf, copiesOf } from './copies.ts'
import type { Claim } from './history.ts'
import { Broken, type World } from './world.ts'

/**
 * Every fork of which honest boxes hold both sides, the larger one with its tiles, is proved at every honest box. A
 * side is held when its checkpoint is what a box gives others to see, or what it has cosigned.
 */
export async function judgeForks(world: World): Promise<void> {
  for (const [origin, histories] of world.histories) {
    const shown = await claimsAbout(world, origin)
    const sides = await copiesOf(world, origin)
    const isForked = shown.some((larger) => {
      const tree = sides.find((side) => side.has(larger))
      return tree !== undefined && shown.some((it) => it.size > 0 && it.size <= larger.size && !tree.has(it))
    })
    if (!isForked) continue
    for (const box of world.honest) {
      if (box.node!.forks().some((fork) => fork.origin === origin)) continue
      const sizes = shown.map(({ size, root }) => `${size} ${root.slice(0, 8)}`).join(', ')
      throw new Broken(
        'every fork is proved',
        `${box.name} has no proof that ${origin} has forked, of ${histories.length} histories: ${sizes}`,
      )
    }
  }
}

async function claimsAbout(world: World, origin: string): Promise<Claim[]> {
  const id = originHash(origin)
  const claims: Claim[] = []
  for (const box of world.honest)
    for (const path of [`/mirror/${id}/checkpoint`, `/witness/${id}/checkpoint`]) {
      const { status, body } = await box.ask(path)
      if (status === 200) claims.push(claimOf(Buffer.from(body).toString()))
    }
  for (const key of world.evidence.known) {
    const box = world.boxes.find((it) => it.name === key.box)
    if (key.kind !== 'cosigner' || !box?.honest || box.restoredAt !== null) continue
    claims.push(...world.evidence.of(key).flatMap(([of, signed]) => (of === origin ? signed : [])))
  }
  return claims
}
