import type { Published } from '../../src/log/published.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import type { Box } from './box.ts'
import type { KnownKey, Signed } from './evidence.ts'
import { agree, type Claim, History, readEntries } from './history.ts'
import {
  parseCheckpoint,
  parseForkProof,
  parseNote,
  thresholdOf,
  verifyCosignature,
  verifyForkProof,
} from './honest.ts'
import { copied } from './restores.ts'
import type { Message } from './sim-network.ts'
import { Broken, type World } from './world.ts'

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

/** What a box calls final was cosigned by as many other boxes as that takes, from the moment on that it does so. */
function judgeFinal(world: World, box: Box, final: Published): void {
  const signers = cosignersOf(world, box, final)
  const { k } = thresholdOf(world.boxCount - 1)
  if (signers.size < k)
    world.blame(
      'final is what a quorum cosigned',
      `${box.node!.log.origin} at ${final.size}: ${signers.size} of ${k}`,
    )
}

/** Other boxes that cosigned what a box keeps. It keeps no cosignature that is wrong. */
function cosignersOf(world: World, box: Box, { note: kept, size }: Published): Set<string> {
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

/**
 * Every fork of which honest boxes hold both sides, the larger one with its tiles, is proved at every honest box. A
 * side is held when its checkpoint is what a box gives others to see, or what it has cosigned.
 */
async function judgeForks(world: World): Promise<void> {
  for (const [origin, histories] of world.histories) {
    const shown = await claimsAbout(world, origin)
    const sides = await copiesOf(world, origin)
    const isForked = shown.some((larger) => {
      const tree = sides.find((side) => side.has(larger))
      return tree !== undefined && shown.some((it) => it.size > 0 && it.size <= larger.size && !tree.has(it))
    })
    if (!isForked) continue
    for (const box of world.honest) {
      if (box.node!.forks().some((fork) => fork.origin === origin)) continue
      const sizes = shown.map(({ size, root }) => `${size} ${root.slice(0, 8)}`).join(', ')
      throw new Broken(
        'every fork is proved',
        `${box.name} has no proof that ${origin} has forked, of ${histories.length} histories: ${sizes}`,
      )
    }
  }
}

async function claimsAbout(world: World, origin: string): Promise<Claim[]> {
  const id = originHash(origin)
  const claims: Claim[] = []
  for (const box of world.honest)
    for (const path of [`/mirror/${id}/checkpoint`, `/witness/${id}/checkpoint`]) {
      const { status, body } = await box.ask(path)
      if (status === 200) claims.push(claimOf(Buffer.from(body).toString()))
    }
  for (const key of world.evidence.known) {
    const box = world.boxes.find((it) => it.name === key.box)
    if (key.kind !== 'cosigner' || !box?.honest || box.restoredAt !== null) continue
    claims.push(...world.evidence.of(key).flatMap(([of, signed]) => (of === origin ? signed : [])))
  }
  return claims
}

/** The trees of a log that honest boxes have copied. */
async function copiesOf(world: World, origin: string): Promise<History[]> {
  const copies: History[] = []
  for (const box of world.honest) {
    const mirror = box.node!.followed().find(({ key }) => key.name === origin)?.mirror
    if (!mirror?.verified || mirror.verified.size === 0) continue
    const { note, size } = mirror.verified
    const copy = new History(await mirror.tree.read(0, size), world.histories.get(origin)?.at(-1))
    if (!copy.has(claimOf(note)))
      throw new Broken(
        'a copy is what was signed',
        `${box.name} has another copy of ${origin} than its checkpoint of ${size} is of`,
      )
    copies.push(copy)
  }
  return copies
}

export function claimOf(note: string): Claim {
  const { size, root } = parseCheckpoint(parseNote(note).text)
  return { size: Number(size), root: root.toString('hex') }
}

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
