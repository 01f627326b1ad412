import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { createHttpExchange } from '../../src/carriers/http.ts'
import { cosignaturesOf } from '../../src/note/cosignature.ts'
import { formatVerifierKey } from '../../src/note/key.ts'
import { parseNote } from '../../src/note/note.ts'
import { checkPolicy, defaultPolicy, formatPolicy, parsePolicy } from '../../src/note/policy.ts'
import { GrowingLog } from '../witness/growing-log.ts'
import { goTools, litewitness, witnessctl } from './go-tools.ts'
import { type Litewitness, startLitewitness } from './litewitness.ts'
import { finalUpTo, serveBox } from './served-box.ts'

t.setTimeout(900_000)
const { paths, missing } = await goTools(litewitness, witnessctl)

async function litewitnessFor(t: Test): Promise<Litewitness> {
  const witness = await startLitewitness(paths!, { name: 'witness.example/lite', seed: randomBytes(32) })
  t.teardown(() => witness[Symbol.asyncDispose]())
  return witness
}

t.test('litewitness cosigns a checkpoint and its continuations', { skip: missing }, async (t) => {
  const log = new GrowingLog().grow(700)
  const witness = await litewitnessFor(t)
  await witness.addLog(log.signer)
  const exchange = createHttpExchange(witness.url)
  const post = (body: Buffer) =>
    exchange.request({ method: 'POST', path: '/add-checkpoint', body }, { maxBytes: 10_000 })

  let cosigned = 0
  for (const size of [1, 2, 255, 256, 257, 257, 512, 700]) {
    const { status, body } = await post(await log.request(cosigned, size))
    t.equal(status, 200, `${size} after ${cosigned}`)
    const times = cosignaturesOf(parseNote(log.note(size) + Buffer.from(body).toString()), [witness.key])
    t.equal(times.size, 1, 'its answer is a cosignature of its key, to be put under the note as it is')
    const seconds = Number(times.get(formatVerifierKey(witness.key)))
    t.ok(Math.abs(seconds - Date.now() / 1000) < 60, 'of now')
    cosigned = size
  }
  t.match(await witness.logs(), [{ origin: log.signer.name, size: 700 }])

  const conflict = await post(await log.request(512, 700))
  t.equal(conflict.status, 409, 'another old size than the one it holds')
  t.equal(conflict.type, 'text/x.tlog.size')
  t.equal(Buffer.from(conflict.body).toString(), '700\n')
  const forked = log.fork(600, 'b', 200)
  t.equal(
    (await post(await forked.request(700))).status,
    422,
    'a tree that does not continue the one it holds',
  )
})

t.test('our node has litewitness cosign what it publishes', { skip: missing }, async (t) => {
  const witness = await litewitnessFor(t)
  const policy = formatPolicy(defaultPolicy([{ name: 'lite', key: witness.key, url: witness.url }]))
  const first = await serveBox(t, { policy })
  const { key } = first.log
  await first.grow(3)
  // The node has been told 404 by now, or will be: it asks again later.
  await witness.addLog(key)
  await finalUpTo(first.log, 3)
  t.match(await witness.logs(), [{ origin: key.name, size: 3 }])
  for (const count of [1, 252, 1, 500]) {
    await first.grow(count)
    await finalUpTo(first.log, first.log.head.size)
  }
  const served = await (await fetch(`${first.logUrl}/checkpoint`)).text()
  t.ok(
    checkPolicy(parsePolicy(policy), served, key).final,
    'the checkpoint that strangers get carries its cosignature',
  )
  await first.stop()

  const { log, grow } = await serveBox(t, { folder: first.folder, policy })
  await grow(10)
  await finalUpTo(log, 767)
  t.match(await witness.logs(), [{ origin: key.name, size: 767 }], 'and goes on after a new start')
})
