/** A gateway whose PostgreSQL is cut off, silent, started again, full or read-only: nothing is paid for twice. */
import t, { type Test } from 'tap'
import { openPostgresAccounts } from '../src/accounts/postgres.ts'
import { databaseRelay } from './support/database-relay.ts'
import { type TestGateway, testGateway, until } from './support/gateway.ts'
import { type PostgresServer, startPostgres, withoutPostgres } from './support/postgres.ts'
import { authFor, dial, dialAndAuthenticate, type RawBox } from './support/raw-box.ts'
import { type ScriptedRouter, scriptedRouter } from './support/scripted-router.ts'

const fast = { connectMs: 500, statementMs: 300 }
const leaseMs = 4000
const one = { tokensPerMinute: null, tokensPerDay: null, streams: 1 }

async function open(t: Test, server: PostgresServer, connections = 4) {
  const place = server.newPlace()
  // Its own role: the server's superuser is never turned away.
  await server.run(`CREATE SCHEMA ${place.schema}; GRANT ALL ON SCHEMA ${place.schema} TO gateway`)
  const relay = await databaseRelay(t, place.url.replace('tanbox@', 'gateway@'))
  const accounts = await openPostgresAccounts({ ...place, url: relay.url, leaseMs, connections, ...fast })
  t.teardown(() => accounts.close())
  const router = scriptedRouter()
  const timing = { leaseMs, beatMs: 200, noteMs: 100, settleDeadMs: 200, changesMs: 100 }
  const gateway = await testGateway([], { accounts, router, timing })
  t.teardown(() => gateway[Symbol.asyncDispose]())
  const box = await dialAndAuthenticate(gateway.url, gateway.identity)
  return { place, relay, accounts, router, gateway, box }
}

t.test('PostgreSQL fails beneath a gateway', { skip: withoutPostgres }, async (t) => {
  const server = await startPostgres(t)
  await server.run('CREATE ROLE gateway LOGIN')

  await t.test('connections lost and a server restarted in mid-answer', async (t) => {
    const { relay, accounts, router, box } = await open(t, server)
    for (const fault of [async () => relay.cut(), restart]) {
      const rid = box.ask()
      const play = await router.next()
      play.sink.text('answer', '一')
      await fault()
      play.sink.text('answer', '二')
      play.finish('stop', { promptTokens: 100, completionTokens: 2 })
      t.match(await box.next('end', rid), { usage: { completionTokens: 2, exact: true } })
    }
    async function restart() {
      await server.stop('SIGKILL')
      await server.start()
    }
    t.match(await settled(accounts, 2), [{ answers: 2, completionTokens: 4, estimatedTokens: 0 }])
    await answeredSoon(t, box, router)
    t.equal(router.plays.length, 3)
  })

  await t.test(
    'the reply to a reservation is lost: refused, nothing is paid, and no place stays taken',
    async (t) => {
      const { relay, accounts, router, gateway, box } = await open(t, server)
      await accounts.setQuota(gateway.identity.box, one)
      relay.hold('told')
      const rid = box.ask()
      t.match(await box.next('error', rid), { code: 'unavailable', retryable: true })
      relay.letGo()
      t.equal(router.plays.length, 0, 'no model was asked')
      await answeredSoon(t, box, router)
      t.match(await settled(accounts, 1), [{ answers: 1, promptTokens: 100 }])
    },
  )

  await t.test('a reservation that arrives after it was given up takes no place for long', async (t) => {
    const { relay, accounts, router, gateway, box } = await open(t, server)
    await accounts.setQuota(gateway.identity.box, one)
    relay.hold('asked')
    const rid = box.ask()
    t.match(await box.next('error', rid), { code: 'unavailable' })
    await new Promise((next) => setTimeout(next, 200))
    relay.letGo()
    await new Promise((next) => setTimeout(next, 200))
    t.equal(router.plays.length, 0)
    await answeredSoon(t, box, router)
    t.match(await settled(accounts, 1), [{ answers: 1, promptTokens: 100 }])
  })

  await t.test('the reply to a settlement is lost: counted once', async (t) => {
    const { relay, accounts, router, box } = await open(t, server)
    const rid = box.ask()
    const play = await router.next()
    play.sink.text('answer', '一')
    relay.hold('told')
    play.finish('stop', { promptTokens: 100, completionTokens: 1 })
    t.match(await box.next('end', rid), { finish: 'stop' }, 'its end does not wait for ever')
    relay.letGo()
    t.match(await settled(accounts, 1), [{ answers: 1, completionTokens: 1, estimatedTokens: 0 }])
    await answeredSoon(t, box, router)
    t.match(await settled(accounts, 2), [{ answers: 2, promptTokens: 200, completionTokens: 1 }])
  })

  await t.test(
    'no connection is left: refused with a reason, and as soon as there is one it goes on',
    async (t) => {
      const { relay, accounts, router, gateway, box } = await open(t, server)
      const running = box.ask()
      const play = await router.next()
      await server.run('ALTER ROLE gateway CONNECTION LIMIT 0')
      relay.cut()
      t.match(await box.next('error', box.ask()), { code: 'unavailable', retryable: true })
      t.equal(await closeCodeOf(gateway), 1013)
      play.finish('stop', { promptTokens: 100, completionTokens: 0 })
      t.match(await box.next('end', running), { finish: 'stop' })
      await server.run('ALTER ROLE gateway CONNECTION LIMIT -1')
      t.match(await settled(accounts, 1), [{ answers: 1 }])
      await answeredSoon(t, box, router)
    },
  )

  await t.test('a read-only server takes nothing; what runs goes on, and is booked afterwards', async (t) => {
    const { accounts, router, gateway, box } = await open(t, server)
    const running = box.ask()
    const play = await router.next()
    const readOnly = async (on: boolean) => {
      await server.run(`ALTER SYSTEM SET default_transaction_read_only = ${on}`)
      await server.run('SELECT pg_reload_conf()')
    }
    await readOnly(true)
    t.match(await refusal(box, router), { code: 'unavailable', retryable: true })
    t.equal(await closeCodeOf(gateway), 1013)
    play.finish('stop', { promptTokens: 100, completionTokens: 0 })
    t.match(await box.next('end', running), { finish: 'stop' })
    await readOnly(false)
    t.match(await settled(accounts, 1), [{ answers: 1 }])
    await answeredSoon(t, box, router)
  })
})

/** How a connection of another box ends. */
async function closeCodeOf(gateway: TestGateway): Promise<number> {
  const box = await dial(gateway.url)
  box.send(authFor(box, gateway.identity))
  return (await box.closed).code
}

/** Asks, and says whether it was taken, or why not. */
async function ask(box: RawBox) {
  const rid = box.ask()
  const heard = () => box.received.find((message) => 'rid' in message && message.rid === rid)
  await until(() => heard() !== undefined, 10_000)
  const message = heard()!
  box.received.splice(box.received.indexOf(message), 1)
  return { rid, message }
}

/** What a question is told that is asked until it is refused. */
async function refusal(box: RawBox, router: ScriptedRouter) {
  while (true) {
    const { message } = await ask(box)
    if (message.type === 'error') return message
    ;(await router.next()).finish()
  }
}

/** Asks until there is a place for it. */
async function answeredSoon(t: Test, box: RawBox, router: ScriptedRouter): Promise<void> {
  const end = performance.now() + 15_000
  let refused: unknown
  while (performance.now() < end) {
    const { rid, message } = await ask(box)
    if (message.type === 'accepted') {
      const play = await router.next()
      play.finish('stop', { promptTokens: 100, completionTokens: 0 })
      t.match(await box.next('end', rid), { finish: 'stop' })
      return
    }
    refused = message
    await new Promise((next) => setTimeout(next, 200))
  }
  t.fail('there is no place for a question any more', { refused })
}

/** Usage as soon as so many answers are in it. */
async function settled(accounts: Awaited<ReturnType<typeof openPostgresAccounts>>, answers: number) {
  const end = performance.now() + 10_000
  while (true) {
    const rows = await accounts.usage({}).catch(() => [])
    if (rows[0]?.answers === answers || performance.now() > end) return rows
    await new Promise((next) => setTimeout(next, 50))
  }
}
