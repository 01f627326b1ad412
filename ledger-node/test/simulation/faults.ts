import type { Box } from './box.ts'
import { equivocation } from './doubles.ts'
import { falseClaims, lyingWitness, wrongCopies } from './liars.ts'
import type { SeededRandom } from './random.ts'
import { boxReplaced, oldBackup } from './restores.ts'
import { second, type World } from './world.ts'

/** Something that goes wrong. `begin` makes it so and plans what follows; `heal` of the world ends what lasts. */
export interface Fault {
  name: string
  begin: (world: World, random: SeededRandom) => void
}

/** Boxes cut off from the others, in both directions or in one. */
const partition: Fault = {
  name: 'partition',
  begin(world, random) {
    const [one, other] = halves(world, random)
    const directions = random.pick([['out'], ['in'], ['out', 'in'], ['out', 'in']])
    const set = (blocked: boolean) => {
      for (const a of one)
        for (const b of other) {
          if (directions.includes('out')) world.network.setWeather(a.name, b.name, { blocked })
          if (directions.includes('in')) world.network.setWeather(b.name, a.name, { blocked })
        }
    }
    set(true)
    world.scheduler.plan(random.between(3, 25) * second, 'a partition ends', () => set(false))
  },
}

/** Ways on which messages suffer, for a while. */
function weather(name: string, make: (random: SeededRandom) => object): Fault {
  return {
    name,
    begin(world, random) {
      const bad = make(random)
      const ways = world.boxes.flatMap((a) => world.boxes.map((b) => [a.name, b.name] as const))
      const hit = ways.filter(() => random.chance(0.5))
      for (const [a, b] of hit) world.network.setWeather(a, b, bad)
      world.scheduler.plan(random.between(5, 25) * second, `${name} ends`, () => {
        for (const [a, b] of hit) world.network.clear(a, b)
      })
    },
  }
}

const delay = weather('delay', (random) => ({ least: 100_000, most: random.between(500, 4000) * 1000 }))
const duplicate = weather('duplicate', (random) => ({ doubled: 0.1 + 0.5 * random.fraction() }))
const reorder = weather('reorder', () => ({ least: 0, most: 1_500_000 }))
const drop = weather('drop', (random) => ({ lost: 0.05 + 0.4 * random.fraction() }))
const corrupt = weather('corrupt byte', (random) => ({ corrupted: 0.05 + 0.3 * random.fraction() }))

/** Power or process of a box fails at some change to its disk, soon. */
const crash: Fault = {
  name: 'crash at a write',
  begin(world, random) {
    const box = random.pick(world.boxes)
    box.crashAfter(random.below(60), random.chance(0.75) ? 'power' : 'process', random)
  },
}

const diskFull: Fault = {
  name: 'disk full',
  begin(world, random) {
    const box = random.pick(world.boxes)
    box.disk.spare = random.below(2000)
    world.scheduler.plan(random.between(2, 20) * second, `${box.name} has room again`, () => box.makeRoom())
  },
}

/** After a failed sync nobody can say what is on the disk: the machine goes down soon. */
const failedSync: Fault = {
  name: 'failed sync',
  begin(world, random) {
    const box = random.pick(world.boxes)
    box.disk.failingSyncs = 1
    box.doubtful = true
    world.scheduler.plan(random.between(1, 6) * second, `${box.name} is taken down`, () => {
      if (box.doubtful) box.crash('power', random)
    })
  },
}

/** One log's tiles are kept from everybody or from some, by its own box or by all. */
const withheld: Fault = {
  name: 'tiles withheld',
  begin(world, random) {
    const box = random.pick(world.boxes)
    const victims = new Set(world.boxes.filter(() => random.chance(0.6)).map(({ name }) => name))
    const everywhere = random.chance(0.5)
    world.network.withheld = (from, to, path) =>
      victims.has(from) &&
      path.includes('/tile/') &&
      (to === box.name || (everywhere && path.startsWith('/mirror/')))
    world.scheduler.plan(random.between(3, 25) * second, 'tiles are served again', () => {
      world.network.withheld = () => false
    })
  },
}

const quota: Fault = {
  name: 'quota reached',
  begin(world, random) {
    const box = random.pick(world.boxes)
    // It holds from the next start on; an administrator allows more in the end.
    box.settings.quotaBytesPerPeer = random.between(500, 4000)
    box.crash('process', random)
  },
}

const clockJump: Fault = {
  name: 'clock jump',
  begin(world, random) {
    const box = random.pick(world.boxes)
    const ms = random.pick([-3_600_000, -5000, 5000, 3_600_000])
    box.setSkew(ms)
    world.scheduler.plan(random.between(2, 20) * second, `${box.name} has the time again`, () =>
      box.setSkew(0),
    )
  },
}

export const faults: readonly Fault[] = [
  partition,
  delay,
  duplicate,
  reorder,
  drop,
  corrupt,
  crash,
  diskFull,
  failedSync,
  oldBackup,
  boxReplaced,
  withheld,
  equivocation,
  lyingWitness,
  wrongCopies,
  falseClaims,
  quota,
  clockJump,
]

/** Chooses at least five faults for a seed and plans them over so many microseconds. */
export function planFaults(world: World, microseconds: number): string[] {
  const random = world.random.fork('faults')
  const planned = Array.from({ length: random.between(5, 8) }, () => ({
    fault: random.pick(faults),
    time: random.below(microseconds),
  }))
  // A machine that fails at a write is what the most depends on.
  if (!planned.some(({ fault }) => fault === crash)) planned[0]!.fault = crash
  // What a witness forgets matters where somebody shows it another history.
  const fork = planned.find(({ fault }) => fault === equivocation)
  if (fork && random.chance(0.6)) planned.push({ fault: crash, time: fork.time + random.below(2 * second) })
  if (fork && random.chance(0.4))
    planned.push({ fault: oldBackup, time: Math.max(0, fork.time - random.below(4 * second)) })
  for (const [at, { fault, time }] of planned.entries()) {
    const own = random.fork(at)
    world.scheduler.plan(time, fault.name, () => {
      world.scheduler.remark(`fault: ${fault.name}`)
      fault.begin(world, own)
    })
  }
  return planned.map(({ fault }) => fault.name)
}

function halves(world: World, random: SeededRandom): [Box[], Box[]] {
  const shuffled = random.shuffled(world.boxes)
  const cut = random.between(1, shuffled.length - 1)
  return [shuffled.slice(0, cut), shuffled.slice(cut)]
}
