import type { World } from './world.ts'

/**
 * What callers ask: `count` appends over `seconds`, one by one and in bursts, some of them of what was asked for
 * before, as a caller does that was not told. Boxes that are down are asked in vain.
 */
export function planTraffic(world: World, count: number, microseconds: number): void {
  const random = world.random.fork('traffic')
  const asked: string[][] = world.boxes.map(() => [])
  for (let left = count; left > 0; ) {
    const burst = random.chance(0.15) ? random.between(2, Math.min(12, left + 1)) : 1
    left -= burst
    const which = random.below(world.boxes.length)
    const commitments = Array.from({ length: burst }, () => {
      const before = asked[which]!
      if (before.length > 0 && random.chance(0.08)) return random.pick(before)
      const fresh = random.bytes(32).toString('hex')
      before.push(fresh)
      return fresh
    })
    world.scheduler.plan(random.below(microseconds), 'appends', () => {
      // A double is asked as the box that it pretends to be.
      const name = world.boxes[which]!.name
      const machines = world.boxes.filter((box) => world.identityOf(box.name) === name)
      const box = machines[Number.parseInt(commitments[0]![0]!, 16) % machines.length]!
      for (const commitment of commitments) world.append(box, commitment)
    })
  }
}
