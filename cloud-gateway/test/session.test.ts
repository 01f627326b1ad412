import { createHash } from 'node:crypto'
import t from 'tap'
import { limits, sha256Hex } from '../src/protocol.ts'
import { testGateway, until } from './support/gateway.ts'
import { newRid, question } from './support/questions.ts'
import { authFor, dial, dialAndAuthenticate } from './support/raw-box.ts'
import { scripted } from './support/scripted.ts'

const endless = () => scripted([{ answer: '又一句。' }, { waitMs: 10 }, 'again'])

t.test('deltas are numbered without gaps and the end carries the hash of the answer', async (t) => {
  const model = scripted([
    { reasoning: '想' },
    { answer: '能耗' },
    { answer: '下降😀' },
    { finish: 'stop', usage: { promptTokens: 40, completionTokens: 9 } },
  ])
  await using gateway = await testGateway(model)
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  t.match(await box.next('accepted', rid), { epoch: 1, seq: 0, model: 'scripted' })
  t.match(await box.next('delta'), { epoch: 1, seq: 1, channel: 'reasoning', text: '想' })
  t.match(await box.next('delta'), { epoch: 1, seq: 2, channel: 'answer', text: '能耗' })
  t.match(await box.next('delta'), { epoch: 1, seq: 3, channel: 'answer', text: '下降😀' })
  t.match(await box.next('end', rid), {
    seq: 3,
    finish: 'stop',
    textSha256: createHash('sha256').update('能耗下降😀').digest('hex'),
    usage: { promptTokens: 40, completionTokens: 9, exact: true },
  })
})

t.test('a character that the model cut in two arrives whole', async (t) => {
  const [high, low] = ['\ud83d', '\ude00']
  await using gateway = await testGateway(
    scripted([{ answer: `好${high}` }, { answer: `${low}的` }, { finish: 'stop' }]),
  )
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.ask()
  t.equal((await box.next('delta')).text, '好')
  t.equal((await box.next('delta')).text, '😀的')
  t.equal((await box.next('end')).textSha256, sha256Hex('好😀的'))
})

t.test('a question is refused, and nothing is spent, when it is not what it says', async (t) => {
  const model = endless()
  await using gateway = await testGateway(model)
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const big = question({
    passages: Array.from({ length: 9 }, (_, at) => ({
      n: at + 1,
      title: '',
      where: '',
      text: '大'.repeat(21_000),
    })),
  })
  const twice = question()
  twice.passages[1]!.n = 1
  const cases: [string, Parameters<typeof box.ask>, string][] = [
    ['a digest of something else', [question(), { digest: sha256Hex('other') }], 'digest-mismatch'],
    ['a body that is no JSON', [question(), { body: 'no', digest: sha256Hex('no') }], 'bad-body'],
    ['a body with an unknown member', [{ ...question(), n: 5 } as never], 'bad-body'],
    ['a body of another version', [{ ...question(), v: 2 } as never], 'bad-body'],
    ['an empty question', [question({ question: '' })], 'bad-body'],
    ['two passages of one number', [twice], 'bad-body'],
    [
      'too many passages',
      [
        question({
          passages: Array.from({ length: 33 }, (_, at) => ({ n: at + 1, title: '', where: '', text: 'x' })),
        }),
      ],
      'bad-body',
    ],
    ['a body above the limit', [big], 'too-large'],
    [
      'a body of more characters than bytes are allowed',
      [question({ question: 'x'.repeat(600_000) })],
      'too-large',
    ],
    ['a text with half a character', [question({ question: '目标\ud83d？' })], 'bad-body'],
    ['a model that is not offered', [question({ model: 'gpt-99' })], 'model-unknown'],
  ]
  for (const [name, asked, code] of cases) {
    const rid = box.ask(...asked)
    const refusal = await box.next('error', rid)
    t.match(refusal, { code, retryable: false }, name)
    t.notOk('epoch' in refusal, `${name}: never accepted`)
  }
  t.equal(model.asked, 0)
})

t.test(
  'the same question sent again attaches to the running answer; another under its id is a conflict',
  async (t) => {
    const model = scripted([{ answer: '一' }, { waitMs: 50 }, { finish: 'stop' }])
    await using gateway = await testGateway(model)
    const box = await dialAndAuthenticate(gateway.url, gateway.identity)
    const rid = box.ask()
    await box.next('delta', rid)
    await box.next('accepted', rid)
    box.ask(question(), { rid })
    t.match(await box.next('accepted', rid), { epoch: 1, seq: 1 })
    box.ask(question({ question: '另一个问题？' }), { rid })
    const conflict = await box.next('error', rid)
    t.match(conflict, { code: 'rid-conflict' })
    t.notOk('epoch' in conflict, 'the running answer is not concerned')
    const end = await box.next('end', rid)
    box.ask(question(), { rid })
    t.same(await box.next('end', rid), end, 'a finished answer is told again until it is acknowledged')
    t.equal(model.asked, 1)
  },
)

t.test('a cancel reaches the model at once and is answered by end', async (t) => {
  const model = endless()
  await using gateway = await testGateway(model)
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  await box.next('delta', rid)
  const started = performance.now()
  box.send({ type: 'cancel', rid })
  t.match(await box.next('end', rid), { finish: 'cancelled', usage: { exact: false } })
  t.equal(model.stopped, 1)
  t.ok(performance.now() - started < 500)
})

t.test('a cancel of something unknown or finished changes nothing', async (t) => {
  await using gateway = await testGateway()
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.send({ type: 'cancel', rid: newRid() })
  const rid = box.ask()
  await box.next('end', rid)
  box.send({ type: 'cancel', rid })
  box.send({ type: 'ack', rid, seq: 1 })
  t.match(await box.next('end', box.ask()), { finish: 'stop' })
})

t.test('so many answers at a time and no more', async (t) => {
  await using gateway = await testGateway(endless())
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rids = Array.from({ length: limits.inFlight }, () => box.ask())
  for (const rid of rids) await box.next('accepted', rid)
  t.match(await box.next('error', box.ask()), { code: 'too-many-asks', retryable: true })
  box.send({ type: 'cancel', rid: rids[0] })
  await box.next('end', rids[0])
  await box.next('accepted', box.ask())
})

t.test('a deadline ends the answer and stops the model', async (t) => {
  const model = endless()
  await using gateway = await testGateway(model)
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask(question(), { deadlineMs: 60 })
  t.match(await box.next('error', rid), { code: 'deadline', epoch: 1, usage: { exact: false } })
  t.equal(model.stopped, 1)
})

t.test('going down, the gateway lets running answers finish and takes no new ones', async (t) => {
  const model = scripted([{ answer: '一' }, { waitMs: 150 }, { finish: 'stop' }])
  await using gateway = await testGateway(model, { timing: { drainMs: 3000 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask()
  await box.next('delta', rid)
  const closing = gateway.gateway.close()
  t.match(await box.next('goaway'), { deadlineMs: 3000 })
  t.match(await box.next('error', box.ask()), { code: 'draining', retryable: true })
  t.match(await box.next('end', rid), { finish: 'stop' })
  t.equal((await box.closed).code, 1001)
  await closing
})

t.test('a box that is still authenticating when the gateway goes down does not hold it up', async (t) => {
  const model = scripted([{ answer: '一' }, { waitMs: 100 }, { finish: 'stop' }])
  await using gateway = await testGateway(model, { timing: { drainMs: 3000 } })
  const running = await dialAndAuthenticate(gateway.url, gateway.identity)
  await running.next('delta', running.ask())
  const late = await dial(gateway.url)
  const closing = gateway.gateway.close()
  late.send(authFor(late, gateway.newBox()))
  t.equal((await late.closed).code, 1001)
  await closing
})

t.test('going down does not wait for an answer without end', async (t) => {
  const model = endless()
  await using gateway = await testGateway(model, { timing: { drainMs: 100 } })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  await box.next('delta', box.ask())
  await gateway.gateway.close()
  t.equal((await box.closed).code, 1001)
  await until(() => model.stopped === 1)
})

t.test('the log holds who, when and how much, and no word of what', async (t) => {
  const secret = '机密内容甲乙丙'
  await using gateway = await testGateway(scripted([{ answer: secret }, { fault: new Error(secret) }]))
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  const rid = box.ask(question({ question: secret, system: secret }))
  t.match(await box.next('error', rid), { code: 'internal', message: 'the gateway failed' })
  box.ask(question({ question: secret, model: 'unknown' }))
  await box.next('error')
  await until(() => gateway.log.some(({ event }) => event === 'answer'))
  const log = JSON.stringify(gateway.log)
  t.match(gateway.log.find(({ event }) => event === 'answer')?.fields, {
    rid,
    outcome: 'internal',
    cause: 'Error',
  })
  t.notMatch(log, secret)
  t.notMatch(log, box.hello.nonce)
})
