import { EventEmitter, once } from 'node:events'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { openCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { signEd25519 } from '../../src/note/ed25519.ts'
import { cosignerKeyType, makeSignerKey, type SignerKey, verifierOf } from '../../src/note/key.ts'
import { signatureLine } from '../../src/note/note.ts'
import { checkPolicy, defaultPolicy } from '../../src/note/policy.ts'
import { answer } from '../../src/peers/answer.ts'
import { Background } from '../../src/peers/background.ts'
import { Cosigners } from '../../src/peers/cosigners.ts'
import type { Exchange } from '../../src/peers/exchange.ts'
import { createRounds, type RoundWitness } from '../../src/peers/rounds.ts'
import { verifyConsistency } from '../../src/tree/proof.ts'
import { tileHashReader } from '../../src/tree/tile-reader.ts'
import { chainOf, logKey, signedLog } from './signed-log.ts'

const signers = [1, 2, 3, 4].map((n) =>
  makeSignerKey(`box.test/${n}/witness-1`, cosignerKeyType, Buffer.alloc(32, n)),
)

/** A witness as C2SP tlog-witness has it, over one log. */
function honest(
  signer: SignerKey,
  { size = 0, root = Buffer.alloc(0) }: { size?: number; root?: Buffer } = {},
): Exchange & { bodies: Buffer[] } {
  const bodies: Buffer[] = []
  return {
    bodies,
    async request({ body }) {
      bodies.push(Buffer.from(body!))
      const { old, proof, note } = parseAddCheckpoint(body!)
      const { checkpoint, text } = openCheckpoint(note, logKey)
      if (Number(old) !== size) return answer(409, `${size}\n`, 'text/x.tlog.size')
      if (old > 0n)
        verifyConsistency({ from: old, to: checkpoint.size, fromRoot: root, toRoot: checkpoint.root, proof })
      size = Number(checkpoint.size)
      root = checkpoint.root
      return answer(200, cosign(text, signer, 1_795_000_000n))
    },
  }
}

function setUp(t: Test, exchanges: Exchange[]) {
  const log = signedLog(chainOf(600))
  const events = new EventEmitter()
  const background = new Background(systemClock, (sentence) => t.comment(sentence))
  t.teardown(() => background.close())
  const witnesses = exchanges.map((exchange, index): RoundWitness => {
    const key = verifierOf(signers[index]!)
    return { name: key.name, key, exchange, prefix: '/witness' }
  })
  const policy = defaultPolicy(witnesses.map(({ name, key }) => ({ name, key })))
  const own = {
    published: null as { note: string; size: number; root: Buffer } | null,
    tree: { hashes: tileHashReader(log.source, 600) },
    addCosignature: async (_text: string, line: string): Promise<void> => void events.emit('line', line),
    setFinal: async (note: string): Promise<void> => void events.emit('final', note),
  }
  const larger: bigint[] = []
  const parts = { clock: systemClock, background, onLarger: (_: unknown, size: bigint) => larger.push(size) }
  const rounds = createRounds({ ...parts, log: () => own, witnesses: () => witnesses, policy: () => policy })
  const publish = (size: number) => {
    own.published = { note: log.note(size), size, root: log.rootAt(size) }
    rounds.wake()
  }
  return { rounds, publish, events, policy, larger, log, own, names: witnesses.map(({ name }) => name) }
}

t.test('a checkpoint is final when enough witnesses have cosigned it', async (t) => {
  const exchanges = signers.map((signer) => honest(signer))
  const { publish, events, policy, rounds, names } = setUp(t, exchanges)
  for (const size of [1, 2, 300, 600]) {
    const final = once(events, 'final')
    publish(size)
    const [note] = (await final) as [string]
    const checked = checkPolicy(policy, note, logKey)
    t.ok(checked.final, `${size}`)
    t.ok(checked.witnesses.length >= 3)
  }
  t.ok(names.filter((name) => rounds.standing(name).cosigned === 600).length >= 3)
  t.ok(
    exchanges[0]!.bodies.every((body) => body.length < 10 * 1024 && !body.includes('witness-1')),
    "only the log's own signature is sent",
  )
})

for (const refused of ['addCosignature', 'setFinal'] as const) {
  t.test(`a checkpoint becomes final after the disk has refused ${refused} for a while`, async (t) => {
    const { publish, events, own, rounds } = setUp(
      t,
      signers.slice(0, 2).map((signer) => honest(signer)),
    )
    let refusals = 0
    const refuse = () => {
      if (++refusals <= 2) throw new Error('ENOSPC')
    }
    const { addCosignature, setFinal } = own
    own.addCosignature = async (text, line) => {
      if (refused === 'addCosignature') refuse()
      await addCosignature(text, line)
    }
    own.setFinal = async (note) => {
      if (refused === 'setFinal') refuse()
      await setFinal(note)
    }
    const final = once(events, 'final')
    publish(600)
    const looks = setInterval(() => rounds.wake(), 50)
    t.teardown(() => clearInterval(looks))
    await final
  })
}

t.test('a witness that remembers another size is asked again with its own', async (t) => {
  const log = signedLog(chainOf(600))
  const { publish, events } = setUp(t, [honest(signers[0]!, { size: 257, root: log.rootAt(257) })])
  const final = once(events, 'final')
  publish(600)
  await final
})

t.test('a witness that lies, or has no answer, counts for nothing and holds up nobody', async (t) => {
  const impostor = honest(signers[3]!)
  const claims: Exchange = { request: async () => answer(409, '600\n', 'text/x.tlog.size') }
  const silent: Exchange = {
    request: (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  }
  const { publish, events, rounds, names } = setUp(t, [honest(signers[0]!), impostor, claims])
  let finals = 0
  events.on('final', () => finals++)
  const line = once(events, 'line')
  publish(600)
  await line
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(finals, 0, 'one of three is not enough')
  t.equal(rounds.standing(names[1]!).cosigned, 0)
  t.match(rounds.standing(names[1]!).because, /without a cosignature/)
  t.equal(rounds.standing(names[2]!).cosigned, 0, 'a size in a 409 is no cosignature')
  const others = setUp(t, [silent, honest(signers[1]!), honest(signers[2]!)])
  const final = once(others.events, 'final')
  others.publish(600)
  await final
})

t.test('a cosignature of time 0 counts for nothing, from a witness or kept with a checkpoint', async (t) => {
  const timeless: Exchange = {
    async request({ body }) {
      const { text } = openCheckpoint(parseAddCheckpoint(body!).note, logKey)
      return answer(200, timelessLine(text, signers[0]!))
    },
  }
  const { publish, rounds, names, log } = setUp(t, [timeless])
  publish(600)
  const standing = rounds.standing(names[0]!)
  while (standing.because === null) await new Promise((resolve) => setTimeout(resolve, 10))
  t.match(standing, { cosigned: 0, because: /without a cosignature/ })

  const { text } = openCheckpoint(log.note(600), logKey)
  const kept = (line: string) => [{ note: log.note(600) + line, size: 600, root: log.rootAt(600) }]
  const cosigners = new Cosigners()
  t.equal(cosigners.has(kept(timelessLine(text, signers[0]!)), signers[0]!), false)
  t.equal(cosigners.has(kept(cosign(text, signers[0]!, 1n)), signers[0]!), true)
})

/** What tlog-witness forbids a witness to answer. */
function timelessLine(text: string, signer: SignerKey): string {
  const signature = signEd25519(signer.seed, Buffer.from(`cosignature/v1\ntime 0\n${text}`))
  return signatureLine(signer, Buffer.concat([Buffer.alloc(8), signature]))
}

t.test('a witness that has seen more of this log than there is makes itself heard', async (t) => {
  const later: Exchange = { request: async () => answer(409, '700\n', 'text/x.tlog.size') }
  const { publish, larger } = setUp(t, [later])
  publish(600)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(larger.slice(0, 1), [700n])
})

t.test('what is answered about one log says nothing of the next', async (t) => {
  const first = Promise.withResolvers<void>()
  const witness = honest(signers[0]!)
  let asked = 0
  const slow: Exchange = {
    async request(request, limits) {
      asked += 1
      if (asked > 1) return honest(signers[0]!).request(request, limits)
      const answered = await witness.request(request, limits)
      await first.promise
      return answered
    },
  }
  const { publish, events, rounds, names } = setUp(t, [slow])
  publish(600)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(asked, 1)
  rounds.reset()
  publish(2)
  const line = once(events, 'line')
  first.resolve()
  await line
  t.equal(rounds.standing(names[0]!).cosigned, 2)
})

t.test('a witness that failed is asked at once when it is told to', async (t) => {
  let works = false
  const witness = honest(signers[0]!)
  const flaky: Exchange = {
    request: (request, limits) =>
      works ? witness.request(request, limits) : Promise.reject(new Error('away')),
  }
  const { publish, events, rounds } = setUp(t, [flaky])
  publish(5)
  await new Promise((resolve) => setTimeout(resolve, 20))
  works = true
  const line = once(events, 'line')
  const asked = Date.now()
  rounds.retry()
  await line
  t.ok(Date.now() - asked < 400)
})
