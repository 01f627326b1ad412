import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { UsageRow } from '../src/accounts/accounts.ts'
import { openPostgresAccounts } from '../src/accounts/postgres.ts'
import { type AskEvent, createGatewayClient, type GatewayClient } from '../src/client.ts'
import { createIdentity, type Identity } from '../src/identity.ts'
import { closeCodes, type Quota } from '../src/protocol.ts'
import type { GatewayTiming } from '../src/timing.ts'
import { type Balancer, balance } from './support/balancer.ts'
import { chunk, done, type ModelServer, modelServer, usageChunk } from './support/model-server.ts'
import { type PostgresServer, startPostgres, withoutPostgres } from './support/postgres.ts'
import { collect, never, newRid, payloadOf, question } from './support/questions.ts'
import { dialAndAuthenticate } from './support/raw-box.ts'
import { unlimited } from './support/unlimited.ts'
import { until } from './support/until.ts'

const name = 'gateways.test'
const leaseMs = 2000
const program = join(import.meta.dirname, 'support/replica.ts')

/** Writes as many words as the question says, and counts them exactly. */
const wordy = () =>
  modelServer(async (response, { method }, body) => {
    if (method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"data": [{"id": "glm"}]}')
      return
    }
    const [, count, everyMs] = /(\d+) words every (\d+) ms/.exec(JSON.stringify(body))!
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let at = 1; at <= Number(count) && !response.destroyed; at++) {
      response.write(chunk({ content: `w${at} ` }))
      await new Promise((next) => setTimeout(next, Number(everyMs)))
    }
    response.end(chunk({}, 'stop') + usageChunk(100, Number(count)) + done)
  })

const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at + 1} `).join('')
const wanting = (count: number, everyMs: number) =>
  payloadOf(question({ question: `${count} words every ${everyMs} ms`, maxTokens: 500 }))

interface Replica {
  child: ChildProcess
  port: number
  url: string
}

async function open(t: Test, server: PostgresServer, timing: Partial<GatewayTiming>[] = [{}, {}, {}]) {
  const model: ModelServer = await wordy()
  const database = server.newPlace()
  const folder = mkdtempSync(join(tmpdir(), 'tanbox-replicas-'))
  const accounts = await openPostgresAccounts({ ...database, leaseMs })
  const replicas: Replica[] = await Promise.all(
    timing.map(async (timing) => {
      const settings = { name, database, model: model.baseUrl, leaseMs, timing }
      const child = fork(program, [JSON.stringify(settings)], { execArgv: [] })
      t.teardown(() => child.kill('SIGKILL'))
      const [{ port }] = (await once(child, 'message')) as [{ port: number }]
      return { child, port, url: `ws://127.0.0.1:${port}/` }
    }),
  )
  const balancer = await balance(
    t,
    replicas.map(({ port }) => port),
  )
  t.teardown(async () => {
    for (const { child } of replicas) child.kill('SIGKILL')
    await accounts.close()
    await model[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  let boxes = 0
  return {
    ...{ model, accounts, replicas, balancer },
    async box(quota: Quota = unlimited): Promise<Identity> {
      const identity = createIdentity(join(folder, `${++boxes}.json`))
      await accounts.enrol({ ...identity, label: '', quota })
      return identity
    },
  }
}

async function connected(t: Test, { url }: Balancer, identity: Identity): Promise<GatewayClient> {
  const client = createGatewayClient({ url, gateway: name, identity })
  t.teardown(() => client.close())
  await until(() => client.state === 'connected', 20_000)
  return client
}

/** An answer that moves to the second replica once it has some words; what came, and how it ended. */
async function moved(
  t: Test,
  opened: Awaited<ReturnType<typeof open>>,
  options: { mayRestart: boolean; leave: (from: Replica) => void },
) {
  const { balancer, replicas } = opened
  const [from, to] = replicas as [Replica, Replica]
  const identity = await opened.box()
  balancer.direct(from.port)
  const client = await connected(t, balancer, identity)
  const events: AskEvent[] = []
  const asked = client.ask(
    wanting(60, 50),
    { rid: newRid(), deadlineMs: 60_000, mayRestart: options.mayRestart },
    never,
  )
  let error: (Error & { code?: string }) | null = null
  let left = false
  try {
    for await (const event of asked) {
      events.push(event)
      if (left || events.filter(({ type }) => type === 'delta').length < 10) continue
      left = true
      balancer.direct(to.port)
      options.leave(from)
    }
  } catch (cause) {
    error = cause as Error
  }
  const texts = events.flatMap((event) => (event.type === 'delta' ? [event.text] : []))
  return {
    identity,
    events,
    error,
    texts: texts.join(''),
    restartedAt: events.findIndex(({ type }) => type === 'restart'),
  }
}

const textAfter = (events: readonly AskEvent[], at: number) =>
  events
    .slice(at)
    .flatMap((event) => (event.type === 'delta' ? [event.text] : []))
    .join('')

t.test('several gateways on one PostgreSQL', { skip: withoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  await t.test(
    'an answer whose box moves to another replica is lost, and nobody writes it again',
    async (t) => {
      const opened = await open(t, server)
      const { model, accounts, balancer } = opened
      const { error, texts, restartedAt } = await moved(t, opened, {
        mayRestart: false,
        leave: () => balancer.cut(),
      })
      t.equal(error?.code, 'RESUME_LOST')
      t.equal(restartedAt, -1)
      t.ok(words(60).startsWith(texts) && texts.length < words(60).length, 'what came stands')
      await until(() => model.abandoned === 1, 10_000)
      t.pass('the replica it left tells the model to stop')
      let rows: UsageRow[] = []
      while (rows.length === 0) rows = await accounts.usage({})
      t.match(rows, [{ answers: 1, target: 'gpu' }])
      t.ok(rows[0]!.completionTokens >= 10 && rows[0]!.completionTokens < 60 && rows[0]!.estimatedTokens > 0)
      t.equal(model.requests.filter(({ url }) => url.endsWith('completions')).length, 1)
      t.equal(await accounts.settleDead(), 0, 'and nothing is left over')
    },
  )

  await t.test('where the asker allowed it, it begins anew there, and all of it comes', async (t) => {
    const opened = await open(t, server)
    const { accounts, balancer, model } = opened
    const { error, events, restartedAt } = await moved(t, opened, {
      mayRestart: true,
      leave: () => balancer.cut(),
    })
    t.equal(error, null)
    t.ok(restartedAt > 0)
    t.equal(textAfter(events, restartedAt), words(60))
    t.match(events.at(-1), { type: 'end', usage: { completionTokens: 60, exact: true } })
    const [row, ...more] = await accounts.usage({})
    t.equal(more.length, 0)
    t.match(row, { answers: 2 }, 'the lost one was paid for as well')
    const lost = row!.promptTokens + row!.completionTokens - 160
    t.equal(row!.estimatedTokens, lost, 'as estimated, and the whole one exactly')
    t.ok(row!.completionTokens >= 70 && row!.completionTokens < 120)
    t.equal(model.requests.filter(({ url }) => url.endsWith('completions')).length, 2)
  })

  await t.test(
    'what a killed replica had in work is settled once, as estimated, when its lease is over',
    async (t) => {
      const opened = await open(t, server)
      const { accounts } = opened
      const began = performance.now()
      const { error } = await moved(t, opened, {
        mayRestart: false,
        leave: ({ child }) => void child.kill('SIGKILL'),
      })
      t.equal(error?.code, 'RESUME_LOST')
      let rows: UsageRow[] = []
      while (rows.length === 0) rows = await accounts.usage({})
      t.match(rows, [{ answers: 1, target: 'gpu' }])
      t.equal(rows[0]!.estimatedTokens, rows[0]!.promptTokens + rows[0]!.completionTokens)
      t.ok(performance.now() - began > leaseMs * 0.7, 'not before')
      // Both that live look again and again.
      await new Promise((next) => setTimeout(next, 2 * leaseMs))
      t.same(await accounts.usage({}), rows)
    },
  )

  await t.test('and begins anew elsewhere where the asker allowed it', async (t) => {
    const opened = await open(t, server)
    const { error, events, restartedAt } = await moved(t, opened, {
      mayRestart: true,
      leave: ({ child }) => void child.kill('SIGKILL'),
    })
    t.equal(error, null)
    t.equal(textAfter(events, restartedAt), words(60))
    t.match(await opened.accounts.usage({}), [{ answers: 2 }])
  })

  await t.test(
    'a later connection fences an earlier one, also at a replica that has not heard of it',
    async (t) => {
      const { replicas, box, model, accounts } = await open(t, server, [{ changesMs: 600_000 }, {}])
      const [deaf, other] = replicas as [Replica, Replica]
      const identity = await box()
      const early = await dialAndAuthenticate(deaf.url, identity)
      const late = await dialAndAuthenticate(other.url, identity)
      const rid = early.ask(question({ question: '5 words every 1 ms' }))
      t.match(await early.next('error', rid), { code: 'superseded' })
      t.equal((await early.closed).code, closeCodes.superseded)
      t.equal(model.requests.filter(({ url }) => url.endsWith('completions')).length, 0, 'no model was asked')
      const good = late.ask(question({ question: '5 words every 1 ms' }))
      t.match(await late.next('end', good), { usage: { completionTokens: 5 } })
      t.match(await accounts.usage({}), [{ answers: 1 }])
    },
  )

  await t.test('the replica that was left hears of it by itself', async (t) => {
    const { replicas, box } = await open(t, server, [{}, {}])
    const identity = await box()
    const early = await dialAndAuthenticate(replicas[0]!.url, identity)
    await dialAndAuthenticate(replicas[1]!.url, identity)
    t.equal((await early.closed).code, closeCodes.superseded)
  })

  await t.test('a revoked box is gone from every replica within five seconds', async (t) => {
    const { replicas, box, accounts } = await open(t, server)
    const boxes = await Promise.all(
      replicas.map(async ({ url }) => {
        const identity = await box()
        return { identity, raw: await dialAndAuthenticate(url, identity) }
      }),
    )
    const began = performance.now()
    for (const { identity } of boxes) await accounts.revoke(identity.box)
    for (const { raw } of boxes) t.equal((await raw.closed).code, closeCodes.revoked)
    t.ok(performance.now() - began < 5000)
  })

  await t.test('quotas hold and usage is exact, whichever replica a box meets', async (t) => {
    const { balancer, box, accounts } = await open(t, server)
    // A question reserves some 200 (as estimated) and 500, and uses 100 and 7: about twelve may be answered.
    const quota = { ...unlimited, tokensPerDay: 700 + 11 * 107 }
    const boxes = await Promise.all(Array.from({ length: 6 }, () => box(quota)))
    const totals = await Promise.all(
      boxes.map(async (identity) => {
        let [answered, refused] = [0, 0]
        for (let round = 0; round < 5; round++) {
          const client = createGatewayClient({ url: balancer.url, gateway: name, identity })
          await until(() => client.state === 'connected', 20_000)
          const outcomes = await Promise.all(
            Array.from({ length: 3 }, () =>
              collect(client.ask(wanting(7, 2), { rid: newRid(), deadlineMs: 30_000 }, never)),
            ),
          )
          for (const { error, text } of outcomes) {
            if (error === null) {
              answered += 1
              t.equal(text, words(7))
            } else {
              refused += 1
              t.equal(error.code, 'quota-day')
            }
          }
          client.close()
        }
        return { box: identity.box, answered, refused }
      }),
    )
    const rows = new Map((await accounts.usage({})).map((row) => [row.box, row]))
    for (const { box, answered, refused } of totals) {
      t.equal(answered + refused, 15)
      t.ok(refused > 0, 'there was a limit')
      const { answers, promptTokens, completionTokens, estimatedTokens } = rows.get(box)!
      t.same(
        { answers, promptTokens, completionTokens, estimatedTokens },
        {
          answers: answered,
          promptTokens: 100 * answered,
          completionTokens: 7 * answered,
          estimatedTokens: 0,
        },
      )
      t.ok(promptTokens + completionTokens <= quota.tokensPerDay!)
    }
  })
})
