import { originHash } from '../../src/peers/origin-hash.ts'
import type { Box } from './box.ts'
import type { FolderCopy } from './disk-tree.ts'
import type { Fault } from './faults.ts'
import { parseCheckpoint, parseNote, thresholdOf } from './honest.ts'
import { second, type World } from './world.ts'

/** The data folder is that of an earlier time; what no backup holds is as it was. */
export const oldBackup: Fault = {
  name: 'old backup',
  begin(world, random) {
    restore(world, random.pick(world.boxes), random.between(2, 15), false, random)
  },
}

/** The data folder is that of an earlier time, and what no backup holds is gone: a witness without its memory. */
export const boxReplaced: Fault = {
  name: 'box replaced',
  begin(world, random) {
    const box = random.pick(world.boxes)
    const age = random.between(2, 15)
    if (restore(world, box, age, true, random) && random.chance(0.5))
      meetsOneThatIsBehind(world, box, age, random)
  },
}

type Random = Parameters<Fault['begin']>[1]

/** @param age of the backup, in seconds. Answers whether there is going to be a restore. */
function restore(world: World, box: Box, age: number, replaced: boolean, random: Random): boolean {
  if (!box.honest) return false
  const backup = box.disk.tree.copyOf('/data')
  if (!backup.has('peers.json')) return false
  world.scheduler.plan(age * second, `${box.name} is restored`, () =>
    restoreFrom(world, box, backup, replaced, random),
  )
  return true
}

/** @param replaced what no backup holds is gone as well */
export function restoreFrom(
  world: World,
  box: Box,
  backup: FolderCopy,
  replaced: boolean,
  random: Random,
): void {
  // One after the other: what one box needs to recover is not taken from another meanwhile (`exempt`).
  if (world.healed || !box.honest || world.boxes.some((it) => it !== box && it.recovering)) return
  const { tree } = box.disk
  box.kill()
  box.disk.countdown = null
  box.restoredAt = world.scheduler.time
  box.recovering = true
  world.capture(box)
  exempt(world, box, replaced)
  tree.restore('/data', backup)
  if (replaced) {
    tree.restore('/data.local', null)
    for (const origin of world.originsOf(box)) world.forgetful.add(origin)
  }
  box.startIn(random.between(200, 5000))
}

/**
 * One other box is cut off from before the backup is made until the restore, and is the first that the restored box
 * meets: it answers, and knows nothing of what was lost.
 */
function meetsOneThatIsBehind(world: World, box: Box, age: number, random: Random): void {
  const others = world.boxes.filter((it) => world.identityOf(it.name) !== box.name)
  const behind = random.pick(others)
  // Refused, not lost without a word: else the first try to recover lasts longer than this does.
  const cut = (one: Box, refused: boolean) => {
    for (const other of world.boxes)
      if (other !== one) world.network.setBoth(one.name, other.name, { refused })
  }
  cut(behind, true)
  world.scheduler.plan(age * second, `${box.name} meets ${behind.name} alone`, () => {
    if (world.healed) return
    cut(box, true)
    world.network.setBoth(box.name, behind.name, { refused: false })
  })
  world.scheduler.plan((age + random.between(8, 14)) * second, `${box.name} meets all others`, () => {
    cut(behind, false)
    cut(box, false)
  })
}

/**
 * The one rule by which an acknowledged entry may be lost: its box was restored, from a backup older than the entry,
 * and no other box held it then. Where the folder which no backup holds was lost as well, the box goes on as soon as
 * those that do not answer cannot be a quorum: then an entry is only sure to come back when so many honest boxes held
 * it that one of them has to be among those that answer.
 */
function exempt(world: World, box: Box, replaced: boolean): void {
  const others = world.boxes.filter((it) => world.identityOf(it.name) !== box.name)
  const enough = replaced ? thresholdOf(others.length).k : 1
  for (const entry of world.acknowledged) {
    if (entry.box !== box || entry.exempt !== null) continue
    const holders = others.filter((it) => it.honest && copied(it, entry.origin) > entry.index)
    if (holders.length < enough)
      entry.exempt = `${box.name} was restored while ${holders.length} other boxes held it`
  }
}

/** Entries of a log that a box holds durably. */
export function copied(box: Box, origin: string): number {
  const bytes = box.disk.tree.durableBytes(`${box.settings.data}/mirrors/${originHash(origin)}/state.json`)
  try {
    const { verified } = JSON.parse((bytes ?? '').toString()) as { verified: string | null }
    return verified === null ? 0 : Number(parseCheckpoint(parseNote(verified).text).size)
  } catch {
    return 0
  }
}
