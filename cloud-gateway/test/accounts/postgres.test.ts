import t, { type Test } from 'tap'
import { newEnrolmentCode } from '../../src/accounts/enrolment-code.ts'
import { openPostgresAccounts } from '../../src/accounts/postgres.ts'
import { connectedBox, newBox, settlementOf, unlimited } from '../contracts/accounts/given.ts'
import { type AccountsUnderTest, accountsContract } from '../contracts/accounts.ts'
import { type PostgresServer, startPostgres, withoutPostgres } from '../support/postgres.ts'
import { type Acknowledged, checkCounted, workAndKill } from './killed.ts'

/** An empty store whose database looks at a clock that the test sets. */
async function open(t: Test, server: PostgresServer, { leaseMs = 30_000 } = {}): Promise<AccountsUnderTest> {
  const place = server.newPlace()
  let now = Date.UTC(2027, 0, 1, 10)
  const opened = async () => {
    const accounts = await openPostgresAccounts({ ...place, leaseMs, connections: 4, now: () => now })
    t.teardown(() => accounts.close())
    return accounts
  }
  const accounts = await opened()
  const set = async (at: number) => {
    now = at
    await server.run(`UPDATE ${place.schema}.test_clock SET now = ${Math.round(at)}`)
  }
  await server.run(
    `CREATE TABLE ${place.schema}.test_clock (now bigint); INSERT INTO ${place.schema}.test_clock VALUES (${now});
     CREATE OR REPLACE FUNCTION ${place.schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
       $$ SELECT now FROM ${place.schema}.test_clock $$`,
  )
  return { accounts, again: opened, clock: { leaseMs, now: () => now, set } }
}

async function connections(server: PostgresServer): Promise<number> {
  const asked =
    "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE application_name = 'tanbox-gateway'"
  return (await server.run(asked)).rows[0].count
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

t.test('accounts in PostgreSQL', { skip: withoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  await t.test('keep the contract', (t) => accountsContract(t, (t, options) => open(t, server, options)))

  await t.test('replicas that start at once on an empty database all find their tables', async (t) => {
    const place = server.newPlace()
    const all = await Promise.all(
      Array.from({ length: 5 }, () => openPostgresAccounts({ ...place, connections: 2 })),
    )
    const box = newBox()
    await all[0]!.enrol({ ...box, label: '', quota: unlimited })
    for (const accounts of all) t.match(await accounts.find(box.box), { key: box.key })
    await Promise.all(all.map((accounts) => accounts.close()))
  })

  await t.test('times are the database’s own', async (t) => {
    const accounts = await openPostgresAccounts({ ...server.newPlace() })
    t.teardown(() => accounts.close())
    const { enrolledAt } = await accounts.enrol({ ...newBox(), label: '', quota: unlimited })
    t.ok(Math.abs(enrolledAt - Date.now()) < 60_000)
  })

  await t.test('a code lives as long as was meant, also where the clocks differ by hours', async (t) => {
    const hour = 3_600_000
    const place = server.newPlace()
    for (const skew of [5 * hour, -5 * hour]) {
      const now = () => Date.now() + skew
      const accounts = await openPostgresAccounts({ ...place, connections: 2, now })
      t.teardown(() => accounts.close())
      const [good, late] = [newEnrolmentCode(), newEnrolmentCode()]
      await accounts.createCode({ code: good, label: '', quota: unlimited, expiresAt: now() + hour })
      await accounts.createCode({ code: late, label: '', quota: unlimited, expiresAt: now() - hour })
      await t.resolves(accounts.register(good, newBox()))
      await t.rejects(accounts.register(late, newBox()), { code: 'code-expired' })
    }
  })

  await t.test('a database of a newer version is left alone', async (t) => {
    const place = server.newPlace()
    await (await openPostgresAccounts(place)).close()
    await server.run(`INSERT INTO ${place.schema}.migration VALUES (99)`)
    await t.rejects(openPostgresAccounts(place), { name: 'AccountsAway' })
  })

  await t.test('what the server refuses says nothing of what was sent', async (t) => {
    const { accounts } = await open(t, server)
    const { question } = await connectedBox(accounts)
    const asked = question({ digest: 'secret\u0000' })
    const error = await accounts.reserve(asked).catch((error: Error) => error)
    t.match(error, { name: 'AccountsAway', message: 'the database refuses (22021)' })
    t.match(await accounts.reserve(question()), { state: 'reserved' }, 'and the connection goes on')
  })

  await t.test('two who stand in each other’s way are both served', async (t) => {
    const place = server.newPlace()
    const accounts = await openPostgresAccounts(place)
    t.teardown(() => accounts.close())
    // As if somebody took the locks the other way round, and only once.
    await server.run(
      `CREATE SEQUENCE ${place.schema}.tries;
       CREATE FUNCTION ${place.schema}.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('${place.schema}.tries') <= 2 THEN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF;
         RETURN NEW; END $$;
       CREATE TRIGGER stumble BEFORE INSERT ON ${place.schema}.enrolled_box FOR EACH ROW EXECUTE FUNCTION ${place.schema}.stumble()`,
    )
    const box = newBox()
    t.match(await accounts.enrol({ ...box, label: '', quota: unlimited }), { box: box.box })
  })

  await t.test('while the server is away calls fail, and when it is back they do not', async (t) => {
    const place = server.newPlace()
    const accounts = await openPostgresAccounts({ ...place, connectMs: 500, statementMs: 500 })
    t.teardown(() => accounts.close())
    const { box, question } = await connectedBox(accounts)
    const asked = question()
    await accounts.reserve(asked)
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await server.stop(signal)
      await t.rejects(accounts.find(box), { name: 'AccountsAway', message: /cannot be reached/ }, signal)
      await t.rejects(accounts.connect(box, 'p1'), { name: 'AccountsAway' })
      await t.rejects(openPostgresAccounts({ ...place, connectMs: 500 }), { name: 'AccountsAway' })
      await server.start()
      t.match(await accounts.find(box), { box })
      t.match(await accounts.reserve(asked), { state: 'known' }, 'and nothing is lost')
    }
    t.equal(await accounts.settle(settlementOf(asked)), true)
  })

  await t.test(
    'what a killed gateway and a crashed server had acknowledged is there, counted once',
    async (t) => {
      const place = server.newPlace()
      const opened = () => openPostgresAccounts({ ...place, leaseMs: 600_000 })
      const first = await opened()
      const { box, generation } = await connectedBox(first)
      await first.close()
      const all: Acknowledged[] = []
      for (let round = 0; round < 4; round++) {
        const crash = round % 2 === 1
        const words = ['postgres', JSON.stringify(place), box, generation, `p${round}`]
        all.push(
          await (crash ? workAndKill(words, 100, () => server.stop('SIGKILL')) : workAndKill(words, 100)),
        )
        if (crash) await server.start()
        // The server may still be at work on what the dead one had asked for.
        await until(async () => (await connections(server)) === 0)
        const accounts = await opened()
        await accounts.leave(`p${round}`)
        t.ok((await accounts.settleDead()) <= 8, 'what was in work when it died')
        await checkCounted(t, accounts, all)
        await accounts.close()
      }
      const { rows } = await server.run(
        `SELECT (SELECT sum(prompt_tokens + completion_tokens) FROM ${place.schema}.usage)
            = (SELECT sum(tokens) FROM ${place.schema}.spent WHERE length = 86400000) AS even`,
      )
      t.same(rows, [{ even: true }], 'and nothing stays reserved')
    },
  )

  await t.test('a server that is silent is not waited for', async (t) => {
    const accounts = await openPostgresAccounts({
      ...server.newPlace(),
      connectMs: 300,
      statementMs: 300,
    })
    t.teardown(() => accounts.close())
    const { box, question } = await connectedBox(accounts)
    server.freeze()
    const began = performance.now()
    const calls = [
      accounts.find(box),
      accounts.reserve(question()),
      accounts.connect(box, 'p1'),
      accounts.list(),
    ]
    const all = await Promise.allSettled(calls)
    server.thaw()
    t.ok(all.every((one) => one.status === 'rejected' && one.reason.name === 'AccountsAway'))
    t.ok(performance.now() - began < 10_000)
    t.match(await accounts.find(box), { box })
  })

  await t.test(
    'a lock that somebody holds is not waited for without end, and hurts no other box',
    async (t) => {
      const place = server.newPlace()
      const accounts = await openPostgresAccounts({ ...place, statementMs: 300 })
      t.teardown(() => accounts.close())
      const [held, free] = [await connectedBox(accounts), await connectedBox(accounts)]
      const holding = server.run(
        `BEGIN; SELECT FROM ${place.schema}.enrolled_box WHERE box = '${held.box}' FOR UPDATE; SELECT pg_sleep(2); COMMIT`,
      )
      await new Promise((next) => setTimeout(next, 200))
      const waiting = accounts.reserve(held.question())
      t.match(await accounts.reserve(free.question()), { state: 'reserved' })
      await t.rejects(waiting, { name: 'AccountsAway', message: /55P03|57014/ })
      await holding
      t.match(await accounts.reserve(held.question()), { state: 'reserved' })
    },
  )
})
