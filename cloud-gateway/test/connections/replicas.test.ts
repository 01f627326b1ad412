/** Two gateways over one store of accounts, as replicas are. */
import t from 'tap'
import { askError } from '../../src/errors.ts'
import { testGateway, until } from '../support/gateway.ts'
import { question } from '../support/questions.ts'
import { authFor, dial, dialAndAuthenticate } from '../support/raw-box.ts'
import { scriptedRouter } from '../support/scripted-router.ts'

const fast = { changesMs: 20, succeedEveryMs: 20 }

t.test(
  'a box that comes to another replica is fenced at the first, which ends and books its answers',
  async (t) => {
    const router = scriptedRouter()
    await using first = await testGateway([], { router, timing: fast })
    await using second = await testGateway([], { router, accounts: first.accounts, timing: fast })
    const older = await dialAndAuthenticate(first.url, first.identity)
    const rid = older.ask()
    const play = await router.next()
    play.sink.text('answer', '一二三')
    await older.next('delta', rid)
    const newer = await dialAndAuthenticate(second.url, first.identity, [{ rid, epoch: 1, seq: 1 }])
    t.match(await newer.next('error', rid), { code: 'RESUME_LOST', epoch: 1 })
    newer.ask(question(), { rid, epoch: 2 })
    t.match(await newer.next('restart', rid), { epoch: 2 })
    t.equal((await older.closed).code, 4409)
    t.ok(play.signal.aborted, 'the first generation is stopped before the second begins')
    const anew = await router.next()
    anew.sink.text('answer', '四')
    anew.finish('stop', { promptTokens: 10, completionTokens: 1 })
    t.match(await newer.next('end', rid), { epoch: 2, seq: 1, finish: 'stop' })
    const [row] = await first.accounts.usage({})
    t.match(row, { answers: 2, completionTokens: 4, promptTokens: 110, estimatedTokens: 103 })
  },
)

t.test(
  'a question over a connection that was fenced is refused, even before anybody has heard of it',
  async (t) => {
    const router = scriptedRouter()
    await using gateway = await testGateway([], { router, timing: { changesMs: 60_000 } })
    const box = await dialAndAuthenticate(gateway.url, gateway.identity)
    await gateway.accounts.connect(gateway.identity.box, 'another replica')
    const rid = box.ask()
    t.match(await box.next('error', rid), { code: 'superseded', retryable: true })
    t.equal((await box.closed).code, 4409)
    t.equal(router.plays.length, 0)
  },
)

t.test('a box that dials here again is not taken for one that has moved', async (t) => {
  await using gateway = await testGateway(undefined, { timing: { changesMs: 5 } })
  for (let round = 0; round < 20; round++) {
    const box = await dialAndAuthenticate(gateway.url, gateway.identity)
    await new Promise((resolve) => setTimeout(resolve, round))
    t.equal(box.socket.readyState, box.socket.OPEN)
  }
  t.notOk(gateway.log.some(({ event }) => event === 'box-moved'))
})

t.test(
  'a newer connection that is still on its way in is heard of first, and nothing is ended by it',
  async (t) => {
    const router = scriptedRouter()
    await using shared = await testGateway([], { router: scriptedRouter() })
    const { accounts } = shared
    let slow = false
    await using gateway = await testGateway([], {
      router,
      accounts: {
        ...accounts,
        connect: async (...given) => {
          const generation = await accounts.connect(...given)
          // The change is told to all who ask before this process has its own word of it.
          if (slow) await new Promise((resolve) => setTimeout(resolve, 80))
          return generation
        },
      },
      timing: { changesMs: 5 },
    })
    const older = await dialAndAuthenticate(gateway.url, shared.identity)
    const rid = older.ask()
    const play = await router.next()
    play.sink.text('answer', '一')
    await older.next('delta', rid)
    slow = true
    const newer = await dialAndAuthenticate(gateway.url, shared.identity, [{ rid, epoch: 1, seq: 1 }])
    t.match(await newer.next('accepted', rid), { epoch: 1, seq: 1 })
    t.notOk(play.signal.aborted)
    play.finish()
    t.match(await newer.next('end', rid), { finish: 'stop' })
  },
)

t.test('a crashed gateway is not paid for twice: lost, and begun anew when the asker says so', async (t) => {
  const router = scriptedRouter()
  await using first = await testGateway([], { router, timing: { ...fast, beatMs: 20 } })
  const box = await dialAndAuthenticate(first.url, first.identity)
  const rid = box.ask()
  const play = await router.next()
  play.sink.text('answer', '一二三')
  await box.next('delta', rid)
  // Its lease is over, as after 30 s of silence; it is the store that says who is dead.
  const { accounts } = first
  await using second = await testGateway([], {
    router,
    accounts: {
      ...accounts,
      reserve: async (reservation) => {
        const reserved = await accounts.reserve(reservation)
        return reserved.state === 'known' ? { ...reserved, live: false } : reserved
      },
    },
    timing: { ...fast, succeedMs: 100 },
  })
  const later = await dialAndAuthenticate(second.url, first.identity, [{ rid, epoch: 1, seq: 1 }])
  t.match(await later.next('error', rid), { code: 'RESUME_LOST', epoch: 1 })
  later.ask(question(), { rid })
  t.match(await later.next('error', rid), { code: 'RESUME_LOST', epoch: 1 }, 'the first epoch never again')
  later.ask(question(), { rid, epoch: 2 })
  await later.next('restart', rid)
  const anew = await router.next()
  t.equal(anew.request.rid, rid)
})

t.test('a changed quota counts for a box that is connected', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router, timing: fast })
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  box.ask()
  await router.next()
  await gateway.accounts.setQuota(gateway.identity.box, { tokensPerMinute: 1, tokensPerDay: 5, streams: 1 })
  await new Promise((resolve) => setTimeout(resolve, 80))
  t.match(await box.next('error', box.ask()), { code: 'too-many-asks' })
})

t.test('the welcome tells the quota; one that is used up says when to come back', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router })
  const poor = gateway.newBox({ tokensPerMinute: 800, tokensPerDay: null, streams: 8 })
  const box = await dial(gateway.url)
  box.send(authFor(box, poor))
  t.match(await box.next('welcome'), { quota: { tokensPerMinute: 800, tokensPerDay: null, streams: 8 } })
  // The second may fall into the next minute.
  const [, second, third] = [box.ask(), box.ask(), box.ask()]
  const refusal = await Promise.race([box.next('error', second), box.next('error', third)])
  t.match(refusal, { code: 'quota-minute', retryAfterMs: Number, retryable: true })
  t.notOk('epoch' in refusal)
})

t.test('a question that no minute has room for is refused for good', async (t) => {
  await using gateway = await testGateway()
  const poor = gateway.newBox({ tokensPerMinute: 10, tokensPerDay: null, streams: 2 })
  const box = await dial(gateway.url)
  box.send(authFor(box, poor))
  await box.next('welcome')
  const refusal = await box.next('error', box.ask())
  t.match(refusal, { code: 'quota-too-small', retryable: false })
  t.notOk('retryAfterMs' in refusal)
})

t.test('a gateway that cannot renew its lease takes no questions until it can', async (t) => {
  const router = scriptedRouter()
  await using gateway = await testGateway([], { router })
  let away = false
  const { accounts } = gateway
  await using second = await testGateway([], {
    router,
    accounts: {
      ...accounts,
      beat: async (...given) => {
        if (away) throw new Error('away')
        await accounts.beat(...given)
      },
    },
    timing: { beatMs: 10, leaseMs: 80 },
  })
  const box = await dialAndAuthenticate(second.url, gateway.identity)
  box.ask()
  const play = await router.next()
  away = true
  await until(() => second.log.some(({ event }) => event === 'accounts-away'))
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.match(await box.next('error', box.ask()), { code: 'unavailable', retryable: true })
  t.notOk(play.signal.aborted, 'what runs goes on')
  away = false
  await until(() => second.log.some(({ event }) => event === 'accounts-back'))
  const rid = box.ask()
  await box.next('accepted', rid)
})

t.test('boxes dial while the accounts are away: they are told to come back', async (t) => {
  await using gateway = await testGateway()
  const { accounts } = gateway
  await using second = await testGateway([], {
    router: scriptedRouter(),
    accounts: { ...accounts, find: () => Promise.reject(new Error('secret')) },
  })
  const box = await dial(second.url)
  box.send(authFor(box, gateway.identity))
  t.match(await box.closed, { code: 1013 })
  t.notMatch(JSON.stringify(second.log), /secret/)
  await using third = await testGateway([], {
    router: scriptedRouter(),
    accounts: { ...accounts, find: () => new Promise(() => {}) },
    timing: { judgeMs: 50, authMs: 50 },
  })
  const waiting = await dial(third.url)
  waiting.send(authFor(waiting, gateway.identity))
  t.match(await waiting.closed, { code: 1013 }, 'also when they do not answer at all')
  t.ok(askError('unavailable').retryable)
})
