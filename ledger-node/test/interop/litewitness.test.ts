import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createHttpExchange } from '../../src/carriers/http.ts'
import { formatAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosignaturesOf } from '../../src/note/cosignature.ts'
import { formatVerifierKey, logKeyType, makeSignerKey } from '../../src/note/key.ts'
import { parseNote } from '../../src/note/note.ts'
import { Frontier } from '../../src/tree/frontier.ts'
import { proveConsistency } from '../../src/tree/prove.ts'
import { naiveRoot, someLeaves } from '../tree/naive-tree.ts'
import { goTools, litewitness, witnessctl } from './go-tools.ts'
import { startLitewitness } from './litewitness.ts'

t.setTimeout(400_000)
const { paths, missing } = await goTools(litewitness, witnessctl)

t.test('litewitness cosigns a checkpoint and its continuations', { skip: missing }, async (t) => {
  const log = makeSignerKey('box.example/0123456789abcdef/1', logKeyType, randomBytes(32))
  const witness = await startLitewitness(paths!, {
    name: 'witness.example/lite',
    seed: randomBytes(32),
    logs: [log],
  })
  t.teardown(() => witness[Symbol.asyncDispose]())
  const exchange = createHttpExchange(witness.url)

  const leaves = someLeaves(700)
  const post = async (old: number, size: number, claimed = old) => {
    const frontier = new Frontier()
    for (const leaf of leaves.slice(0, size)) frontier.append(leaf)
    const checkpoint = { origin: log.name, size: BigInt(size), root: frontier.root(), extensions: [] }
    const note = signCheckpoint(checkpoint, log)
    const read = async (nodes: readonly { level: number; index: number }[]) =>
      nodes.map(({ level, index }) => naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))
    const proof = await proveConsistency(read, old, size)
    const body = formatAddCheckpoint({ old: BigInt(claimed), proof, note })
    const response = await exchange.request(
      { method: 'POST', path: '/add-checkpoint', body },
      { maxBytes: 10_000 },
    )
    return { ...response, note }
  }

  let cosigned = 0
  for (const size of [1, 2, 255, 256, 257, 257, 512, 700]) {
    const { status, body, note } = await post(cosigned, size)
    t.equal(status, 200, `${size} after ${cosigned}`)
    const times = cosignaturesOf(parseNote(note + Buffer.from(body).toString()), [witness.key])
    t.equal(times.size, 1, 'its answer is a cosignature of its key, to be put under the note as it is')
    const seconds = Number(times.get(formatVerifierKey(witness.key)))
    t.ok(Math.abs(seconds - Date.now() / 1000) < 60, 'of now')
    cosigned = size
  }
  t.match(await witness.logs(), [{ origin: log.name, size: 700 }])

  const conflict = await post(512, 700)
  t.equal(conflict.status, 409, 'another old size than the one it holds')
  t.equal(conflict.type, 'text/x.tlog.size')
  t.equal(Buffer.from(conflict.body).toString(), '700\n')
  leaves[0] = randomBytes(32)
  leaves.push(randomBytes(32))
  t.equal((await post(700, 701)).status, 422, 'a tree that does not continue the one it holds')
})
