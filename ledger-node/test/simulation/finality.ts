import type { Published } from '../../src/log/published.ts'
import type { Box } from './box.ts'
import { parseNote, thresholdOf, verifyCosignature } from './honest.ts'
import type { World } from './world.ts'

/** What a box calls final was cosigned by as many other boxes as that takes, from the moment on that it does so. */
export function judgeFinal(world: World, box: Box, final: Published): void {
  const signers = cosignersOf(world, box, final)
  const { k } = thresholdOf(world.boxCount - 1)
  if (signers.size < k)
    world.blame(
      'final is what a quorum cosigned',
      `${box.node!.log.origin} at ${final.size}: ${signers.size} of ${k}`,
    )
}

/** Other boxes that cosigned what a box keeps. It keeps no cosignature that is wrong. */
export function cosignersOf(world: World, box: Box, { note: kept, size }: Published): Set<string> {
  const note = parseNote(kept)
  const signers = new Set<string>()
  for (const signature of note.signatures) {
    const key = world.evidence.keyOf(signature)
    if (key?.kind !== 'cosigner' || key.box === box.name) continue
    if (verifyCosignature(note.text, signature, key)) signers.add(key.box)
    else
      world.blame(
        'what is kept as a cosignature is one',
        `${box.name} keeps one by ${key.name} with its checkpoint of ${size} that is wrong`,
      )
  }
  return signers
}
