import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { parseSignerKey, type SignerKey } from '../../src/note/key.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import type { Box } from './box.ts'
import type { Fault } from './faults.ts'
import { turn } from './liars.ts'
import type { SeededRandom } from './random.ts'
import { restoreFrom } from './restores.ts'
import { everlasting } from './scheduler.ts'
import { second, type World } from './world.ts'

/** One way in which a box shows two histories of its log. */
type Way = (world: World, liar: Box, random: SeededRandom) => void

/** A box signs two histories of its log, and shows them to others as it likes. */
export const equivocation: Fault = {
  name: 'equivocating peer',
  begin(world, random) {
    if (hasDouble(world)) return
    const liar = turn(world, random)
    if (liar) random.pick(ways)(world, liar, random)
  },
}

/**
 * A box becomes two with the same keys, as when a disk is copied. Some of the others deal with the one, some with the
 * other, and both go on writing.
 */
const twoWriters: Way = (world, liar, random) => {
  const misled = new Set(world.boxes.filter(() => random.chance(0.5)))
  const double = split(world, liar, random)
  world.route = (from, to) => (to === liar.name && misled.has(from) ? double.name : to)
}

/**
 * The same, but the one ends at a power of two and the other goes beyond it at once: that the smaller tree is no
 * beginning of the larger one has to be shown of a tree whose root a consistency proof leaves out.
 */
const endsAtPowerOfTwo: Way = (world, liar, random) => {
  const beyond = random.between(1, 3)
  const misled = new Set(
    random.shuffled(world.honest).filter((_, at) => at === 0 || (at > 1 && random.chance(0.5))),
  )
  const double = split(world, liar, random)
  world.route = (from, to) => (to === liar.name && misled.has(from) ? double.name : to)
  for (const box of [liar, double]) box.quiet = true
  // In the same moment: both ask the same witnesses.
  whenUp(world, [liar, double], () => {
    const { size } = double.node!.log.head
    const end = 2 ** Math.ceil(Math.log2(size + 1))
    // At once, so that they are of one batch and no checkpoint is between.
    for (const [box, until] of [
      [double, end],
      [liar, end + beyond],
    ] as const)
      for (let at = size; at < until; at++)
        world.append(box, random.bytes(32).toString('hex'), { aloud: true })
    liar.quiet = false
  })
}

/**
 * One witness deals with the double and with nobody else, and cosigns what that writes; then its data are of the time
 * before, and it meets the others again. It must not have forgotten.
 */
const loneWitness: Way = (world, liar, random) => {
  const candidates = world.honest.filter((box) => box.up && box.restoredAt === null)
  if (candidates.length === 0) return twoWriters(world, liar, random)
  const witness = random.pick(candidates)
  // What it has written by now is copied by the others until the fork.
  witness.quiet = true
  world.scheduler.plan(3 * second, 'a witness is alone', () => {
    const backup = witness.disk.tree.copyOf('/data')
    if (world.healed || hasDouble(world) || !witness.up || !witness.honest) {
      witness.quiet = false
      return
    }
    const double = split(world, liar, random)
    let isMisled = true
    world.route = (from, to) => (to === liar.name && from === witness && isMisled ? double.name : to)
    const cut = (box: Box, blocked: boolean) => {
      const others = world.boxes.filter((it) => it !== witness && it !== double)
      for (const other of others) world.network.setBoth(box.name, other.name, { blocked })
    }
    cut(witness, true)
    cut(double, true)
    whenUp(world, [double], () => world.append(double, random.bytes(32).toString('hex')))
    world.scheduler.plan(random.between(3, 6) * second, `${witness.name} meets the others again`, () => {
      isMisled = false
      witness.quiet = false
      if (world.healed) return
      cut(witness, false)
      world.network.setBoth(witness.name, double.name, { blocked: true })
      restoreFrom(world, witness, backup, false, random)
    })
  })
}

/**
 * One other root of a size that one box holds is shown to that box and to nobody else: it alone can prove it, and has
 * to tell all others.
 */
const whispered: Way = (world, liar, random) => {
  const { origin } = liar.node?.log ?? { origin: '' }
  const key = logKeyOf(liar, origin)
  const root = random.bytes(32)
  let victim: Box | null = null
  let body: Uint8Array = new Uint8Array()
  const whisper = () => {
    if (!key || world.healed || victim?.node?.forks().some((fork) => fork.origin === origin)) return
    world.scheduler.plan(second, `${liar.name} whispers`, whisper)
    if (!victim) {
      const holders = holdersOf(world, origin)
      if (holders.length === 0) return
      const { box, size } = random.pick(holders)
      victim = box
      const note = signCheckpoint({ origin, size, root, extensions: [] }, key)
      body = formatMessage({ notes: [note], forks: [], statements: [] })
    }
    world.network
      .dial(liar.name, everlasting, victim.name)
      .request({ method: 'POST', path: '/gossip', body }, { maxBytes: 1 << 20 })
      .catch(() => {})
  }
  whisper()
}

const ways: readonly Way[] = [twoWriters, twoWriters, endsAtPowerOfTwo, loneWitness, whispered]

function hasDouble(world: World): boolean {
  return world.boxes.some((box) => world.identityOf(box.name) !== box.name)
}

/** A second machine with a copy of the box's disk. Both are started. */
function split(world: World, box: Box, random: SeededRandom): Box {
  box.kill()
  box.disk.countdown = null
  const double = world.addBox(`${box.name}'`, { ...box.settings }, box.name)
  double.honest = false
  for (const folder of ['/data', '/data.local'])
    double.disk.tree.restore(folder, box.disk.tree.copyOf(folder))
  box.startIn(random.between(10, 1000))
  double.startIn(random.between(10, 1000))
  return double
}

function whenUp(world: World, boxes: readonly Box[], run: () => void): void {
  world.scheduler.plan(second / 20, 'boxes are waited for', () => {
    if (boxes.every((box) => box.up)) run()
    else whenUp(world, boxes, run)
  })
}

/** Honest boxes that hold a tree of this log, and its size. */
function holdersOf(world: World, origin: string): { box: Box; size: bigint }[] {
  return world.honest.flatMap((box) => {
    const log = box.node?.followed().find(({ key }) => key.name === origin)
    return log?.verified ? [{ box, size: log.verified.size }] : []
  })
}

function logKeyOf(box: Box, origin: string): SignerKey | null {
  const file = box.disk.tree.fileAt(`${box.folderOf(origin)}/keys/log.key`)
  return file && parseSignerKey(file.seen.copy().toString().trimEnd())
}
