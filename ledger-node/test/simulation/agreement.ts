import type { Box } from './box.ts'
import { agree } from './history.ts'
import { thresholdOf } from './honest.ts'
import { copied } from './restores.ts'
import type { World } from './world.ts'

/**
 * What honest boxes come to when nothing is in their way any more: all entries of an honest log are published,
 * copied by all others to the same root, and final where enough honest boxes witness. Answers what is still missing;
 * null when nothing is.
 */
export function unsettled(world: World): string | null {
  for (const box of world.honest) {
    const { node } = box
    if (!node) return `${box.name} is not up`
    const missing = isLost(world, box) ? null : unsettledLog(world, box)
    if (missing) return missing
  }
  if (!world.acquainted) return 'cards have not been exchanged'
  return untold(world)
}

/** A fork that one honest box can prove is known to all. */
function untold(world: World): string | null {
  for (const box of world.honest)
    for (const { origin } of box.node!.forks())
      for (const other of world.honest)
        if (!other.node!.forks().some((fork) => fork.origin === origin))
          return `${box.name} has a proof that ${origin} has forked, and ${other.name} has none`
  return null
}

function unsettledLog(world: World, box: Box): string | null {
  const { log } = box.node!
  const status = box.node!.status()
  if (log.standing.state === 'closed' && hasForked(world, log.origin)) return null
  if (log.standing.state !== 'open')
    return `${log.origin} is ${log.standing.state}: ${status.recovery ?? log.standing.because}`
  const root = log.published?.root.toString('hex')
  if ((log.published?.size ?? 0) !== log.head.size) return `${log.origin} has not published ${log.head.size}`
  if (log.head.size === 0) return null
  for (const other of world.honest) {
    if (other === box || !other.node) continue
    const followed = other.node.followed().find(({ key }) => key.name === log.origin)
    if (!followed) return `${other.name} does not follow ${log.origin}`
    const { verified } = followed
    if (Number(verified?.size ?? -1) !== log.head.size || verified?.root.toString('hex') !== root)
      return `${other.name} holds ${verified?.size ?? 'nothing'} of ${log.head.size} of ${log.origin}: ${followed.state.because ?? followed.state.state}`
    if (followed.state.state !== 'followed')
      return `${other.name}: ${log.origin} is ${followed.state.state}: ${followed.state.because}`
  }
  const { k } = thresholdOf(world.boxCount - 1)
  const witnesses = world.honest.filter((it) => it !== box && it.node!.log.standing.state !== 'held')
  if (witnesses.length < k || log.final?.size === log.head.size) return null
  const why = status.peers.map(({ name, because }) => `${name} ${because}`).join('; ')
  return `${log.origin} is final up to ${log.final?.size ?? 0} of ${log.head.size}: ${why}`
}

/**
 * A restored log that signed a checkpoint over entries which nobody holds any more stays held, until an administrator
 * goes on under another log id.
 */
export function isLost(world: World, box: Box): boolean {
  const { log } = box.node!
  if (box.restoredAt === null || log.standing.state !== 'held') return false
  const signed = world.evidence.known.find(({ kind, name }) => kind === 'log' && name === log.origin)
  const claims = signed ? world.evidence.of(signed).flatMap(([, all]) => all) : []
  const largest = Math.max(log.marker?.size ?? 0, ...claims.map(({ size }) => size))
  const held = world.honest.filter((it) => it !== box).map((it) => copied(it, log.origin))
  return largest > Math.max(log.head.size, ...held)
}

function hasForked(world: World, origin: string): boolean {
  const key = world.evidence.known.find(({ kind, name }) => kind === 'log' && name === origin)
  const claims = key ? world.evidence.of(key).flatMap(([, all]) => all) : []
  return world.forgetful.has(origin) && !agree(world.histories.get(origin) ?? [], claims)
}
