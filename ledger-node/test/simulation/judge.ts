import type { Box } from './box.ts'
import { copiesOf } from './copies.ts'
import type { KnownKey } from './evidence.ts'
import { judgeFinal } from './finality.ts'
import { judgeForks } from './forks-proved.ts'
import { agree } from './history.ts'
import { parseForkProof, verifyForkProof } from './honest.ts'
import { Broken, type World } from './world.ts'

/** Everything that can be judged only when all is over. @throws Broken */
export async function judge(world: World): Promise<void> {
  for (const box of world.boxes) world.capture(box)
  for (const box of world.honest) if (box.node!.log.final) judgeFinal(world, box, box.node!.log.final)
  await world.wait(judgeAcknowledged(world), 'the look at entries')
  for (const key of world.evidence.known) judgeSignatures(world, key)
  for (const box of world.honest) await world.wait(judgeFrozen(world, box), 'the look at forks')
  await world.wait(judgeForks(world), 'the look at copies')
}

/**
 * No acknowledged entry is lost or changed; `restores.ts` says which may be. Where a log could not be completed and
 * another goes on in its place, the copies of the other boxes have what there is of it.
 */
async function judgeAcknowledged(world: World): Promise<void> {
  for (const { box, origin, commitment, index, exempt } of world.acknowledged) {
    if (exempt !== null || !box.honest) continue
    const own = world.histories.get(origin)!.at(-1)!
    const copies = box.node!.log.origin === origin ? [] : await copiesOf(world, origin)
    const found = [own, ...copies].map(({ entries }) => commitmentOf(entries[index]))
    if (found.includes(commitment)) continue
    const instead = found.map((it) => it?.slice(0, 8) ?? 'nothing').join(', ')
    throw new Broken(
      'no acknowledged entry is lost or changed',
      `${box.name} acknowledged ${commitment.slice(0, 8)} at ${index} of ${origin}; there is ${instead}`,
    )
  }
}

function commitmentOf(entry: Buffer | undefined): string | null {
  return entry ? (JSON.parse(entry.toString()) as { commitment: string }).commitment : null
}

/**
 * What one key signed about one log can be of one history: that of log keys of boxes that are honest, and that of
 * their witnesses about any log. A box that has lost what no backup holds may go on in another history than the one
 * that it signed before; its peers are not excused by that.
 */
function judgeSignatures(world: World, key: KnownKey): void {
  const box = world.boxes.find((it) => it.name === key.box)
  if (!box?.honest) return
  for (const [origin, claims] of world.evidence.of(key)) {
    if (key.kind === 'log' && world.forgetful.has(origin)) continue
    if (agree(world.histories.get(origin) ?? [], claims)) continue
    const said = claims.map(({ size, root }) => `${size} ${root.slice(0, 8)}`).join(', ')
    throw new Broken(
      key.kind === 'log' ? 'an honest log has one history' : 'an honest node cosigns one history',
      `${key.name} has signed of ${origin}: ${said}`,
    )
  }
}

/** No log is frozen, or said to have forked, without a proof that verifies offline; and none that has one history. */
async function judgeFrozen(world: World, box: Box): Promise<void> {
  const node = box.node!
  const proved = new Set<string>()
  for (const { origin, id } of node.forks()) {
    const key = world.evidence.known.find(({ kind, name }) => kind === 'log' && name === origin)!
    const { status, body } = await box.ask(`/fork/${id}`)
    const proof = Buffer.from(body)
    try {
      if (status !== 200) throw new Error(`answered ${status}`)
      const { first, second } = verifyForkProof(parseForkProof(proof), key)
      const claims = [first, second].map(({ size, root }) => ({
        size: Number(size),
        root: root.toString('hex'),
      }))
      if (agree(world.histories.get(origin) ?? [], claims)) throw new Error('both sides are of one history')
    } catch (cause) {
      throw new Broken('no log is frozen without a proof', `${box.name} about ${origin}: ${String(cause)}`)
    }
    proved.add(origin)
  }
  for (const { key, state } of node.followed())
    if (state.state === 'frozen' && !proved.has(key.name))
      throw new Broken('no log is frozen without a proof', `${box.name} has frozen ${key.name}`)
}
