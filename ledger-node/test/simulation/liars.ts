import { parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { answer } from '../../src/peers/answer.ts'
import type { PeerRequest, PeerResponse } from '../../src/peers/exchange.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import type { Box } from './box.ts'
import type { Fault } from './faults.ts'
import { parseNote } from './honest.ts'
import { everlasting } from './scheduler.ts'
import { second, type World } from './world.ts'

type Random = Parameters<Fault['begin']>[1]

/** Boxes that do not keep to the protocol at most: the others have to be able to agree. */
const mostLiars = 2

/** A box that turns into a liar; null when there are enough of those. */
export function turn(world: World, random: Random): Box | null {
  const candidates = world.honest.filter((box) => box.restoredAt === null)
  if (world.boxes.length - world.honest.length >= mostLiars || candidates.length < 4) return null
  const box = random.pick(candidates)
  box.honest = false
  return box
}

type Lie = (request: PeerRequest, box: Box, random: Random) => PeerResponse | null

/** What a witness may answer that signs whatever it likes. */
const lies: readonly Lie[] = [
  // A signature over something else.
  (request, box) => {
    const { note } = parseAddCheckpoint(Buffer.from(request.body ?? ''))
    return answer(200, cosign(`${parseNote(note).text}more\n`, box.node!.box.cosigner, 1n))
  },
  // A good signature, without a look at the proof.
  (request, box) => {
    const { note } = parseAddCheckpoint(Buffer.from(request.body ?? ''))
    return answer(200, cosign(parseNote(note).text, box.node!.box.cosigner, 1_800_000_000n))
  },
  // Sizes that it never cosigned.
  (_request, _box, random) => answer(409, `${random.below(400)}\n`, 'text/x.tlog.size'),
  (_request, _box, random) => answer(409, `${2 ** 52 + random.below(9)}\n`, 'text/x.tlog.size'),
  (_request, _box, random) => answer(200, random.bytes(200).toString('latin1')),
  () => answer(422, 'no\n'),
]

export const lyingWitness: Fault = {
  name: 'lying witness',
  begin(world, random) {
    const box = turn(world, random)
    if (!box) return
    const favourites = random.shuffled(lies).slice(0, random.between(1, lies.length))
    const often = random.pick([0.5, 1])
    box.wrapper = (request, _from, next) => {
      if (request.path !== '/witness/add-checkpoint' || !random.chance(often)) return next()
      try {
        const lie = random.pick(favourites)(request, box, random)
        return lie ? Promise.resolve(lie) : next()
      } catch {
        return next()
      }
    }
  },
}

/** A box that serves its own log, and its copies of others, with another last entry: the chain does not tell. */
export const wrongCopies: Fault = {
  name: 'wrong copies',
  begin(world, random) {
    const box = turn(world, random)
    if (!box) return
    const often = random.pick([0.3, 1])
    box.wrapper = async (request, _from, next) => {
      const response = await next()
      const isBundle = response.status === 200 && request.path.includes('/tile/entries/')
      return isBundle && random.chance(often)
        ? { ...response, body: withOtherEnd(Buffer.from(response.body)) }
        : response
    }
  },
}

/** Entries of which the last commits to something else. */
function withOtherEnd(bundle: Buffer): Buffer {
  const field = '"commitment":"'
  const at = bundle.lastIndexOf(field) + field.length
  if (at >= field.length) bundle[at] = bundle[at] === 0x30 ? 0x31 : 0x30
  return bundle
}

/** A box that says of others that they have forked, and shows what is no proof of it. */
export const falseClaims: Fault = {
  name: 'false fork claim',
  begin(world, random) {
    const liar = turn(world, random)
    if (!liar) return
    liar.wrapper = (request, _from, next) =>
      /^\/(fork|statement)\//.test(request.path)
        ? Promise.resolve(answer(200, junkProof(world, random)))
        : next()
    for (let round = 0; round < 20; round++)
      world.scheduler.plan(random.below(40 * second), `${liar.name} slanders`, () =>
        slander(world, liar, random),
      )
  },
}

function slander(world: World, liar: Box, random: Random): void {
  const victims = world.boxes.filter((box) => box !== liar && box.up)
  if (victims.length === 0) return
  const body = formatMessage({
    notes: [junkNote(world, random)],
    forks: [originHash(random.pick(victims).node!.log.origin)],
    statements: [random.bytes(32).toString('hex')],
  })
  const to = random.pick(victims).name
  world.network
    .dial(liar.name, everlasting, to)
    .request({ method: 'POST', path: '/gossip', body }, { maxBytes: 1 << 20 })
    .catch(() => {})
}

/** A checkpoint of somebody with another root or size, under the signature of the real one. */
function junkNote(world: World, random: Random): string {
  const note = someNote(world, random)
  const lines = note.split('\n')
  if (random.chance(0.5)) lines[1] = String(random.below(300))
  else lines[2] = random.bytes(32).toString('base64')
  return lines.join('\n')
}

function someNote(world: World, random: Random): string {
  const published = world.boxes.flatMap((box) => box.node?.log.published?.note ?? [])
  return published.length > 0 ? random.pick(published) : ''
}

/** Two checkpoints that agree, one that is not signed, hashes of nothing, or bytes of no kind. */
function junkProof(world: World, random: Random): string {
  const first = random.chance(0.7) ? someNote(world, random) : junkNote(world, random)
  const second = random.chance(0.7) ? someNote(world, random) : junkNote(world, random)
  const kind = random.pick(['same-size', 'no-prefix'])
  const hashes =
    kind === 'no-prefix' ? [random.bytes(32).toString('base64'), random.bytes(32).toString('base64')] : []
  const lengths = `notes ${Buffer.byteLength(first)} ${Buffer.byteLength(second)}`
  const proof = ['tanbox.dev/fork-proof/v1', kind, lengths, ...hashes, '', first + second].join('\n')
  return random.chance(0.9) ? proof : random.bytes(100).toString('base64')
}
