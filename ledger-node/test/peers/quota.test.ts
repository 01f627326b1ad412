import t from 'tap'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { formatMessage } from '../../src/peers/gossip-message.ts'
import { proveConsistency } from '../../src/tree/prove.ts'
import { tileHashReader } from '../../src/tree/tile-reader.ts'
import { Liar } from './liar.ts'
import { chainOf, signedLog } from './signed-log.ts'
import { Village } from './village.ts'

t.test(
  'a log that has used up its room is cosigned, not copied, and its forks are still proved',
  async (t) => {
    const village = new Village(t)
    village.settings = { quotaBytesPerPeer: 200_000 }
    await village.found(1)
    const liar = new Liar()
    village.strangers.set(9, liar.handle)
    const node = village.node(0)
    await node.peers.add(liar.card)
    const status = () => node.peers.list()[0]!
    liar.show(0, 256)
    await village.until('the first entries are held', () => status().mirrored === 256)
    liar.show(0, 2000)
    await village.until('the quota is reached', () => status().log.state === 'quota')
    t.match(status().log.because, '200000')
    t.ok(status().mirrored < 2000)
    t.equal(node.status().forks.length, 0)

    const log = signedLog(chainOf(2000))
    const read = tileHashReader(log.source, 2000)
    for (const [old, size] of [
      [0, 256],
      [256, 2000],
    ] as const) {
      const body = formatAddCheckpoint({
        old: BigInt(old),
        proof: await proveConsistency(read, old, size),
        note: log.note(size),
      })
      const answer = await node.handle({ method: 'POST', path: '/witness/add-checkpoint', body }, liar.id)
      t.equal(answer.status, 200, `cosigned at ${size}`)
    }

    liar.show(0, 3000, { branch: 4, from: 100 })
    const other = signedLog(chainOf(3000, { branch: 4, from: 100 })).note(3000)
    const body = formatMessage({ notes: [other], forks: [], statements: [] })
    await node.handle({ method: 'POST', path: '/gossip', body }, liar.id)
    await village.until('frozen', () => status().log.state === 'frozen')
  },
)
