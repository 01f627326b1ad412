/** The box's client against the real gateway; what a real one never does is shown in `box/`. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type AskOptions, createGatewayClient, type GatewayClient } from '../src/client.ts'
import { createIdentity, openKeyFile } from '../src/identity.ts'
import { testGateway, unlimited, until } from './support/gateway.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'
import { relayTo } from './support/relay.ts'
import { type Step, scripted } from './support/scripted.ts'
import { scratch } from './support/test-box.ts'

const ask = (of: GatewayClient, options: Partial<AskOptions> = {}, signal = never) =>
  collect(of.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 20_000, ...options }, signal))

/** Words that show what is missing or said twice. */
const words = (count: number) => Array.from({ length: count }, (_, index) => `<${index}>`)
const writing = (texts: readonly string[], waitMs: number): Step[] => [
  ...texts.flatMap((answer): Step[] => [{ answer }, { waitMs }]),
  { finish: 'stop', usage: { promptTokens: 11, completionTokens: texts.length } },
]

async function behindRelay(
  t: Test,
  script: readonly Step[],
  settings: Parameters<typeof testGateway>[1] = {},
) {
  const model = scripted(script)
  const gateway = await testGateway(model, settings)
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const relay = await relayTo(t, gateway.url)
  const client = await gateway.connected({ url: relay.url, random: () => 0.01 })
  return { model, gateway, relay, client }
}

t.test('an answer over a line that is cut every few milliseconds is whole and said once', async (t) => {
  const texts = words(150)
  const { model, relay, client } = await behindRelay(t, writing(texts, 4))
  const timer = setInterval(() => relay.cut(), 35)
  t.teardown(() => clearInterval(timer))
  const { text, error, events } = await ask(client)
  t.equal(error, null)
  t.equal(text, texts.join(''))
  t.match(events.at(-1), { finish: 'stop', usage: { exact: true, completionTokens: 150 }, model: 'scripted' })
  t.ok(relay.dialled > 5, `${relay.dialled} connections`)
  t.equal(model.asked, 1)
})

t.test('wherever the bytes from the gateway end, the answer goes on', async (t) => {
  const texts = words(12)
  const { model, relay, client } = await behindRelay(t, writing(texts, 1))
  // Once without a cut: how many bytes there are to cut between.
  const before = relay.carried
  await ask(client)
  const bytes = relay.carried - before
  let asked = 1
  for (let at = 1; at < bytes; at += 53) {
    relay.cutAfter(at)
    const { text, error } = await ask(client)
    asked += 1
    if (error || text !== texts.join('')) return t.fail(`cut after ${at} bytes: ${error?.message} ${text}`)
    await until(() => client.state === 'connected')
  }
  t.equal(model.asked, asked, 'each was written once')
})

t.test('eight answers at a time over a line that is cut', async (t) => {
  const texts = words(60)
  const { model, relay, client } = await behindRelay(t, writing(texts, 5))
  const timer = setInterval(() => relay.cut(), 60)
  t.teardown(() => clearInterval(timer))
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(client)))
  for (const { text, error } of answers) t.same([text, error], [texts.join(''), null])
  t.equal(model.asked, 8)
})

t.test('a question whose reply is lost is asked once', async (t) => {
  const { model, relay, client, gateway } = await behindRelay(t, writing(['好'], 1))
  relay.cutAfter(0)
  t.match(await ask(client), { text: '好', error: null })
  t.equal(model.asked, 1)
  const [row] = await gateway.accounts.usage({})
  t.match(row, { answers: 1, completionTokens: 1 })
})

t.test('a half-open line is found, and the answer goes on over the next', async (t) => {
  const texts = words(60)
  const model = scripted(writing(texts, 10))
  await using gateway = await testGateway(model)
  const relay = await relayTo(t, gateway.url)
  const client = await gateway.connected({
    ...{ url: relay.url, random: () => 0.01 },
    timing: { pingMs: 60, closeMs: 20 },
  })
  const asking = ask(client)
  await until(() => model.asked === 1)
  relay.forget()
  t.match(await asking, { text: texts.join(''), error: null })
  t.equal(relay.dialled, 2)
})

t.test(
  'a gateway that is gone and back has lost the answer: one box is told, another begins anew',
  async (t) => {
    const folder = scratch(t)
    const texts = words(40)
    let begun = 0
    const stuck = scripted(() => {
      begun += 1
      return [...writing(texts, 0).slice(0, 20), { waitMs: 5000 }]
    })
    const first = await testGateway(stuck, { folder })
    const port = first.gateway.port
    const url = first.url
    const [strict, lenient] = [first.identity, first.newBox()]
    const boxes = [strict, lenient].map((identity) => {
      const client = createGatewayClient({ url, gateway: first.name, identity, random: () => 0.05 })
      t.teardown(() => client.close())
      return client
    })
    await until(() => boxes.every(({ state }) => state === 'connected'))
    const asking = [ask(boxes[0]!), ask(boxes[1]!, { mayRestart: true })]
    await until(() => begun === 2)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await first[Symbol.asyncDispose]()
    const model = scripted(writing(texts, 1))
    const second = await testGateway(model, { folder, port })
    t.teardown(() => second[Symbol.asyncDispose]())
    const [told, anew] = await Promise.all(asking)
    t.match(told, { error: { code: 'RESUME_LOST', retryable: true } })
    t.ok(told!.text.startsWith('<0>'), 'what was shown stands')
    t.equal(anew!.error, null)
    t.equal(anew!.events.filter(({ type }) => type === 'restart').length, 1)
    const since = anew!.events.slice(anew!.events.findIndex(({ type }) => type === 'restart'))
    const text = since.map((event) => (event.type === 'delta' ? event.text : '')).join('')
    t.equal(text, texts.join(''))
    t.equal(model.asked, 1, 'the second generation was asked for by one box alone')
  },
)

t.test('a reader that stands still holds up the model, and nothing is lost', async (t) => {
  const piece = '段'.repeat(300)
  const texts = Array.from({ length: 250 }, (_, index) => `<${index}>${piece}`)
  const model = scripted(writing(texts, 0))
  await using gateway = await testGateway(model)
  const client = await gateway.connected()
  const reading = client.ask(payloadOf(question()), { rid: newRid(), deadlineMs: 60_000 }, never)
  await reading.next()
  await until(() => model.paused === 1)
  let text = ''
  for await (const event of reading) if (event.type === 'delta') text += event.text
  t.equal(text, texts.join(''))
})

t.test('aborting reaches the model; the answer ends as cancelled', async (t) => {
  const model = scripted([{ answer: '又一句。' }, { waitMs: 5 }, 'again'])
  await using gateway = await testGateway(model)
  const client = await gateway.connected()
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 60)
  const { events, error } = await ask(client, {}, stop.signal)
  t.equal(error, null)
  t.match(events.at(-1), { type: 'end', finish: 'cancelled', usage: { exact: false } })
  t.equal(model.stopped, 1)
})

t.test('aborting while the line is cut reaches the model with the next connection', async (t) => {
  const { model, relay, client } = await behindRelay(t, [{ answer: '又一句。' }, { waitMs: 5 }, 'again'])
  const stop = new AbortController()
  const asking = ask(client, {}, stop.signal)
  await until(() => model.asked === 1)
  relay.cut()
  await until(() => client.state !== 'connected')
  stop.abort()
  await asking
  await until(() => model.stopped === 1)
})

t.test('a key is changed, and each of its losses survived', async (t) => {
  await using gateway = await testGateway()
  const path = join(scratch(t), 'key.json')
  const first = createIdentity(path)
  await gateway.accounts.enrol({ ...first, label: 'rotating', quota: unlimited })
  const relay = await relayTo(t, gateway.url)
  const keys = openKeyFile(path)
  const client = await gateway.connected({ url: relay.url, identity: keys, random: () => 0.01 })
  const key = await client.rotateKey()
  t.not(key, first.key)
  t.equal((await gateway.accounts.find(first.box))?.key, key)
  relay.cut()
  await until(() => relay.dialled === 2 && client.state === 'connected')

  // The reply is lost.
  relay.cutAfter(0)
  const again = await client.rotateKey()
  t.equal((await gateway.accounts.find(first.box))?.key, again)
  t.equal(openKeyFile(path).present.key, again)
  t.equal(openKeyFile(path).next, null)
  t.equal((await ask(client)).error, null)
})

t.test('a revoked box does not come back', async (t) => {
  await using gateway = await testGateway()
  const client = await gateway.connected({ random: () => 0 })
  await gateway.revoke(gateway.identity.box)
  await until(() => client.state === 'refused', 8000)
  t.equal(client.problem, 'revoked')
})

t.test('a box that nobody enrolled is told so', async (t) => {
  await using gateway = await testGateway()
  const client = gateway.client({ identity: createIdentity(join(scratch(t), 'key.json')) })
  await until(() => client.state === 'unreachable')
  t.equal(client.problem, 'not-enrolled')
})

t.test('a box that was superseded does not fight its double', async (t) => {
  await using gateway = await testGateway()
  const older = await gateway.connected({ random: () => 0 })
  const newer = await gateway.connected({ random: () => 0 })
  await until(() => older.state !== 'connected')
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.equal(newer.state, 'connected')
  t.equal(older.problem, 'superseded')
})

t.test('when the gateway goes down, running answers finish and new questions fail at once', async (t) => {
  const model = scripted([{ answer: '一' }, { waitMs: 200 }, { finish: 'stop' }])
  const gateway = await testGateway(model, { timing: { drainMs: 3000, jitterMs: 50 } })
  const client = await gateway.connected()
  const running = ask(client)
  await until(() => model.asked === 1)
  const closed = gateway.gateway.close()
  await until(() => client.state === 'connecting')
  t.match((await ask(client)).error, { code: 'not-connected' })
  t.match(await running, { error: null, text: '一' })
  await closed
  await gateway[Symbol.asyncDispose]()
})
