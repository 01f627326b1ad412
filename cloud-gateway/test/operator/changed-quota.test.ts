import t from 'tap'
import { testGateway, until } from '../support/gateway.ts'
import { authFor, dial } from '../support/raw-box.ts'
import { scriptedGateway } from '../support/scripted-gateway.ts'
import { testBox } from '../support/test-box.ts'

const changed = { tokensPerMinute: 20_000, tokensPerDay: null, streams: 2 }
const timing = { changesMs: 20 }

t.test('a box that is connected hears of its new quota', async (t) => {
  await using gateway = await testGateway(undefined, { timing })
  const client = await gateway.connected()
  t.equal(client.quota?.tokensPerMinute, null)
  await gateway.accounts.setQuota(client.box, changed)
  await until(() => client.quota?.tokensPerMinute === 20_000)
  t.same(client.quota, changed)
  t.equal(client.state, 'connected')
})

t.test('only a box that announced it is told, and only what is new', async (t) => {
  await using gateway = await testGateway(undefined, { timing })
  const old = await dial(gateway.url)
  old.send(authFor(old, gateway.identity))
  await old.next('welcome')
  const other = gateway.newBox()
  const box = await dial(gateway.url)
  box.send({ ...authFor(box, other), capabilities: ['quota', 'to sing'] })
  await box.next('welcome')
  for (const each of [gateway.identity.box, other.box]) {
    await gateway.accounts.setQuota(each, changed)
    await gateway.accounts.setQuota(each, changed)
  }
  t.match(await box.next('quota'), { quota: changed })
  await gateway.accounts.setQuota(other.box, changed)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.same([box.received, old.received], [[], []])
})

t.test('the box keeps what it was told last', async (t) => {
  const gateway = await scriptedGateway()
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const { client } = testBox(t, gateway.url)
  const link = await gateway.link()
  await until(() => client.state === 'connected')
  link.say({ type: 'quota', quota: changed })
  await until(() => client.quota?.streams === 2)
  t.same(client.models, ['default'])
})
