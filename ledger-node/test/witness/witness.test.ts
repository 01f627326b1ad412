import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import type { Disk } from '../../src/disk/disk.ts'
import { fileDisk } from '../../src/disk/file-disk.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { openCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosignaturesOf, verifyCosignature } from '../../src/note/cosignature.ts'
import { formatVerifierKey } from '../../src/note/key.ts'
import { maxNoteBytes, parseNote } from '../../src/note/note.ts'
import type { PeerResponse } from '../../src/peers/exchange.ts'
import { originHash } from '../../src/peers/origin-hash.ts'
import { type Barrier, createWitness, type Verdict } from '../../src/witness/witness.ts'
import { witnessSigner } from '../note/signers.ts'
import { GrowingLog } from './growing-log.ts'

const signer = witnessSigner('witness.example/w', 1)
const id = originHash('box.example/a/1')

function witnessIn(folder: string, disk: Disk = fileDisk) {
  const seen: [string, Verdict][] = []
  const said: string[] = []
  const world: { barrier: Barrier | null; now: number; cosigns: boolean; knows: boolean } = {
    ...{ barrier: null, now: systemClock.now() },
    ...{ cosigns: true, knows: true },
  }
  const { signer: logKey } = new GrowingLog()
  const witness = createWitness({
    disk,
    folder,
    clock: { ...systemClock, now: () => world.now },
    signer: () => signer,
    logs: (asked) => (asked === id && world.cosigns ? [logKey] : null),
    known: (asked) => (asked === id && world.knows ? [logKey] : null),
    barrier: async () => world.barrier,
    observe: (_, { checkpoint }, verdict) => void seen.push([`${checkpoint.size}`, verdict]),
    notice: (sentence) => void said.push(sentence),
  })
  return { witness, seen, said, world }
}

const text = ({ body }: Pick<PeerResponse, 'body'>) => Buffer.from(body).toString('utf8')

t.test('the first checkpoint is cosigned, and then what continues it', async (t) => {
  const { witness, seen } = witnessIn(t.testdir())
  const log = new GrowingLog().grow(300)
  for (const [old, size] of [
    [0, 0],
    [0, 3],
    [3, 3],
    [3, 256],
    [256, 300],
  ] as const) {
    const answer = await witness.addCheckpoint(await log.request(old, size))
    t.equal(answer.status, 200, `${old} to ${size}`)
    const cosignature = verifyCosignature(parseNote(log.note(size)).text, text(answer), signer)
    t.ok(cosignature && cosignature.timestamp > 0n)
  }
  t.equal(seen.length, 5)
  t.ok(seen.every(([, verdict]) => verdict === 'cosigned'))
})

t.test('every refusal has the status that the protocol gives it', async (t) => {
  const { witness, seen } = witnessIn(t.testdir())
  const log = new GrowingLog().grow(20)
  const ask = async (body: Uint8Array) => {
    const { status, type } = await witness.addCheckpoint(body)
    return { status, type }
  }
  const body = (old: number, note: string, proof: Buffer[] = []) =>
    formatAddCheckpoint({ old: BigInt(old), proof, note })
  const junk = Buffer.alloc(32, 7)
  const line32 = `${junk.toString('base64')}\n`

  t.match(await ask(Buffer.from('old 00\n\n')), { status: 400 }, 'malformed')
  t.match(await ask(Buffer.from(text({ body: await log.request(0) }).replace('old 0', 'old 00'))), {
    status: 400,
  })
  t.match(await ask(body(0, log.note(0, junk))), { status: 422 }, 'size 0 with a wrong root')
  t.match(await ask(body(0, log.note(4), [junk])), { status: 422 }, 'a proof with old 0')
  t.match(await ask(body(0, log.note(4))), { status: 200 })
  t.match(await ask(body(5, log.note(4))), { status: 400 }, 'old larger than the checkpoint')
  const conflict = await witness.addCheckpoint(await log.request(0, 7))
  t.match(conflict, { status: 409, type: 'text/x.tlog.size' })
  t.equal(text(conflict), '4\n')
  t.match(await ask(body(4, log.note(7), [junk, junk, junk])), { status: 422 }, 'a bad proof')
  t.match(await ask(body(4, log.note(4), [junk])), { status: 422 }, 'a proof between equal sizes')
  t.match(await ask(body(4, log.note(4, junk))), { status: 422 }, 'the same size with another root')
  const stranger = new GrowingLog({ ...log.signer, name: 'other.example/b/1' }).grow(1)
  t.match(await ask(body(0, stranger.note())), { status: 404 }, 'an unknown origin')
  t.match(await ask(body(4, log.note(7).replace(/— .*\n$/, `— else.example/x ${'AAAA'.repeat(23)}\n`))), {
    status: 403,
  })
  const line = /— (\S+) (\S+)\n$/.exec(log.note(7))!
  t.match(await ask(body(4, log.note(8).replace(/— .*\n$/, line[0]))), { status: 403 }, 'a wrong signature')
  const lines = (count: number) => Buffer.from(`old 4\n${line32.repeat(count)}\n${log.note(7)}`)
  t.match(await ask(lines(64)), { status: 400 }, '64 lines')
  t.match(await ask(lines(63)), { status: 422 }, '63 lines are read, and prove nothing')
  t.match(await ask(await log.request(4, 9)), { status: 200 }, 'none of it changed what is remembered')
  t.same(
    seen.filter(([, verdict]) => verdict === 'unproved').map(([size]) => size),
    ['0', '4', '7', '4', '4', '7'],
  )
})

t.test('checking and remembering is one step: of two continuations only one is cosigned', async (t) => {
  const { witness } = witnessIn(t.testdir())
  const log = new GrowingLog().grow(5)
  await witness.addCheckpoint(await log.request(0))
  const answers = await Promise.all([
    witness.addCheckpoint(await log.fork(5, 'b', 3).request(5)),
    witness.addCheckpoint(await log.fork(5, 'c', 4).request(5)),
  ])
  t.same(
    answers.map(({ status }) => status),
    [200, 409],
  )
})

t.test('what was cosigned is on the disk before the answer, and a new start goes on from it', async (t) => {
  const folder = t.testdir()
  const log = new GrowingLog().grow(12)
  await witnessIn(folder).witness.addCheckpoint(await log.request(0, 8))
  const { witness } = witnessIn(folder)
  const kept = await witness.latest(id)
  t.equal(kept.status, 200)
  const { checkpoint, note } = openCheckpoint(kept.body, log.signer)
  t.equal(checkpoint.size, 8n)
  t.ok(cosignaturesOf(note, [signer]).has(formatVerifierKey(signer)))
  t.equal((await witness.addCheckpoint(await log.request(0, 12))).status, 409)
  t.equal((await witness.addCheckpoint(await log.request(8, 12))).status, 200)
  t.equal((await witness.latest(originHash('other.example/b/1'))).status, 404)
})

t.test('what was cosigned is shown also when the log is cosigned no more, or not even known', async (t) => {
  const folder = t.testdir()
  const { witness, world } = witnessIn(folder)
  const log = new GrowingLog().grow(4)
  await witness.addCheckpoint(await log.request(0))
  const shown = text(await witness.latest(id))
  const again = witnessIn(folder)
  for (const it of [world, again.world]) it.cosigns = false
  for (const it of [witness, again.witness]) {
    t.equal((await it.addCheckpoint(await log.request(4))).status, 404, 'nothing more of it is')
    t.equal(text(await it.latest(id)), shown, 'paused')
    t.match(await it.witnessed(id), { size: 4n })
  }
  for (const it of [world, again.world]) it.knows = false
  for (const it of [witness, witnessIn(folder).witness, again.witness])
    t.equal(text(await it.latest(id)), shown, 'removed')
  t.equal((await witness.latest('../keys/cosigner.key')).status, 404)
})

t.test('a disk that fails is an answer of the 500s, and changes nothing', async (t) => {
  let broken = false
  const disk: Disk = {
    ...fileDisk,
    async rename(from, to) {
      if (broken) throw new Error('no space left')
      await fileDisk.rename(from, to)
    },
  }
  const { witness, said } = witnessIn(t.testdir(), disk)
  const log = new GrowingLog().grow(9)
  await witness.addCheckpoint(await log.request(0, 3))
  broken = true
  t.equal((await witness.addCheckpoint(await log.request(3, 9))).status, 500)
  t.equal(said.length, 1)
  broken = false
  t.match(await witness.witnessed(id), { size: 3n })
  t.equal((await witness.addCheckpoint(await log.request(3, 9))).status, 200)
})

t.test('a memory that is not what was written is an error, never a new beginning', async (t) => {
  const { witness } = witnessIn(t.testdir({ [id]: 'something else\n' }))
  t.equal((await witness.addCheckpoint(await new GrowingLog().grow(2).request(0))).status, 500)
})

t.test('behind a barrier nothing is cosigned, whatever is proved', async (t) => {
  const { witness, world } = witnessIn(t.testdir())
  const log = new GrowingLog().grow(4)
  world.barrier = { status: 503, because: 'this box holds back' }
  const refused = await witness.addCheckpoint(await log.request(0))
  t.equal(refused.status, 503)
  t.match(text(refused), 'this box holds back')
  t.equal(await witness.witnessed(id), null)
  world.barrier = null
  t.equal((await witness.addCheckpoint(await log.request(0))).status, 200)
})

t.test('a time is never zero, also before 1970', async (t) => {
  const { witness, world } = witnessIn(t.testdir())
  world.now = -5
  const log = new GrowingLog().grow(1)
  const answer = await witness.addCheckpoint(await log.request(0))
  t.equal(verifyCosignature(parseNote(log.note()).text, text(answer), signer)?.timestamp, 1n)
})

t.test(
  'a note that would be too long with our cosignature is refused, so that it can always be read again',
  async (t) => {
    const folder = t.testdir()
    const log = new GrowingLog().grow(2)
    const noteOf = (length: number) => {
      const { signer } = log
      const of = (extensions: string[]) =>
        signCheckpoint({ origin: signer.name, size: 2n, root: log.root(2), extensions }, signer)
      return of(['x'.repeat(length - of(['x']).length + of(['x']).split('\n')[3]!.length)])
    }
    const statuses = new Set<number>()
    for (let length = maxNoteBytes - 260; length < maxNoteBytes - 1; length += 10) {
      const path = join(folder, `${length}`)
      mkdirSync(path)
      const { status } = await witnessIn(path).witness.addCheckpoint(
        formatAddCheckpoint({ old: 0n, proof: [], note: noteOf(length) }),
      )
      statuses.add(status)
      const again = witnessIn(path).witness
      t.equal((await again.latest(id)).status, status === 200 ? 200 : 404, `${length}: ${status}`)
    }
    t.same([...statuses], [200, 400])
  },
)
