import type { NodeSettings } from '../../src/node.ts'
import { goOn, introduce } from './administrators.ts'
import { isLost, unsettled } from './agreement.ts'
import { planFaults } from './faults.ts'
import { judge } from './judge.ts'
import type { Outcome } from './outcome.ts'
import type { SeededRandom } from './random.ts'
import { Trace } from './trace.ts'
import { planTraffic } from './traffic.ts'
import { watch } from './watch.ts'
import { Broken, second, World } from './world.ts'

/** Bytes of a copy that no seed reaches. */
const plenty = 1 << 30

/** Runs one seed from its first start to its judgement. */
export async function runSeed(seed: number, { aloud }: { aloud: boolean }): Promise<Outcome> {
  const trace = new Trace(aloud)
  const world = new World(seed, trace)
  const faults: string[] = []
  const failure = await play(world, faults).then(
    () => null,
    (cause) =>
      cause instanceof Broken
        ? { invariant: cause.invariant, sentence: cause.message }
        : {
            invariant: 'nothing goes wrong unseen',
            sentence: cause instanceof Error ? `${cause.stack}` : `${cause}`,
          },
  )
  for (const box of world.boxes) box.kill()
  if (trace.lines) await show(trace.lines)
  return {
    seed,
    trace: trace.digest(),
    failure,
    faults,
    appends: world.appends,
    events: world.scheduler.happened,
    seconds: world.scheduler.time / second,
  }
}

/** Ends when all of it has left: this process is killed as soon as it has told what came of the seed. */
function show(lines: readonly string[]): Promise<void> {
  return new Promise((resolve) => process.stderr.write(lines.join(''), () => resolve()))
}

/** Virtual time in which things go wrong, and after which all is settled at the latest, in microseconds. */
const troubled = 30 * second
const patience = 300 * second

/** @returns names of the faults */
async function play(world: World, faults: string[]): Promise<void> {
  const random = world.random.fork('boxes')
  const count = random.pick([4, 4, 4, 4, 5, 5, 5, 6, 6, 7])
  watch(world)
  for (let at = 1; at <= count; at++) world.addBox(`box-${at}`, settingsOf(random))
  for (const box of world.boxes) box.start()
  await world.run(60 * second, () => world.boxes.every((box) => box.up))
  await introduce(world)
  planTraffic(world, 220, troubled)
  faults.push(...planFaults(world, 0.8 * troubled))
  await world.run(troubled)
  await heal(world)
  await settle(world)
  await judge(world)
}

function settingsOf(random: SeededRandom): NodeSettings {
  return {
    data: '/data',
    local: '/data.local',
    host: 'ledger.example',
    publishEveryMs: random.between(500, 2500),
    antiEntropyMs: random.between(4000, 12_000),
    requestMs: random.between(1500, 5000),
    readers: random.pick(['public', 'peers']),
    quotaBytesPerPeer: plenty,
  }
}

/** Whatever lasts is over: ways are free, disks have room, boxes are up. Liars go on lying. */
async function heal(world: World): Promise<void> {
  world.scheduler.remark('healed')
  world.healed = true
  world.network.heal()
  for (const box of world.boxes) {
    box.disk.countdown = null
    if (box.doubtful) {
      box.powerCut()
      box.startIn(1)
    }
    box.setSkew(0)
    box.makeRoom()
    if (box.settings.quotaBytesPerPeer === plenty) continue
    box.settings.quotaBytesPerPeer = plenty
    await world.wait(box.stop(), `${box.name} stops`)
    box.startIn(1)
  }
  await world.run(60 * second, () => world.boxes.every((box) => box.up))
}

/** Waits until honest boxes agree, which may take a new log id where entries were lost for good. */
async function settle(world: World): Promise<void> {
  await agreement(world)
  const lost = world.honest.filter((box) => isLost(world, box))
  for (const box of lost) await goOn(world, box)
  if (lost.length > 0) await agreement(world)
  // Whoever meets a fork now has time to prove it and to tell.
  await world.run(10 * second)
  const left = unsettled(world)
  if (left !== null) throw new Broken('honest boxes come to agree', left)
}

async function agreement(world: World): Promise<void> {
  const until = world.scheduler.time + patience
  while (unsettled(world) !== null) {
    if (world.scheduler.time >= until) throw new Broken('honest boxes come to agree', unsettled(world)!)
    await world.run(second)
  }
}
