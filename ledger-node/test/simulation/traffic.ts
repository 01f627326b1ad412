import type { World } from './world.ts'

/** Entries beyond which a log has full tiles. */
const fullTile = 256

/**
 * What callers ask: `count` appends over `seconds`, one by one and in bursts, some of them of what was asked for
 * before, as a caller does that was not told. Boxes that are down are asked in vain. In some seeds one box is asked for
 * so much at once that its tiles become full.
 */
export function planTraffic(world: World, count: number, microseconds: number): void {
  const random = world.random.fork('traffic')
  const asked: string[][] = world.boxes.map(() => [])
  const busy = random.chance(0.2) ? random.below(world.boxes.length) : null
  for (let left = count + (busy === null ? 0 : fullTile); left > 0; ) {
    const rush = busy !== null && left > count
    const burst = rush ? 64 : random.chance(0.3) ? random.between(2, Math.min(16, left + 1)) : 1
    left -= burst
    const which = rush ? busy : random.below(world.boxes.length)
    const commitments = Array.from({ length: burst }, () => {
      const before = asked[which]!
      if (before.length > 0 && random.chance(0.08)) return random.pick(before)
      const fresh = random.bytes(32).toString('hex')
      before.push(fresh)
      return fresh
    })
    world.scheduler.plan(random.below(microseconds), 'appends', () => {
      // A box with a double writes two histories, both at once or one at a time.
      const name = world.boxes[which]!.name
      const machines = world.boxes.filter((box) => world.identityOf(box.name) === name)
      const lot = Number.parseInt(commitments[0]!.slice(0, 6), 16)
      for (const [at, box] of machines.entries()) {
        if (lot % 2 === 0 && (lot >> 1) % machines.length !== at) continue
        for (const commitment of commitments) world.append(box, at === 0 ? commitment : twin(commitment))
      }
    })
  }
}

/** What the double of a box writes when the box itself writes something else. */
function twin(commitment: string): string {
  return [...commitment].reverse().join('')
}
