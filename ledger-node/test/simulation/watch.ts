import type { Published } from '../../src/log/published.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import type { Box } from './box.ts'
import type { Signed } from './evidence.ts'
import { cosignersOf, judgeFinal } from './finality.ts'
import { History, readEntries } from './history.ts'
import { parseCheckpoint, parseNote } from './honest.ts'
import type { Message } from './sim-network.ts'
import type { World } from './world.ts'

/** Takes notice of all that is sent, and judges at once what can be judged at once. */
export function watch(world: World): void {
  const { evidence, network } = world
  const judgeOwn = ownJudge(world)
  network.tap = (message) => {
    const { from, to, request, response } = message
    evidence.message(response ? to : from, request, response)
    if (response) judgeHeld(world, message)
    for (const box of world.boxes) if (box.name === from || box.name === to) judgeOwn(box)
  }
  evidence.onSigned = (signed) => {
    judgeCheckpoint(world, signed)
    judgeCosignature(world, signed)
  }
}

/** A checkpoint leaves its box only over entries that are durable there; a held box signs no new one. */
function judgeCheckpoint(world: World, { key, sender, origin, size, root }: Signed): void {
  const box = world.boxes.find((it) => it.name === sender)
  if (!box?.honest || key.kind !== 'log' || key.box !== sender || key.name !== origin) return
  const file = box.disk.tree.durableBytes(`${box.folderOf(origin)}/entries`)
  const history = new History(file ? readEntries(file) : [], world.lastHistory(box, origin))
  world.remember(box, origin, history)
  if (!history.has({ size, root }) && !world.forgetful.has(origin))
    world.blame(
      'checkpoints are over durable entries',
      `${sender} let a checkpoint of ${size} out, and ${history.size} entries are durable that may be others`,
    )
  if (box.held?.origin === origin && size > box.held.size)
    world.blame('a held box signs nothing', `${sender} signed ${size} entries while held at ${box.held.size}`)
}

/** A cosignature leaves its box only when what was cosigned is remembered there, durably. */
function judgeCosignature(world: World, { key, sender, origin, size }: Signed): void {
  const box = world.boxes.find((it) => it.name === sender)
  if (!box?.honest || key.kind !== 'cosigner' || key.box !== sender || box.doubtful) return
  // A key that was put away signs nothing any more; what it signed may come by again.
  if (box.node?.box.cosigner.name !== key.name) return
  // In whichever folder it remembers: that it does not go back with a backup is judged by what it signs.
  const remembered = Math.max(
    ...[box.settings.local, box.settings.data].map((folder) => {
      const file = box.disk.tree.durableBytes(`${folder}/witness/${originHash(origin)}`)
      return file && file.length > 0 ? Number(parseCheckpoint(parseNote(file).text).size) : -1
    }),
  )
  if (remembered < size)
    world.blame(
      'cosigned is what is remembered',
      `${sender} cosigned ${size} of ${origin} and remembers ${remembered}`,
    )
}

function judgeHeld(world: World, { to, request, response, arrived }: Message): void {
  const box = world.boxes.find((it) => it.name === to)
  if (!box?.honest || !box.held || box.held.since >= arrived) return
  if (request.path === '/witness/add-checkpoint' && response!.status === 200)
    world.blame('a held box signs nothing', `${to} cosigned while its log is held`)
}

/** Looks at the checkpoints that a box keeps with their cosignatures, at each change that is seen. */
function ownJudge(world: World): (box: Box) => void {
  const judged = new Map<Box, { published: Published | null; final: Published | null }>()
  return (box) => {
    if (!box.honest || !box.node) return
    const { published, final } = box.node.log
    const before = judged.get(box)
    if (before?.published === published && before.final === final) return
    judged.set(box, { published, final })
    if (published && before?.published !== published) cosignersOf(world, box, published)
    if (final && before?.final !== final) judgeFinal(world, box, final)
  }
}
